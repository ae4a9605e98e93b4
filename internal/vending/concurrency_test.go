package vending_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// Sixty-four goroutines vend for many tenants at once, from a cache too small for them, and write
// and read what names the tenant. No write lands elsewhere, and the cloud sees each account on its
// own tenant's resources alone (VE-04).
func TestConcurrentVends(t *testing.T) { vendingtest.EachSource(t, vendingtest.Start, concurrentVends) }

func concurrentVends(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	const tenants, workers, rounds = 8, 64, 12
	var people []tenancy.Principal
	var all []vendingtest.Tenant
	for i := range tenants {
		tenant := w.Onboard(t, fmt.Sprintf("tenant-%c", 'a'+i), tenant.Regions()[i%3])
		all = append(all, tenant)
		people = append(people, w.Principal(t, tenant.Admin), w.Principal(t, tenant.Editor))
	}
	m := w.NewMachine(t, vending.MachineConfig{CacheSize: tenants / 2})
	began := time.Now()
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for round := range rounds {
				p := people[rand.N(len(people))]
				g, err := m.Vend(ctx, p)
				if err != nil {
					t.Error(err)
					return
				}
				if g.Principal() != p || g.Tenant() != p.Tenant() {
					t.Errorf("vended %v to %v", g, p)
				}
				nonce := fmt.Sprintf("%d-%d", worker, round)
				if err := roundTripOf(t, g, nonce); err != nil {
					t.Errorf("%v: %v", p, err)
				}
			}
		})
	}
	wg.Wait()
	for _, d := range w.Asked(began) {
		if strings.HasPrefix(d.Caller, "tn-") && !strings.Contains(d.Resource, d.Caller[:13]) {
			t.Errorf("the cloud saw %s ask for %s on %s", d.Caller, d.Permission, d.Resource)
		}
		if !d.Allowed {
			t.Errorf("the cloud denied %s %s on %s: %s", d.Caller, d.Permission, d.Resource, d.Reason)
		}
	}
	// And each tenant holds its own name only.
	for _, tenant := range all {
		g := w.Grant(t, tenant.Admin)
		docs, err := g.Database().Collection("nonces").Documents(ctx).GetAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if d.Data()["tenant"] != tenant.ID.String() {
				t.Errorf("%s holds a document of %v", tenant.ID, d.Data()["tenant"])
			}
		}
	}
}

func roundTripOf(t *testing.T, g vending.Grant, nonce string) error {
	ctx := t.Context()
	doc := g.Database().Collection("nonces").Doc(nonce)
	if _, err := doc.Set(ctx, map[string]any{"tenant": g.Tenant().String(), "nonce": nonce}); err != nil {
		return err
	}
	snap, err := doc.Get(ctx)
	if err != nil {
		return err
	}
	if snap.Data()["tenant"] != g.Tenant().String() {
		return fmt.Errorf("read %v", snap.Data())
	}
	if nonce[len(nonce)-1] != '0' { // objects are dearer
		return nil
	}
	if err := write(ctx, g.Bucket().Object(nonce), g.Tenant().String()); err != nil {
		return err
	}
	r, err := g.Bucket().Object(nonce).NewReader(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != g.Tenant().String() {
		return fmt.Errorf("read %q, %v", b, err)
	}
	return nil
}
