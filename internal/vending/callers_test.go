package vending_test

import (
	"errors"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestCallersAreKeptApart: what is kept warm for one caller is vended to no other, however alike
// they are: a colleague of the same role, the same token by another door, and the same person in
// the same second with another role.
func TestCallersAreKeptApart(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	second := w.Add(t, w.Acme, "second@acme.test", tenant.Editor)
	token := w.Token(t, w.Acme.Editor)
	bySession, err := w.Authenticator.Session(ctx, tenant.SelectID(w.Acme.ID), token)
	if err != nil {
		t.Fatal(err)
	}
	byBearer, err := w.Authenticator.Bearer(ctx, tenant.SelectID(w.Acme.ID), token)
	if err != nil {
		t.Fatal(err)
	}
	strong, weak := inOneSecond(t, w)
	for range 2 { // cold, then warm
		for who, p := range map[string]tenancy.Principal{
			"an editor": w.Principal(t, w.Acme.Editor), "another editor": w.Principal(t, second),
			"by session": bySession, "by bearer": byBearer, "as an editor": strong, "as a viewer": weak,
		} {
			g, err := w.Machine.Vend(ctx, p)
			if err != nil {
				t.Fatalf("%s: %v", who, err)
			}
			got := g.Principal()
			if got.User() != p.User() || got.Method() != p.Method() || got.Role() != p.Role() {
				t.Errorf("%s: vended %v by %v as %v, for %v by %v as %v", who, got, got.Method(), got.Role(), p, p.Method(), p.Role())
			}
			if g.ReadOnly() != (p.Role() == tenant.Viewer) {
				t.Errorf("%s: read-only %v", who, g.ReadOnly())
			}
		}
	}
	g, err := w.Machine.Vend(ctx, weak)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Database().Collection("users").Doc("x").Set(ctx, map[string]any{"a": 1}); !errors.Is(err, vending.ErrReadOnly) {
		t.Errorf("a viewer who is an editor elsewhere writes: %v", err)
	}
}

// inOneSecond returns one person as an editor and as a viewer, whose tokens agree in every time.
func inOneSecond(t *testing.T, w *vendingtest.World) (strong, weak tenancy.Principal) {
	t.Helper()
	editor, viewer := w.Acme.Editor, w.Acme.Editor
	viewer.Role = tenant.Viewer
	for range 50 {
		strong, weak = w.Principal(t, editor), w.Principal(t, viewer)
		if strong.IssuedAt().Equal(weak.IssuedAt()) && strong.SignedIn().Equal(weak.SignedIn()) && strong.Expires().Equal(weak.Expires()) {
			return strong, weak
		}
	}
	t.Fatal("two tokens never fell into one second")
	return strong, weak
}
