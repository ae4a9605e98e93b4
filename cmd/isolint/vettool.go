package main

import (
	"crypto/sha256"
	"fmt"
	"log"
	"os"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/bulkhead-saas/bulkhead/isolint"
)

// vettool serves go vet, and does not return.
func vettool() {
	if os.Args[1] == "-V=full" {
		if err := version(); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}
	unitchecker.Main(isolint.FromFile())
}

// version prints what go vet keeps results by. Another configuration is another tool: results of
// the one that was there before must not be taken for those of this one.
func version() error {
	_, config, err := isolint.Find(".")
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	hash := sha256.New()
	for _, file := range []string{program, config} {
		if file == "" {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		hash.Write(content)
	}
	_, err = fmt.Printf("isolint version devel buildID=%x\n", hash.Sum(nil))
	return err
}
