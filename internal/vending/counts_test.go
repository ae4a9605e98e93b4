package vending_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// TestCallers: what is kept of callers is bounded, ends with their tokens, and loses no count.
func TestCallers(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	var people []tenancy.Principal
	for _, of := range []vendingtest.Tenant{w.Acme, w.Globex} {
		for _, p := range []vendingtest.Person{of.Admin, of.Editor, of.Viewer} {
			people = append(people, w.Principal(t, p))
		}
	}
	use := func(t *testing.T, m *vending.Machine, times int) {
		t.Helper()
		for _, p := range people {
			for range times {
				if _, err := m.Vend(ctx, p); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// counted is how many vends the ledger has recorded, cold and warm.
	counted := func(t *testing.T) (n int64) {
		t.Helper()
		if err := w.Ledger.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := vending.Recent(ctx, w.Ledger, 200)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.Decision == ledger.Vended {
				n += max(r.Warm, 1)
			}
		}
		return n
	}
	w.Machine.Reread(ctx) // reports what onboarding did
	before := counted(t)

	t.Run("of expired tokens", func(t *testing.T) {
		now := time.Now()
		m := w.NewMachine(t, vending.MachineConfig{Now: func() time.Time { return now }})
		use(t, m, 3)
		if n, found := m.Callers(); n != 6 || found != 6 {
			t.Fatalf("%d callers counted, %d found, want 6", n, found)
		}
		now = now.Add(2 * time.Hour)
		m.Reread(ctx)
		if n, found := m.Callers(); n != 0 || found != 0 {
			t.Errorf("%d callers counted, %d found, once their tokens have expired", n, found)
		}
		before += 18
		if n := counted(t); n != before {
			t.Errorf("%d vends are recorded, want %d", n, before)
		}
	})
	t.Run("of all tenants together", func(t *testing.T) {
		m := w.NewMachine(t, vending.MachineConfig{Callers: 4})
		use(t, m, 3)
		if n, found := m.Callers(); n != 4 || found != 4 {
			t.Errorf("%d callers counted, %d found, want 4", n, found)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		before += 18
		if n := counted(t); n != before {
			t.Errorf("%d vends are recorded, want %d", n, before)
		}
	})
	t.Run("of tenants that are forgotten", func(t *testing.T) {
		m := w.NewMachine(t, vending.MachineConfig{CacheSize: 1})
		use(t, m, 2)
		m.ForgetAll()
		if n, found := m.Callers(); n != 0 || found != 0 {
			t.Errorf("%d callers counted, %d found, want none", n, found)
		}
		before += 12
		if n := counted(t); n != before {
			t.Errorf("%d vends are recorded, want %d", n, before)
		}
	})
	t.Run("at the end", func(t *testing.T) {
		m := w.NewMachine(t, vending.MachineConfig{})
		m.CrowdOnce(10, 500) // more than the ledger has room for at once
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := w.Ledger.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if n := w.Ledger.Lost(); n != 0 {
			t.Errorf("%d rows are lost", n)
		}
	})
	t.Run("at the end, without a control plane", func(t *testing.T) {
		// Nobody closes this ledger, for it would wait as well.
		m := w.NewMachine(t, vending.MachineConfig{Ledger: ledger.New(w.Web.Registry(), nil, nil)})
		m.CrowdOnce(1, 500)
		f := w.Cloud.Faults().Add(fault.Rule{Method: "/google.firestore.v1.Firestore/*", Delay: time.Hour})
		closed := make(chan error, 1)
		go func() { closed <- m.CloseWithin(10 * time.Millisecond) }()
		select {
		case err := <-closed:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(5 * time.Second):
			t.Error("Close waits for a ledger that cannot write")
		}
		f.Remove()
	})
}

// Clients of the jobs role are made for a call and closed after it. They leave nothing behind.
func clientsShareConnections(t *testing.T, w *vendingtest.World) {
	open := func() {
		accounts, err := w.Jobs.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer accounts.Close()
		projects, err := w.Jobs.Projects(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer projects.Close()
		databases, err := w.Jobs.Databases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer databases.Close()
	}
	open()
	before := runtime.NumGoroutine()
	for range 50 {
		open()
	}
	if n := runtime.NumGoroutine() - before; n > 25 {
		t.Errorf("%d goroutines more after 50 uses", n)
	}
}
