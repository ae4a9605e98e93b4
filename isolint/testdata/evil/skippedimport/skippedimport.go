package skippedimport

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/skipped/fixture" // want "import: package .*/skipped/fixture is configured out"
)

func All(ctx context.Context) {
	_, _ = fixture.Files(ctx)
}
