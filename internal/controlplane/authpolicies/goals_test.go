package authpolicies_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// BenchmarkGoals is this package's part of `make bench`: what it costs to find the policy of a
// tenant that is remembered.
func BenchmarkGoals(b *testing.B) {
	n, calls := 15, 200_000
	if testing.Short() {
		n, calls = 9, 50_000
	}
	w := newWorld(b)
	store, _ := w.process(b)
	id := tenant.NewID()
	get := func() error { _, err := store.Get(b.Context(), id); return err }
	if err := get(); err != nil {
		b.Fatal(err)
	}
	plain := map[tenant.ID]*int{id: new(int)}
	look := func() error {
		if plain[id] == nil {
			b.Fatal("it is there")
		}
		return nil
	}
	all, err := rounds.Paired(n, rounds.Calls(calls, look), rounds.Calls(calls, get))
	if err != nil {
		b.Fatal(err)
	}
	row := rounds.Compared("10", "policy of a warm tenant", "a look into a map", all[0])
	row.AtMost("ns", all[0].Ours(rounds.PerOp), 200)
	row.AtMost("allocations", all[0].Allocs(), 0)
	if err := rounds.Emit(row); err != nil {
		b.Fatal(err)
	}
}

// TestWarmPolicyDoesNotAllocate: each request asks for its tenant's policy.
func TestWarmPolicyDoesNotAllocate(t *testing.T) {
	w := newWorld(t)
	store, _ := w.process(t)
	acme, globex := tenant.NewID(), tenant.NewID()
	if _, err := store.Change(t.Context(), acme, 0, set(whole(w))); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]tenant.ID{"with settings": acme, "without": globex} {
		get := func() {
			if _, err := store.Get(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		get()
		if n := testing.AllocsPerRun(1000, get); n > 0 {
			t.Errorf("the policy of a tenant %s costs %v allocations", name, n)
		}
	}
}
