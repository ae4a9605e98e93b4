package vending_test

import (
	"context"
	"errors"
	"testing"

	"cloud.google.com/go/firestore"
	gtransport "google.golang.org/api/transport/grpc"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// A viewer reads everything and writes one document, their own: in a silo and in a pool.
func TestProfile(t *testing.T) {
	t.Run("silo", func(t *testing.T) { profile(t, vendingtest.TwoTenants(t)) })
	t.Run("pool", func(t *testing.T) { profile(t, vendingtest.TwoPooled(t)) })
}

func profile(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	viewer, editor := w.Grant(t, w.Acme.Viewer), w.Grant(t, w.Acme.Editor)
	mine := viewer.Profile()
	if _, err := mine.Create(ctx, map[string]any{"mail": "daily"}); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Update(ctx, []firestore.Update{{Path: "mail", Value: "never"}}); err != nil {
		t.Errorf("changing one's own: %v", err)
	}
	if snap, err := mine.Get(ctx); err != nil || snap.Data()["mail"] != "never" {
		t.Errorf("reading one's own: %v, %v", snap, err)
	}
	err := viewer.Database().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		_, err := tx.Get(mine)
		return err
	})
	if err != nil {
		t.Errorf("reading one's own in a transaction: %v", err)
	}
	if _, err := mine.Delete(ctx); err != nil {
		t.Errorf("deleting one's own: %v", err)
	}
	if _, err := editor.Profile().Set(ctx, map[string]any{"mail": "daily"}); err != nil {
		t.Fatal(err)
	}
	theirs := viewer.Database().Collection("profiles").Doc(w.Acme.Editor.ID.String())
	if _, err := theirs.Get(ctx); err != nil {
		t.Errorf("reading another's: %v", err)
	}
	for name, attempt := range map[string]func() error{
		"another's":        func() error { _, err := theirs.Set(ctx, map[string]any{"mail": "never"}); return err },
		"beneath":          func() error { _, err := mine.Collection("keys").Doc("k").Set(ctx, map[string]any{"a": 1}); return err },
		"one's own record": func() error { return setRole(ctx, viewer, w.Acme.Viewer) },
		"one of nobody": func() error {
			_, err := viewer.Database().Collection("profiles").Doc("x").Create(ctx, map[string]any{"a": 1})
			return err
		},
	} {
		if err := attempt(); !errors.Is(err, vending.ErrReadOnly) {
			t.Errorf("writing %s: got %v, want ErrReadOnly", name, err)
		}
	}
	row := recent(t, w, func(r ledger.Row) bool {
		return r.Decision == ledger.Vended && r.Subject == w.Acme.Viewer.ID.String()
	})
	if row.Scope != "read-only, own profile" {
		t.Errorf("the ledger calls the scope %q", row.Scope)
	}
	if _, err := (vending.Grant{}).Profile().Get(ctx); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("the zero grant's: got %v, want ErrDenied", err)
	}
}

func setRole(ctx context.Context, g vending.Grant, p vendingtest.Person) error {
	_, err := g.Database().Collection("users").Doc(p.ID.String()).Set(ctx, map[string]any{"role": "admin"})
	return err
}

// A viewer's read-write transaction locks their own document, and no other's.
func TestViewersLockNothing(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Viewer)
	client, err := firestore.NewClientWithDatabase(ctx, vendingtest.Project, w.Acme.Database, gtransport.WithConnPool(g.Conn()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) error {
		return client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
			_, err := tx.GetAll([]*firestore.DocumentRef{client.Doc(path)})
			return err
		})
	}
	if err := read("profiles/" + w.Acme.Viewer.ID.String()); err != nil {
		t.Errorf("their own: %v", err)
	}
	if err := read("users/" + w.Acme.Admin.ID.String()); !errors.Is(err, vending.ErrReadOnly) {
		t.Errorf("the admin's record: got %v, want ErrReadOnly", err)
	}
}

// A collection is named by its path below the tenant's root, in a silo and in a pool alike.
func TestCollectionPaths(t *testing.T) {
	for name, start := range map[string]func(testing.TB, ...vendingtest.Option) *vendingtest.World{
		"silo": vendingtest.TwoTenants, "pool": vendingtest.TwoPooled,
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			ctx := t.Context()
			db := w.Grant(t, w.Acme.Editor).Database()
			if _, err := db.Collection("notes/x/parts").Doc("y").Set(ctx, map[string]any{"a": 1}); err != nil {
				t.Fatal(err)
			}
			for how, parts := range map[string]*firestore.CollectionRef{
				"by its path": db.Collection("notes/x/parts"), "by steps": db.Collection("notes").Doc("x").Collection("parts"),
			} {
				if docs, err := parts.Documents(ctx).GetAll(); err != nil || len(docs) != 1 || docs[0].Ref.ID != "y" {
					t.Errorf("%s: %v, %v", how, docs, err)
				}
			}
			for _, path := range []string{"", "notes/x", "notes//parts", "/notes", "notes/"} {
				if ref := db.Collection(path); ref != nil {
					t.Errorf("%q is taken for the collection %s", path, ref.Path)
				}
			}
		})
	}
}
