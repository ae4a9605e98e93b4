package afterfunc

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

func All(ctx context.Context, g machine.Grant) {
	r := notes.NewRepository(g)
	time.AfterFunc(time.Minute, func() { _, _ = r.List(ctx, "") }) // want "keep: time.AfterFunc is given"
	context.AfterFunc(ctx, func() { _ = g.Principal() })           // want "keep: context.AfterFunc is given"
	loose := context.WithoutCancel(ctx)                            // want "context: context.WithoutCancel"
	_, _ = r.List(loose, "")
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // want "context: context.WithoutCancel"
	_, _ = r.List(bounded, "")
	cancel()
	other, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // want "context: context.WithoutCancel"
	defer cancel()
	_, _ = r.List(other, "")
	stop()
}
