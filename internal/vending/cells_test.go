package vending_test

import (
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestCellsAgree: what the registry says of a tenant's cell, what the cell says of its region, and
// what the vault says of both, must be one thing. Each that is not is refused, and recorded.
func TestCellsAgree(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	p := w.Principal(t, w.Globex.Admin)
	if p.Cell().String() != "eu-1" {
		t.Fatalf("globex lives in %s", p.Cell())
	}
	refused := func(t *testing.T, alert bool, why string) {
		t.Helper()
		before := denials(t, w, alert, why)
		if _, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, p); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("got %v, want ErrDenied", err)
		}
		if now := denials(t, w, alert, why); now != before+1 {
			t.Errorf("%d denials are recorded, want one more than %d", now, before)
		}
	}
	record := w.Owner.Registry().Doc("cells/eu-1")
	was, err := record.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the cell is in another region", func(t *testing.T) {
		if _, err := record.Update(ctx, []firestore.Update{{Path: "region", Value: 1}}); err != nil {
			t.Fatal(err)
		}
		refused(t, false, "not in the principal's region")
	})
	t.Run("there is no such cell", func(t *testing.T) {
		if _, err := record.Delete(ctx); err != nil {
			t.Fatal(err)
		}
		refused(t, false, "no cell")
	})
	t.Run("the cell is of another project", func(t *testing.T) {
		data := was.Data()
		data["project"] = "another"
		if _, err := record.Set(ctx, data); err != nil {
			t.Fatal(err)
		}
		refused(t, true, "does not agree")
	})
	if _, err := record.Set(ctx, was.Data()); err != nil {
		t.Fatal(err)
	}
	bundle, generation, err := w.Onboarding.Vault.Get(ctx, w.Globex.ID, w.Globex.Region)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*vault.Bundle){
		"the vault names another cell":    func(b *vault.Bundle) { b.Cell = w.Acme.Cell },
		"a silo in the pool's database":   func(b *vault.Bundle) { b.Database = "pool-eu" },
		"a silo in the pool's bucket":     func(b *vault.Bundle) { b.Bucket = vendingtest.Project + "-pool-eu" },
		"a silo in another's database":    func(b *vault.Bundle) { b.Database = w.Acme.Database },
		"a silo in another's bucket":      func(b *vault.Bundle) { b.Bucket = w.Acme.Bucket },
		"a silo in the control plane":     func(b *vault.Bundle) { b.Database = location.PlatformDatabase },
		"a pooled tenant outside a pool":  func(b *vault.Bundle) { b.Isolation = "pool" },
		"a pooled tenant half in another": func(b *vault.Bundle) { b.Isolation, b.Database = "pool", "pool-eu" },
	} {
		t.Run(name, func(t *testing.T) {
			changed := bundle
			change(&changed)
			changed.Generation = generation
			if err := w.Onboarding.Vault.Put(ctx, changed, generation); err != nil {
				t.Fatal(err)
			}
			if _, generation, err = w.Onboarding.Vault.Get(ctx, w.Globex.ID, w.Globex.Region); err != nil {
				t.Fatal(err)
			}
			refused(t, true, "does not agree")
		})
	}
	t.Run("a pool in the control plane", func(t *testing.T) {
		data := was.Data()
		data["poolDatabase"] = location.PlatformDatabase
		if _, err := record.Set(ctx, data); err != nil {
			t.Fatal(err)
		}
		changed := bundle
		changed.Isolation, changed.Database, changed.Bucket = "pool", location.PlatformDatabase, vendingtest.Project+"-pool-eu"
		if err := w.Onboarding.Vault.Put(ctx, changed, generation); err != nil {
			t.Fatal(err)
		}
		if _, generation, err = w.Onboarding.Vault.Get(ctx, w.Globex.ID, w.Globex.Region); err != nil {
			t.Fatal(err)
		}
		refused(t, true, "does not agree")
		if _, err := record.Set(ctx, was.Data()); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Onboarding.Vault.Put(ctx, bundle, generation); err != nil {
		t.Fatal(err)
	}
	if _, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, p); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// denials is how many of globex's vends were denied for a reason, with an alert or without. Repeats
// share a row.
func denials(t *testing.T, w *vendingtest.World, alert bool, why string) (n int64) {
	t.Helper()
	if err := w.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := vending.Recent(t.Context(), w.Ledger, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Decision == ledger.Denied && r.Alert == alert && r.Tenant == w.Globex.ID.String() && strings.Contains(r.Reason, why) {
			n += r.Times()
		}
	}
	return n
}
