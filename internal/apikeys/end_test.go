package apikeys_test

import (
	"errors"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// TestAKeyEndsItself: whatever it was made for, and no other key; what it did stands in the audit,
// in the one entry that it may write.
func TestAKeyEndsItself(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	for _, name := range tenant.Editor.Scopes().Names() {
		scope, err := tenant.ParseScopes([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		spared, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "spared", Scopes: scope})
		if err != nil {
			t.Fatal(err)
		}
		key, secret, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: name, Scopes: scope})
		if err != nil {
			t.Fatal(err)
		}
		g := byKey(t, w, secret)
		entry := func(id tenant.KeyID, what string) error {
			_, err := g.Database().Collection(location.Audit).Doc(location.KeyEntry(id, what)).Create(ctx, map[string]any{"a": 1})
			return err
		}
		for what, err := range map[string]error{
			"another key's end": entry(spared.ID, location.KeyEnded), "its own revocation by an admin": entry(key.ID, "revoke"),
		} {
			if !errors.Is(err, vending.ErrDenied) {
				t.Errorf("a key with %s writes %s: %v, want ErrDenied", name, what, err)
			}
		}
		if err := w.APIKeys.End(ctx, g); err != nil {
			t.Fatalf("a key with %s ends itself: %v", name, err)
		}
		if _, err := w.Authenticator.Bearer(ctx, tenant.SelectID(w.Acme.ID), secret.Reveal()); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("the ended key gets in: %v, want ErrUnauthenticated", err)
		}
		if err := w.APIKeys.End(ctx, g); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("it ends itself again: %v, want ErrUnauthenticated", err)
		}
		doc, err := admin.Database().Collection(location.Audit).Doc(location.KeyEntry(key.ID, location.KeyEnded)).Get(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := doc.Data(); got["action"] != "apikey.end" || got["actor"] != key.ID.User().String() || got["method"] != "api-key" {
			t.Errorf("the entry says %v", got)
		}
		keys, err := w.APIKeys.List(ctx, admin)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if k.ID == spared.ID && !k.Revoked.IsZero() || k.ID == key.ID && k.Revoked.IsZero() {
				t.Errorf("%s was revoked: %v", k.Name, k.Revoked)
			}
		}
	}
}

// TestOnlyKeysEndThemselves: nobody else can say whose key they mean.
func TestOnlyKeysEndThemselves(t *testing.T) {
	w := newWorld(t)
	for _, p := range []struct {
		who string
		g   vending.Grant
	}{
		{"an admin", w.Grant(t, w.Acme.Admin)}, {"an editor", w.Grant(t, w.Acme.Editor)}, {"a viewer", w.Grant(t, w.Acme.Viewer)},
	} {
		if err := w.APIKeys.End(t.Context(), p.g); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("%s ends the key that they are not: %v, want ErrForbidden", p.who, err)
		}
		if _, err := w.Authenticator.APIKeys().End(t.Context(), p.g.Principal()); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("%s, past the service: %v, want ErrForbidden", p.who, err)
		}
	}
	if _, err := w.Authenticator.APIKeys().End(t.Context(), tenancy.Principal{}); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("nobody: %v, want ErrForbidden", err)
	}
}

// TestAnEndThatFails: a key goes on where its end cannot be written down, and where the control
// plane does not answer; ending it again helps.
func TestAnEndThatFails(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, secret, err := w.APIKeys.Create(ctx, w.Grant(t, w.Acme.Admin), apikeys.NewKey{Name: "x", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	g := byKey(t, w, secret)
	for what, database := range map[string]string{"the audit": w.Acme.Database, "the control plane": "platform"} {
		fails := w.Cloud.Faults().Add(fault.Rule{
			Method:   "/google.firestore.v1.Firestore/Commit",
			Resource: "projects/" + vendingtest.Project + "/databases/" + database,
			Code:     codes.PermissionDenied,
		})
		err := w.APIKeys.End(ctx, g)
		fails.Remove()
		if !errors.Is(err, tenant.ErrUnavailable) || fails.Hits() == 0 {
			t.Errorf("%s fails: %v after %d, want ErrUnavailable", what, err, fails.Hits())
		}
		if _, err := w.Authenticator.Bearer(ctx, tenant.SelectID(w.Acme.ID), secret.Reveal()); err != nil {
			t.Errorf("%s fails: the key does not get in: %v", what, err)
		}
	}
	if err := w.APIKeys.End(ctx, g); err != nil {
		t.Errorf("again: %v", err)
	}
}

func byKey(t *testing.T, w world, secret tenancy.SecretKey) vending.Grant {
	t.Helper()
	p, err := w.Authenticator.Bearer(t.Context(), tenant.SelectID(w.Acme.ID), secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	g, err := w.Machine.Vend(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
