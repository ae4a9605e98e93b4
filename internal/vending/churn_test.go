package vending_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// A warm vend allocates nothing.
func TestWarmVendDoesNotAllocate(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, func(t *testing.T, w *vendingtest.World) {
		ctx := context.Background()
		p := w.Principal(t, w.Acme.Admin)
		vend := func() {
			if _, err := w.Machine.Vend(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		vend()
		if n := testing.AllocsPerRun(1000, vend); n != 0 {
			t.Errorf("%v allocations, want none", n)
		}
	})
}

// Of tenants that come and go, the one in use stays: to be forgotten takes not being used.
func TestTheUsedTenantStays(t *testing.T) {
	w := vendingtest.Start(t)
	acme := w.Onboard(t, "acme", tenant.US)
	m := w.NewMachine(t, vending.MachineConfig{CacheSize: 64})
	p := w.Principal(t, acme.Admin)
	for range 320 {
		if _, err := m.Vend(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		m.Fill(t, w.Endpoints.Token, 1, goodPEM)
	}
	if n := m.Warm(); n != 64 {
		t.Errorf("%d tenants are warm, want 64", n)
	}
	if !m.Holds(acme.ID) {
		t.Error("a tenant that was vended from all the time was forgotten")
	}
}

// Many tenants through a cache of a tenth as many leave what those leave: no goroutine, no socket,
// and memory of the warm ones alone (RE-04). make bench does it with ten thousand.
func TestChurn(t *testing.T) {
	w := vendingtest.Start(t)
	m := w.NewMachine(t, vending.MachineConfig{CacheSize: 100})
	m.Fill(t, w.Endpoints.Token, 100, goodPEM)
	goroutines, before := runtime.NumGoroutine(), heap()
	m.Fill(t, w.Endpoints.Token, 900, goodPEM)
	if n := m.Warm(); n != 100 {
		t.Errorf("%d tenants are warm, want 100", n)
	}
	if after := heap(); after > before+before/4 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	// A connection of the world's that opens meanwhile is six.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines+20; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), goroutines)
		}
	}
	if n := m.Sockets(); n != 0 {
		t.Errorf("%d connections are open, and nothing was asked", n)
	}
	runtime.KeepAlive(m)
}
