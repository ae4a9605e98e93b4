package goroutine

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

func All(ctx context.Context, g machine.Grant, p machine.Principal, group *errgroup.Group) error {
	r := notes.NewRepository(g)
	go record(p)                           // want "keep: a goroutine is given"
	go func() { _, _ = r.List(ctx, "") }() // want "keep: a goroutine is given"
	go r.List(ctx, "")                     // want "keep: a goroutine is given"
	list := r.List
	go func() { _, _ = list(ctx, "") }()             // want "keep: a goroutine is given"
	go func(p *machine.Principal) { record(*p) }(&p) // want "keep: a goroutine is given"
	var any any = g
	go take(any)                                     // want "keep: a goroutine is given"
	group.Go(func() error { record(p); return nil }) // want "keep: errgroup.Group.Go is given"
	background(func() { record(p) })                 // want "keep: goroutine.background is given"
	go record2(p.Tenant())
	done := make(chan struct{})
	go func() { record(p); close(done) }() // want "keep: a goroutine is given"
	<-done
	return nil
}

// Early may return before it has waited.
func Early(ctx context.Context, r *notes.Repository) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { _, err := r.List(ctx, ""); return err }) // want "keep: errgroup.Group.Go is given"
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return work.Wait()
}

// Sometimes waits only if there is nothing better to do.
func Sometimes(ctx context.Context, r *notes.Repository, wait bool) {
	var group sync.WaitGroup
	group.Go(func() { _, _ = r.List(ctx, "") }) // want "keep: sync.WaitGroup.Go is given"
	if wait {
		group.Wait()
	}
	for range 3 {
		var inner sync.WaitGroup
		inner.Go(func() { _, _ = r.List(ctx, "") }) // want "keep: sync.WaitGroup.Go is given"
		if wait {
			continue
		}
		inner.Wait()
	}
}

// Elsewhere has somebody else wait.
func Elsewhere(ctx context.Context, r *notes.Repository) error {
	var group errgroup.Group
	group.Go(func() error { _, err := r.List(ctx, ""); return err }) // want "keep: errgroup.Group.Go is given"
	later(&group)
	return group.Wait()
}

func background(f func())      { go f() }
func later(*errgroup.Group)    {}
func record(machine.Principal) {}
func record2(string)           {}
func take(any)                 {}
