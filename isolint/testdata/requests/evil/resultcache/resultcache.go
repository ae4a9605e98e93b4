package resultcache

import (
	"context"
	"sync"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// pages are kept by cursor: of whichever tenant asked first.
var pages sync.Map // want "state: package variable pages holds sync.Map"

func List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	if page, ok := pages.Load(cursor); ok {
		return page.(notes.Page), nil
	}
	page, err := notes.NewRepository(g).List(ctx, cursor)
	if err == nil {
		pages.Store(cursor, page)
	}
	return page, err
}
