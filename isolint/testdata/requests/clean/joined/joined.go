// Package joined works in parallel on what was vended, and has stopped when it returns.
package joined

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// Titles reads two pages at once.
func Titles(ctx context.Context, r *notes.Repository) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2)
	for _, cursor := range []string{"a", "b", ""} {
		if cursor == "" {
			continue
		}
		work.Go(func() error {
			_, err := r.List(ctx, cursor)
			return err
		})
	}
	return work.Wait()
}

// Either reads them without caring for errors.
func Either(ctx context.Context, r *notes.Repository) (page notes.Page) {
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { _, _ = r.List(ctx, "a") })
	if ctx.Err() != nil {
		return notes.Page{}
	}
	var group errgroup.Group
	group.Go(func() error { _, err := r.List(ctx, "b"); return err })
	if err := group.Wait(); errors.Is(err, notes.ErrNotFound) {
		return notes.Page{}
	}
	return page
}

// Finish takes a little longer than the request, and no more.
func Finish(ctx context.Context, r *notes.Repository) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, err := r.List(ctx, "")
	return err
}

// Sum adds up what goroutines find, which have ended when it returns.
func Sum(ctx context.Context, count func(context.Context, string) (int, error), names ...string) (total int, err error) {
	work, ctx := errgroup.WithContext(ctx)
	counts := make([]int, len(names))
	for i, name := range names {
		work.Go(func() (err error) {
			counts[i], err = count(ctx, name)
			return err
		})
	}
	err = work.Wait()
	for _, n := range counts {
		total += n
	}
	return total, err
}
