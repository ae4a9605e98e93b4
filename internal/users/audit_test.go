package users_test

import (
	"context"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestAudit: a change of a person leaves an entry, a change without one is refused, and no entry
// goes away.
func TestAudit(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		ctx := ledger.WithRequest(t.Context(), ledger.RequestInfo{ID: "r1", Route: "PATCH /people"})
		g := w.Grant(t, w.Acme.Admin)
		entries := func() []*firestore.DocumentSnapshot {
			t.Helper()
			return must[[]*firestore.DocumentSnapshot](t)(
				g.Database().Collection("audit").Where("action", "==", "user.role").Documents(ctx).GetAll())
		}
		must[users.User](t)(users.NewRepository(g).ChangeRole(ctx, w.Acme.Viewer.ID, tenant.Editor))
		must[users.User](t)(users.NewRepository(g).ChangeRole(ctx, w.Acme.Viewer.ID, tenant.Editor)) // changes nothing
		all := entries()
		if len(all) != 1 {
			t.Fatalf("%d entries of one change", len(all))
		}
		for field, want := range map[string]string{
			"kind": "user", "id": w.Acme.Viewer.ID.String(), "before": "viewer", "after": "editor",
			"actor": w.Acme.Admin.ID.String(), "role": "admin", "method": "bearer", "request": "r1", "route": "PATCH /people",
		} {
			if got, _ := all[0].Data()[field].(string); got != want {
				t.Errorf("%s is %q, want %q", field, got, want)
			}
		}
		if at, ok := all[0].Data()["time"]; !ok || at == nil {
			t.Errorf("no time: %v", all[0].Data())
		}

		db, entry := g.Database(), all[0].Ref
		person := db.Collection("users").Doc(w.Acme.Viewer.ID.String())
		fields := map[string]any{"role": "admin"}
		for what, write := range map[string]func() error{
			"a person, without an entry": func() error { _, err := person.Set(ctx, fields); return err },
			"a person away":              func() error { _, err := person.Delete(ctx); return err },
			"a person, in a transaction without an entry": func() error {
				return db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error { return tx.Set(person, fields) })
			},
			"an entry":      func() error { _, err := entry.Set(ctx, fields); return err },
			"an entry away": func() error { _, err := entry.Delete(ctx); return err },
			"an entry away, with another": func() error {
				return audit.Of(g).Change(ctx, audit.Entry{Action: "a", Kind: "k", ID: "i"},
					func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error { return tx.Delete(entry) })
			},
			"an entry, as a viewer": func() error {
				return audit.Of(w.Grant(t, w.Acme.Viewer)).Append(ctx, "k", audit.Entry{Action: "a", Kind: "k", ID: "i"})
			},
			"an entry, as nobody": func() error {
				return audit.Of(vending.Grant{}).Append(ctx, "k", audit.Entry{Action: "a", Kind: "k", ID: "i"})
			},
		} {
			wantError(t, what, write(), vending.ErrDenied)
		}
		wantError(t, "an entry about nothing", audit.Of(g).Append(ctx, "k", audit.Entry{Action: "a"}), audit.ErrInvalid)
		if got := len(entries()); got != 1 {
			t.Errorf("%d entries at the end", got)
		}
	})
}
