package issuer_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestLaneTakesTurns: with one place, a tenant with many fetches waiting delays another's by one.
func TestLaneTakesTurns(t *testing.T) {
	takesTurns(t, 1, "a1", "b1", "c1", "a2", "b2", "a3", "a4")
	takesTurns(t, 2, "a1", "a2", "b1", "c1", "a3", "b2", "a4")
}

func takesTurns(t *testing.T, share int, want ...string) {
	t.Helper()
	l := issuer.NewLane(1, share)
	a, b, c := tenant.NewID(), tenant.NewID(), tenant.NewID()
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	gate := make(chan struct{})
	submit := func(id tenant.ID, name string) {
		all.Add(1)
		l.Submit(id, func() {
			<-gate
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			all.Done()
		})
	}
	for _, name := range []string{"a1", "a2", "a3", "a4"} {
		submit(a, name)
	}
	submit(b, "b1")
	submit(b, "b2")
	submit(c, "c1")
	close(gate)
	all.Wait()
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLaneIsBounded: over all, and of each tenant.
func TestLaneIsBounded(t *testing.T) {
	l := issuer.NewLane(5, 2)
	started := make(chan tenant.ID, 100)
	gate := make(chan struct{})
	var all sync.WaitGroup
	submit := func(id tenant.ID, n int) {
		for range n {
			all.Add(1)
			l.Submit(id, func() {
				defer all.Done()
				started <- id
				<-gate
			})
		}
	}
	a := tenant.NewID()
	submit(a, 10)
	others := []tenant.ID{tenant.NewID(), tenant.NewID(), tenant.NewID()}
	for _, id := range others {
		submit(id, 1)
	}
	count := map[tenant.ID]int{}
	for range 5 {
		count[<-started]++
	}
	if count[a] != 2 || len(count) != 4 {
		t.Errorf("%v, want two of a and one of each other", count)
	}
	for _, id := range others {
		submit(id, 1) // no place is left
	}
	select {
	case id := <-started:
		t.Errorf("a sixth runs, of %v (a: %t)", id, id == a)
	default:
	}
	close(gate)
	all.Wait()
	if rest := slices.Collect(func(yield func(tenant.ID) bool) {
		for len(started) > 0 && yield(<-started) {
		}
	}); len(rest) != 11 {
		t.Errorf("%d more ran, want 11", len(rest))
	}
}
