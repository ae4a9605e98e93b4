package uploads_test

import (
	"errors"
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// intents is what a small machine does in some seconds under the race detector.
var intents = flag.Int("intents", 400, "how many `files` are announced and never sent")

// TestQuotaEvasion: files that are announced and never sent hold what they announced until their
// time is over, and no longer (UP-08). Whoever announces many at once, deletes and announces again,
// or announces nothing at all has no byte more than the quota, and the neighbour notices nothing.
func TestQuotaEvasion(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	const size = 10
	quota := int64(*intents) * size
	at := room(t, w, quota, nil)
	r, neighbour := at(w.Acme.Editor), at(w.Globex.Editor)

	var work sync.WaitGroup
	var given, refused atomic.Int64
	var one sync.Map
	for range 8 {
		work.Go(func() {
			for range *intents/8 + 2 { // together more than there is room for
				u, err := announce(t.Context(), r, size)
				switch {
				case err == nil:
					given.Add(1)
					one.Store("id", u.ID)
				case errors.Is(err, uploads.ErrQuota):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if given.Load() != int64(*intents) || refused.Load() == 0 {
		t.Errorf("%d files are given room and %d are not, and there is room for %d", given.Load(), refused.Load(), *intents)
	}
	wantUsed(t, "all announced", r, quota)
	for what, n := range map[string]int64{"nothing": 0, "less than nothing": -size} {
		if _, err := announce(t.Context(), r, n); !errors.Is(err, uploads.ErrInvalid) {
			t.Errorf("a file of %s: %v", what, err)
		}
	}
	wantUsed(t, "files of nothing", r, quota)

	id, _ := one.Load("id")
	for range 3 {
		if err := erase(t.Context(), r, id.(uploads.ID)); err != nil {
			t.Fatal(err)
		}
	}
	wantUsed(t, "one is deleted, three times", r, quota-size)
	if _, err := announce(t.Context(), r, size); err != nil {
		t.Errorf("there is room for one again: %v", err)
	}
	if _, err := announce(t.Context(), r, 1); !errors.Is(err, uploads.ErrQuota) {
		t.Errorf("and for no more: %v", err)
	}
	if _, err := announce(t.Context(), neighbour, quota); err != nil {
		t.Errorf("the neighbour has no room: %v", err)
	}

	ahead.Store(int64(25 * time.Hour))
	later := w.NewMachine(t, vending.MachineConfig{Quotas: vending.Quotas{Default: quota}, Now: clock})
	g, err := later.Vend(t.Context(), w.Principal(t, w.Acme.Editor))
	if err != nil {
		t.Fatal(err)
	}
	for range *intents/4 + 4 {
		if err = uploads.NewRepository(g).Settle(t.Context()); err != nil {
			t.Log(err) // two of the few at once have met the same document of the count
		}
		if u, err := r.Usage(t.Context()); err == nil && u.Bytes == 0 {
			break
		}
	}
	wantUsed(t, "a day later", r, 0)
	if _, err := announce(t.Context(), r, quota); err != nil {
		t.Errorf("all of it is free again: %v", err)
	}
	wantUsed(t, "the neighbour's, a day later", neighbour, quota)
}
