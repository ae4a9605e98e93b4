package usesreexporttwice

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/evil/usesreexport"
)

func All(ctx context.Context) {
	usesreexport.All(ctx) // want "wrapper: usesreexport.All reaches reexport.New"
}
