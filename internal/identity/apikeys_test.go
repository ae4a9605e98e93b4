package identity_test

import (
	"errors"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// TestTheTruthDecidesWhoMakesKeys: in the seconds for which a demoted admin's token still says admin, it makes no key that
// would outlive them, and revokes none.
func TestTheTruthDecidesWhoMakesKeys(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	second := w.Add(t, acme, "second@acme.test", tenant.Admin)
	grant := w.Grant(t, second)
	key, secret, err := w.CreateAPIKey(ctx, grant, tenancy.NewAPIKey{Name: "nightly", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	admin := users.NewRepository(w.Grant(t, acme.Admin))
	if _, err := admin.ChangeRole(ctx, second.ID, tenant.Editor); err != nil { // the truth alone: no revocation yet
		t.Fatal(err)
	}
	if _, _, err := w.CreateAPIKey(ctx, grant, tenancy.NewAPIKey{Name: "late", Role: tenant.Viewer}); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a demoted admin makes a key: %v, want ErrForbidden", err)
	}
	if err := w.RevokeAPIKey(ctx, grant, key.ID); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a demoted admin revokes a key: %v, want ErrForbidden", err)
	}

	// The key is the tenant's: it stays when its maker goes.
	p, err := w.Authenticator.Bearer(ctx, tenant.SelectID(acme.ID), secret.Reveal())
	if err != nil {
		t.Fatalf("the key of somebody demoted: %v", err)
	}
	g, err := w.Machine.Vend(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CreateAPIKey(ctx, g, tenancy.NewAPIKey{Name: "x", Role: tenant.Viewer}); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a key makes a key: %v, want ErrForbidden", err)
	}

	if err := w.RevokeAPIKey(ctx, w.Grant(t, w.Globex.Admin), key.ID); !errors.Is(err, tenant.ErrNoAPIKey) {
		t.Errorf("globex revokes acme's key: %v, want ErrNoAPIKey", err)
	}
	people := users.NewRepository(g)
	if _, err := people.List(ctx, users.Cursor{}, 10); err != nil {
		t.Errorf("the key's grant reads: %v", err)
	}
	if err := w.RevokeAPIKey(ctx, w.Grant(t, acme.Admin), key.ID); err != nil {
		t.Fatal(err)
	}
	// The grant was vended before: it ends with the key.
	if _, err := people.List(ctx, users.Cursor{}, 10); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("the grant of a revoked key reads: %v, want ErrUnauthenticated", err)
	}
	keys, err := w.APIKeys(ctx, w.Grant(t, acme.Admin))
	if err != nil || len(keys) != 1 || keys[0].Revoked.IsZero() {
		t.Errorf("acme's keys: %+v, %v", keys, err)
	}
}
