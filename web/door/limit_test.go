package door_test

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// TestInFlight: a tenant has so many requests at once, and a place is free again when one is done.
func TestInFlight(t *testing.T) {
	count := door.NewLimiter(door.Limits{Rate: 1e6, InFlight: 3, SignIns: 1})
	begin := func(id tenant.ID) (func(), error) { return count(id, rand.Text()) } // each by another caller
	acme, globex := tenant.NewID(), tenant.NewID()
	var done []func()
	for range 3 {
		f, err := begin(acme)
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, f)
	}
	if _, err := begin(acme); err == nil {
		t.Error("a fourth at the same time")
	}
	if _, err := begin(globex); err != nil {
		t.Errorf("globex waits for acme: %v", err)
	}
	done[1]()
	if _, err := begin(acme); err != nil {
		t.Errorf("a place is free: %v", err)
	}
	var together sync.WaitGroup
	for range 64 {
		together.Go(func() {
			if f, err := begin(globex); err == nil {
				f()
			}
		})
	}
	together.Wait()
	for range 2 { // one is held from above
		if _, err := begin(globex); err != nil {
			t.Errorf("places were lost: %v", err)
		}
	}
}

// TestOneCallerLeavesRoom: whoever holds all that one caller may have, by bodies that never end,
// keeps nobody else of the tenant out.
func TestOneCallerLeavesRoom(t *testing.T) {
	begin := door.NewLimiter(door.Limits{Rate: 1e6, InFlight: 4, SignIns: 1})
	acme := tenant.NewID()
	for range 2 {
		if _, err := begin(acme, "eli"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := begin(acme, "eli"); err == nil {
		t.Error("one caller has more than half")
	}
	done, err := begin(acme, "ada")
	if err != nil {
		t.Fatalf("another is kept out: %v", err)
	}
	done()
}

// TestOneCallersRate: whoever asks as often as the whole tenant may leaves half of it to the
// others, and what is refused for it costs the tenant nothing.
func TestOneCallersRate(t *testing.T) {
	now := time.Now()
	begin := door.NewLimiterAt(door.Limits{Rate: 10, InFlight: 1000, SignIns: 1}, func() time.Time { return now })
	acme := tenant.NewID()
	served := func(caller string) (n int) {
		for range 100 {
			if done, err := begin(acme, caller); err == nil {
				n++
				done()
			}
		}
		return n
	}
	if eli, ada, li := served("eli"), served("ada"), served("li"); eli != 10 || ada != 10 || li != 0 {
		t.Errorf("of a burst of 20 they were served %d, %d and %d", eli, ada, li)
	}
	now = now.Add(time.Second)
	if eli, ada := served("eli"), served("ada"); eli != 5 || ada != 5 {
		t.Errorf("a second later they were served %d and %d, of 10", eli, ada)
	}
}
