package usesreexport

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/evil/reexport"
)

func All(ctx context.Context) {
	_, _ = reexport.New(ctx)        // want "wrapper: reexport.New reaches storage.NewClient"
	_ = reexport.Late(ctx)          // want "wrapper: reexport.Late reaches storage.NewClient"
	_ = reexport.Wrapped(ctx)       // want "wrapper: reexport.Wrapped reaches storage.NewClient"
	_ = reexport.Opener{}.Open(ctx) // want "wrapper: reexport.Opener.Open reaches storage.NewClient"
}
