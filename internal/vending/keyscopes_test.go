package vending_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// byKey is the grant of a new key of the tenant with these scopes.
func byKey(t *testing.T, w *vendingtest.World, of vendingtest.Tenant, s tenant.Scopes) vending.Grant {
	t.Helper()
	_, secret, err := w.Authenticator.APIKeys().Create(t.Context(), w.Principal(t, of.Admin), tenancy.NewAPIKey{Scopes: s, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Authenticator.Bearer(t.Context(), tenant.SelectID(of.ID), secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	g, err := w.Machine.Vend(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWhatKeysReach pins what each scope of an API key is vended, in a silo and in a pool: r read,
// a append, w change. What a scope does not name, the guard refuses, whatever the code asks for.
func TestWhatKeysReach(t *testing.T) {
	want := map[string]string{
		"files:read":               "uploads r, settings r, objects r",
		"files:write":              "uploads raw, settings r, usage raw, idempotency raw, objects rw",
		"intake:write":             "uploads a, settings r, usage raw, idempotency raw, objects w",
		"people:read":              "users r",
		"files:read people:read":   "uploads r, users r, settings r, objects r",
		"intake:write people:read": "uploads a, users r, settings r, usage raw, idempotency raw, objects w",
		"files:read files:write intake:write people:read": "uploads raw, users r, settings r, usage raw, idempotency raw, objects rw",
	}
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		for names, reach := range want {
			s, err := tenant.ParseScopes(strings.Fields(names))
			if err != nil {
				t.Fatal(err)
			}
			g := byKey(t, w, w.Acme, s)
			if diff := cmp.Diff(reach, reached(t, g)); diff != "" {
				t.Errorf("a key with %q reaches (-want +got):\n%s", names, diff)
			}
			if reads := !strings.Contains(names, "write"); g.ReadOnly() != reads {
				t.Errorf("the grant of %q is read-only: %v", names, g.ReadOnly())
			}
		}
	})
}

// reached tries everything on everything.
func reached(t *testing.T, g vending.Grant) string {
	t.Helper()
	ctx := t.Context()
	var parts []string
	for _, name := range []string{
		"uploads", "users", "audit", "settings", "usage", "apikeys", "profiles", "sessions", "identities", "factors", "mails", "codes", "signins", "keyuses", "notes", "idempotency",
	} {
		all, verbs := g.Database().Collection(name), ""
		doc := all.Doc(fmt.Sprintf("try-%d", time.Now().UnixNano()))
		if _, err := all.Limit(1).Documents(ctx).GetAll(); may(t, err) {
			verbs += "r"
		}
		if _, err := doc.Create(ctx, map[string]any{"a": 1}); may(t, err) {
			verbs += "a"
		}
		if _, err := doc.Set(ctx, map[string]any{"a": 2}); may(t, err) {
			verbs += "w"
		}
		if verbs != "" {
			parts = append(parts, name+" "+verbs)
		}
	}
	verbs := ""
	if _, err := g.Bucket().SignDownload(ctx, "o", 1, "o", "text/plain", time.Minute); may(t, err) {
		verbs += "r"
	}
	if _, err := g.Bucket().SignUpload(ctx, "o", "text/plain", 1, time.Minute); may(t, err) {
		verbs += "w"
	}
	if verbs != "" {
		parts = append(parts, "objects "+verbs)
	}
	return strings.Join(parts, ", ")
}

func may(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, vending.ErrDenied) {
		t.Error(err)
	}
	return err == nil
}

// TestKeysNoteTheirOwnUse: a key writes the one document about its own use, although it may only
// read; no other key and no viewer reads it, and an admin does.
func TestKeysNoteTheirOwnUse(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		ctx := t.Context()
		g, other := byKey(t, w, w.Acme, tenant.ScopeFilesRead), byKey(t, w, w.Acme, tenant.Editor.Scopes())
		id := g.Principal().Key().String()
		use := func(g vending.Grant) error {
			_, err := g.Database().Collection("keyuses").Doc(id).Set(ctx, map[string]any{"address": "192.0.2.1"})
			return err
		}
		look := func(g vending.Grant) error {
			_, err := g.Database().Collection("keyuses").Doc(id).Get(ctx)
			return err
		}
		for what, err := range map[string]error{"notes": use(g), "reads": look(g), "an admin reads": look(w.Grant(t, w.Acme.Admin))} {
			if err != nil {
				t.Errorf("the key's use, %s: %v", what, err)
			}
		}
		for who, err := range map[string]error{
			"another key notes": use(other), "another key reads": look(other), "a viewer notes": use(w.Grant(t, w.Acme.Viewer)),
			"a viewer reads": look(w.Grant(t, w.Acme.Viewer)),
		} {
			if !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s: %v, want ErrDenied", who, err)
			}
		}
	})
}

// TestTheLedgerNamesAKeysScope: what a key is vended stands in the tenant's records, as the guard
// has it. A key that can do nothing is vended nothing.
func TestTheLedgerNamesAKeysScope(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := byKey(t, w, w.Acme, tenant.ScopeIntakeWrite|tenant.ScopePeopleRead)
	row := recent(t, w, func(r ledger.Row) bool {
		return r.Decision == ledger.Vended && r.Subject == g.Principal().User().String()
	})
	if row.Scope != "key: idempotency read+write, settings read, uploads append, usage read+write, users read, objects write" {
		t.Errorf("the ledger calls the scope %q", row.Scope)
	}
	if _, err := g.Database().Collection("uploads").Documents(context.WithoutCancel(t.Context())).GetAll(); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a key that hands files in lists them: %v", err)
	}
}
