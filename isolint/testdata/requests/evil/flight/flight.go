package flight

import (
	"context"

	"golang.org/x/sync/singleflight"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// loads has callers of all tenants wait for the one that came first.
var loads singleflight.Group // want "state: package variable loads holds singleflight.Group"

type lists struct {
	loads *singleflight.Group // want "state: lists.loads holds singleflight.Group"
}

func (l *lists) List(ctx context.Context, g machine.Grant, cursor string) (any, error) {
	v, err, _ := loads.Do(cursor, func() (any, error) { return notes.NewRepository(g).List(ctx, cursor) })
	if err != nil {
		v, err, _ = l.loads.Do(cursor, func() (any, error) { return notes.NewRepository(g).List(ctx, cursor) })
	}
	return v, err
}
