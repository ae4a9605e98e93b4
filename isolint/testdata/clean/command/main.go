// Command command uses the package that wires, which does not make it a wrapper.
package main

import (
	"context"
	"log"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/clean/wiring"
)

func main() {
	if _, err := wiring.Wire(context.Background()); err != nil {
		log.Fatal(err)
	}
}
