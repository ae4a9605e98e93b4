package vending_test

import (
	"context"
	"errors"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// A person's second factors are reached by an errand of that person's alone: by no role, by no
// errand of another's, and by no job. An admin's errand takes them away without seeing them.
func TestSecondFactorsAreSealedOff(t *testing.T) {
	t.Run("silo", func(t *testing.T) { sealedOff(t, vendingtest.TwoTenants(t)) })
	t.Run("pool", func(t *testing.T) { sealedOff(t, vendingtest.TwoPooled(t)) })
}

func sealedOff(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	vend := func(p tenancy.Principal, err error) vending.Grant {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		g, err := w.Machine.Vend(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	acme := tenant.SelectID(w.Acme.ID)
	viewer, editor := w.Acme.Viewer.ID, w.Acme.Editor.ID
	own := vend(w.Authenticator.Factors(ctx, acme, viewer))
	at := func(g vending.Grant, of tenant.UserID) *firestore.DocumentRef {
		return g.Database().Collection("factors").Doc(of.String())
	}
	if _, err := at(own, viewer).Set(ctx, map[string]any{"sealed": []byte("x")}); err != nil {
		t.Fatalf("one's own: %v", err)
	}
	err := own.Database().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		_, err := tx.Get(at(own, viewer))
		return err
	})
	if err != nil {
		t.Fatalf("one's own, in a transaction: %v", err)
	}
	if _, err := own.Database().Collection("users").Doc(viewer.String()).Get(ctx); err != nil {
		t.Errorf("one's own record: %v", err)
	}
	admin := w.Principal(t, w.Acme.Admin)
	reset := vend(w.Authenticator.ResetFactors(ctx, admin, viewer))
	for name, g := range map[string]vending.Grant{
		"an admin": w.Grant(t, w.Acme.Admin), "an editor": w.Grant(t, w.Acme.Editor), "the viewer's own role": w.Grant(t, w.Acme.Viewer),
		"another's errand": vend(w.Authenticator.Factors(ctx, acme, editor)), "another tenant's admin": w.Grant(t, w.Globex.Admin),
	} {
		ref := at(g, viewer)
		for how, try := range map[string]func() error{
			"reads it":  func() error { _, err := ref.Get(ctx); return err },
			"writes it": func() error { _, err := ref.Set(ctx, map[string]any{"sealed": []byte("y")}); return err },
			"makes it": func() error {
				_, err := g.Database().Collection("factors").Doc("nobody-yet").Create(ctx, map[string]any{"a": 1})
				return err
			},
			"deletes it": func() error { _, err := ref.Delete(ctx); return err },
			"lists them": func() error { _, err := g.Database().Collection("factors").Documents(ctx).GetAll(); return err },
			"counts them": func() error {
				_, err := g.Database().Collection("factors").NewAggregationQuery().WithCount("n").Get(ctx)
				return err
			},
			"goes beneath": func() error {
				_, err := ref.Collection("parts").Doc("p").Set(ctx, map[string]any{"a": 1})
				return err
			},
		} {
			if name == "another tenant's admin" && how != "lists them" {
				continue // it is their own tenant's collection, and nothing is there
			}
			if err := try(); !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s %s: got %v, want ErrDenied", name, how, err)
			}
		}
	}
	for how, try := range map[string]func() error{
		"reads it":          func() error { _, err := at(reset, viewer).Get(ctx); return err },
		"reads in passing":  func() error { return touch(ctx, reset, at(reset, viewer)) },
		"takes another's":   func() error { _, err := at(reset, editor).Delete(ctx); return err },
		"reads the record":  func() error { _, err := reset.Database().Collection("users").Doc(viewer.String()).Get(ctx); return err },
		"lists all factors": func() error { _, err := reset.Database().Collection("factors").Documents(ctx).GetAll(); return err },
	} {
		if err := try(); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("an admin's reset %s: got %v, want ErrDenied", how, err)
		}
	}
	for how, try := range map[string]func() error{
		"reads another's record": func() error { _, err := own.Database().Collection("users").Doc(editor.String()).Get(ctx); return err },
		"changes the record": func() error {
			_, err := own.Database().Collection("users").Doc(viewer.String()).Set(ctx, map[string]any{"role": "admin"})
			return err
		},
		"reads the audit": func() error { _, err := own.Database().Collection("audit").Documents(ctx).GetAll(); return err },
	} {
		if err := try(); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("one's own errand %s: got %v, want ErrDenied", how, err)
		}
	}
	if _, err := at(reset, viewer).Delete(ctx); err != nil {
		t.Errorf("an admin's reset: %v", err)
	}
}

func touch(ctx context.Context, g vending.Grant, ref *firestore.DocumentRef) error {
	return g.Database().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		_, err := tx.Get(ref)
		return err
	})
}

// Only an admin who is signed in resets another's second factors, and nobody their own.
func TestWhoResetsSecondFactors(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	viewer := w.Acme.Viewer.ID
	for name, c := range map[string]struct {
		by    tenancy.Principal
		whose tenant.UserID
	}{
		"an editor": {w.Principal(t, w.Acme.Editor), viewer}, "nobody": {tenancy.Principal{}, viewer},
		"an admin, their own": {w.Principal(t, w.Acme.Admin), w.Acme.Admin.ID}, "an admin, nobody's": {w.Principal(t, w.Acme.Admin), tenant.UserID{}},
	} {
		if _, err := w.Authenticator.ResetFactors(ctx, c.by, c.whose); err == nil {
			t.Errorf("%s resets", name)
		}
	}
	if _, err := w.Authenticator.OwnFactors(ctx, tenancy.Principal{}); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("nobody's own: got %v, want ErrUnauthenticated", err)
	}
	if _, err := w.Authenticator.Factors(ctx, tenant.SelectID(w.Acme.ID), tenant.UserID{}); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("those of nobody: got %v, want ErrInvalid", err)
	}
}
