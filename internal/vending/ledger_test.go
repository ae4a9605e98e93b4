package vending_test

import (
	"errors"
	"slices"
	"testing"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestLedgerIsTheTenantsOwn: who reads which rows of the ledger.
func TestLedgerIsTheTenantsOwn(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	acme, globex := w.Grant(t, w.Acme.Admin), w.Grant(t, w.Globex.Admin)
	editor, viewer := w.Grant(t, w.Acme.Editor), w.Grant(t, w.Acme.Viewer)
	olga := w.Operator(t, w.AddOperator(t, "olga@bulkhead.test"))
	if err := w.Ledger.Flush(ctx); err != nil {
		t.Fatal(err)
	}

	page, err := w.OwnLedger.OfTenant(ctx, acme.Principal(), ledger.Query{Tenant: w.Globex.ID})
	if err != nil || len(page.Rows) == 0 {
		t.Fatalf("acme's admin: %d rows, %v", len(page.Rows), err)
	}
	for _, r := range page.Rows {
		if r.Tenant != w.Acme.ID.String() || r.ID == "" {
			t.Errorf("acme's admin reads %+v", r)
		}
	}
	if page, err := w.OwnLedger.OfTenant(ctx, globex.Principal(), ledger.Query{}); err != nil || slices.ContainsFunc(page.Rows, func(r ledger.Row) bool {
		return r.Tenant != w.Globex.ID.String()
	}) {
		t.Errorf("globex's admin: %v, %v", page, err)
	}
	for who, g := range map[string]vending.Grant{"acme's editor": editor, "acme's viewer": viewer, "nobody": {}} {
		if page, err := w.OwnLedger.OfTenant(ctx, g.Principal(), ledger.Query{}); !errors.Is(err, tenant.ErrForbidden) || len(page.Rows) > 0 {
			t.Errorf("%s: %v, want ErrForbidden", who, err)
		}
	}
	none := tenancy.Operator{}
	_, all := w.Desk.All(ctx, none, ledger.Query{})
	_, alerts := w.Desk.OpenAlerts(ctx, none, "")
	_, closed := w.Desk.ClosedAlerts(ctx, none, "")
	_, closes := w.Desk.CloseAlerts(ctx, none, "x")
	_, waiting := w.Desk.Jobs(ctx, none, queue.Due, "")
	for what, err := range map[string]error{
		"reads": all, "reads alerts": alerts, "reads closed alerts": closed, "closes": closes,
		"reads jobs": waiting, "retries": w.Desk.ReleaseJob(ctx, none, "x"), "cancels": w.Desk.CancelJob(ctx, none, "x"),
	} {
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("the zero operator %s: %v, want ErrUnauthenticated", what, err)
		}
	}
	for name, q := range map[string]ledger.Query{"decision": {Decision: "maybe"}, "row": {Before: "../x"}, "time": {Before: "20269999T000000.000000-AAAAAAAAAA"}} {
		if _, err := w.Desk.All(ctx, olga, q); !errors.Is(err, ledger.ErrQuery) {
			t.Errorf("a query of no %s: %v, want ErrQuery", name, err)
		}
	}

	// In parts, all rows come once, newest first.
	whole, err := w.Desk.All(ctx, olga, ledger.Query{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	var parts []ledger.Row
	for q := (ledger.Query{Limit: 1}); ; {
		page, err := w.Desk.All(ctx, olga, q)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, page.Rows...)
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	if !slices.Equal(whole.Rows, parts) || len(parts) < 4 {
		t.Errorf("%d rows in parts, %d at once", len(parts), len(whole.Rows))
	}
	if !slices.IsSortedFunc(parts, func(a, b ledger.Row) int { return b.Time.Compare(a.Time) }) {
		t.Error("not newest first")
	}

	// Without a sign-out nobody else is told; with one, the operator reads no more.
	if err := w.Operators.SignOut(ctx, olga); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.All(ctx, olga, ledger.Query{}); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an operator who has signed out: %v, want ErrUnauthenticated", err)
	}
}
