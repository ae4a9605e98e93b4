package uploads_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// binRaces: one editor puts files into the bin while others do something else with them. Each ends
// in the bin, with what was done before, or with what is refused.
func binRaces(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	one, other := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	name := "moved.txt"
	for what, do := range map[string]func(uploads.Upload) error{
		"moves": func(u uploads.Upload) error {
			_, err := other.Move(ctx, u.ID, uploads.Change{Name: &name})
			return err
		},
		"downloads": func(u uploads.Upload) error { _, err := other.Download(ctx, u.ID, false); return err },
		"hears the verdict": func(u uploads.Upload) error {
			return other.Moved(ctx, moved(u, events.Moved{Step: events.Done, Verdict: events.Clean}))
		},
		"bins it too": func(u uploads.Upload) error { _, err := other.Bin(ctx, u.ID); return err },
		"settles":     func(uploads.Upload) error { return other.Settle(ctx) },
	} {
		for range 5 {
			u := keep(t, one.Repository, token)
			var err error
			var both sync.WaitGroup
			both.Go(func() { err = do(u) })
			both.Go(func() {
				if _, err := one.Bin(ctx, u.ID); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if err != nil && !errors.Is(err, uploads.ErrBinned) {
				t.Errorf("another %s: %v", what, err)
			}
			if got := one.state(t, u); got != "binned" {
				t.Errorf("another %s: then it is %s", what, got)
			}
			back, errBack := one.Restore(ctx, u.ID)
			if errBack != nil || (what == "moves" && err == nil) != (back.Name == name) || (what == "hears the verdict") != (back.Inspection.Progress == uploads.Clean) {
				t.Errorf("another %s: restored %+v, %v", what, back, errBack)
			}
		}
	}
}

// restoreRaces: a file is restored while it is deleted for good. It is whole, or it is gone.
func restoreRaces(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	one, other := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	for n := range 10 {
		u := one.bin(t, "a.txt")
		remove := func() error { return other.Delete(ctx, u.ID) }
		if n%2 == 0 {
			one.edit(t, u, map[string]any{"due": time.Now().Add(-time.Second)})
			remove = func() error { return other.Settle(ctx) }
		}
		var restored, removed error
		var both sync.WaitGroup
		both.Go(func() { _, restored = one.Restore(ctx, u.ID) })
		both.Go(func() { removed = remove() })
		both.Wait()
		object, _, _ := one.exists(t, u)
		state := one.state(t, u)
		whole := restored == nil && object && state == "stored"
		gone := errors.Is(restored, uploads.ErrNotFound) && !object && state != "stored"
		if !whole && !gone || removed != nil && !errors.Is(removed, uploads.ErrNotBinned) {
			t.Errorf("restored: %v, deleted: %v; then it is %s, object %v", restored, removed, state, object)
		}
	}
}

// binnedAgain: a file is restored and put into the bin again, while somebody deletes what was there
// before. Its days begin anew.
func binnedAgain(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	one, other := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	u := one.bin(t, "again.txt")
	first, err := one.GetBinned(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = uploads.EmptyAround(ctx, other.Repository, first.At, func() {
		if _, err := one.Restore(ctx, u.ID); err != nil {
			t.Error(err)
		}
		if _, err := one.Bin(ctx, u.ID); err != nil {
			t.Error(err)
		}
	})
	if state := one.state(t, u); err != nil || state != "binned" {
		t.Errorf("the bin is emptied of what was there before: %v; the file is %s", err, state)
	}
	if err := uploads.Expire(ctx, other.Repository, u.ID, first.Due.Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	if state := one.state(t, u); state != "binned" {
		t.Errorf("before its day the file is %s", state)
	}
}
