package authsettings_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// acts are all acts of the service on a tenant's settings. Each would succeed, or fail for what it
// names, if an admin asked.
func acts(w *world, version int64) map[string]func(context.Context, vending.Grant) error {
	id := authpolicy.NewProviderID()
	return map[string]func(context.Context, vending.Grant) error{
		"read": func(ctx context.Context, g vending.Grant) error { _, err := w.Read(ctx, g); return err },
		"apply": func(ctx context.Context, g vending.Grant) error {
			_, err := w.Apply(ctx, g, version, authpolicy.Settings{API: []string{"token"}})
			return err
		},
		"discover": func(ctx context.Context, g vending.Grant) error {
			_, err := w.Discover(ctx, g, w.realm.Issuer())
			return err
		},
		"add provider": func(ctx context.Context, g vending.Grant) error {
			_, err := w.AddProvider(ctx, g, version, w.newProvider())
			return err
		},
		"provider": func(ctx context.Context, g vending.Grant) error { _, err := w.Provider(ctx, g, id); return err },
		"reread":   func(ctx context.Context, g vending.Grant) error { return w.RereadProvider(ctx, g, version, id) },
		"update": func(ctx context.Context, g vending.Grant) error {
			return w.UpdateProvider(ctx, g, version, id, authsettings.ProviderChange{Name: "x", ClientID: "x", First: authpolicy.Refuse})
		},
		"enable":  func(ctx context.Context, g vending.Grant) error { return w.EnableProvider(ctx, g, version, id) },
		"disable": func(ctx context.Context, g vending.Grant) error { return w.DisableProvider(ctx, g, version, id) },
		"remove":  func(ctx context.Context, g vending.Grant) error { return w.RemoveProvider(ctx, g, version, id) },
		"stage":   func(ctx context.Context, g vending.Grant) error { _, err := w.Stage(ctx, g, version); return err },
		"lift":    func(ctx context.Context, g vending.Grant) error { return w.Lift(ctx, g, version) },
		"add issuer": func(ctx context.Context, g vending.Grant) error {
			return w.AddIssuer(ctx, g, version, authsettings.NewIssuer{
				Name: "x", Issuer: w.realm.Issuer(), Audience: "x", Clients: []string{"x"}, Scopes: map[string]tenant.Role{"x": tenant.Viewer},
			})
		},
		"remove issuer": func(ctx context.Context, g vending.Grant) error {
			return w.RemoveIssuer(ctx, g, version, authsettings.IssuerID("x"))
		},
		"add domain": func(ctx context.Context, g vending.Grant) error {
			_, err := w.AddDomain(ctx, g, version, "acme.bulkhead.test", authpolicy.ProviderID{})
			return err
		},
		"domain": func(ctx context.Context, g vending.Grant) error {
			_, err := w.Domain(ctx, g, "acme.bulkhead.test")
			return err
		},
		"check domain": func(ctx context.Context, g vending.Grant) error {
			_, err := w.CheckDomain(ctx, g, "acme.bulkhead.test")
			return err
		},
		"remove domain": func(ctx context.Context, g vending.Grant) error {
			return w.RemoveDomain(ctx, g, version, "acme.bulkhead.test")
		},
		"revert, which is a job's": func(ctx context.Context, g vending.Grant) error {
			if err := w.Revert(ctx, g, nil); !errors.Is(err, vending.ErrDenied) {
				return err
			}
			return users.ErrForbidden
		},
	}
}

// TestWhoChangesSettings: none but an active admin, by their record, and nobody another tenant's.
func TestWhoChangesSettings(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	second := w.Add(t, w.Acme, "second@acme.test", tenant.Admin)
	demoted := w.Grant(t, second)
	_, err := users.NewRepository(w.Grant(t, w.Acme.Admin)).ChangeRole(ctx, second.ID, tenant.Editor) // the record alone
	must(t, err)
	_, key, err := w.Authenticator.APIKeys().Create(ctx, w.Principal(t, w.Acme.Admin), tenancy.NewAPIKey{ID: tenant.NewKeyID(), Role: tenant.Editor, Days: 1})
	must(t, err)
	p, err := w.Authenticator.Bearer(ctx, tenant.SelectID(w.Acme.ID), key.Reveal())
	must(t, err)
	byKey, err := w.Machine.Vend(ctx, p)
	must(t, err)
	for who, g := range map[string]vending.Grant{
		"acme's viewer": w.Grant(t, w.Acme.Viewer), "acme's editor": w.Grant(t, w.Acme.Editor),
		"a demoted admin, whose token still says admin": demoted, "an API key of acme": byKey,
	} {
		for what, act := range acts(w, 0) {
			if err := act(ctx, g); !errors.Is(err, users.ErrForbidden) {
				t.Errorf("%s tries to %s: %v, want ErrForbidden", who, what, err)
			}
		}
	}
	for what, act := range acts(w, 0) {
		if err := act(ctx, vending.Grant{}); err == nil {
			t.Errorf("nobody %s", what)
		}
	}
	if p := w.policy(t, w.Acme.ID); p.Version != 0 {
		t.Errorf("after they tried: %+v", p)
	}
	if found := w.entries(t, w.Grant(t, w.Acme.Admin)); len(found) != 0 {
		t.Errorf("after they tried, the audit says %v", found)
	}

	// Globex's admin changes globex's, whatever of acme's they name.
	must(t, func() error { _, err := w.AddProvider(ctx, w.Grant(t, w.Acme.Admin), 0, w.newProvider()); return err }())
	acmes := w.policy(t, w.Acme.ID).Providers[0].ID
	globex := w.Grant(t, w.Globex.Admin)
	for what, err := range map[string]error{
		"enable": w.EnableProvider(ctx, globex, 0, acmes), "remove": w.RemoveProvider(ctx, globex, 0, acmes),
		"reread": w.RereadProvider(ctx, globex, 0, acmes), "disable": w.DisableProvider(ctx, globex, 0, acmes),
	} {
		if !errors.Is(err, authsettings.ErrNotFound) {
			t.Errorf("globex's admin tries to %s acme's provider: %v, want ErrNotFound", what, err)
		}
	}
	if p := w.policy(t, w.Acme.ID); len(p.Providers) != 1 || p.Version != 1 {
		t.Errorf("after globex's admin tried: %+v", p)
	}
}

// TestApply: what the API accepts is set by the version that was seen; of two admins at once one
// wins, and is entered in the audit.
func TestApply(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	p, err := w.Apply(ctx, admin, 0, authpolicy.Settings{API: []string{"token", "key"}})
	if err != nil || p.Version != 1 || p.Accepts().Has(authpolicy.Access) || !p.Accepts().Has(authpolicy.Password) {
		t.Fatalf("%+v, %v", p, err)
	}
	found := w.entries(t, admin)
	if e := found["authentication.api"]; e.Before != "token, key, access" || e.After != "token, key" || e.ID != "settings" {
		t.Errorf("the audit says %+v of it", e)
	}
	if _, ok := found["authentication.api.request"]; !ok {
		t.Error("no entry says that it was asked for")
	}
	for what, set := range map[string][]string{
		"nothing": {}, "a password": {"password"}, "an unknown word": {"anything"}, "the same twice": {"key", "key"},
	} {
		_, err := w.Apply(ctx, admin, 1, authpolicy.Settings{API: set})
		if !errors.Is(err, authsettings.ErrInvalid) || authsettings.Sentence(err) == "" {
			t.Errorf("the API is to accept %s: %v, want ErrInvalid and a sentence", what, err)
		}
	}
	if _, err := w.Apply(ctx, admin, 1, authpolicy.Settings{API: []string{"key"}}); !errors.Is(err, authsettings.ErrOwn) {
		t.Errorf("an admin with a token has the API refuse tokens: %v, want ErrOwn", err)
	}
	if _, err := w.Apply(ctx, admin, 0, authpolicy.Settings{API: []string{"token"}}); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("a version that is not the stored one: %v, want ErrStale", err)
	}

	other := w.Grant(t, w.Add(t, w.Acme, "second@acme.test", tenant.Admin))
	var won, stale atomic.Int32
	var both sync.WaitGroup
	for _, g := range []vending.Grant{admin, other} {
		both.Go(func() {
			switch _, err := w.Apply(ctx, g, 1, authpolicy.Settings{API: []string{"token"}}); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, tenant.ErrStale):
				stale.Add(1)
			default:
				t.Errorf("one of two admins at once: %v", err)
			}
		})
	}
	both.Wait()
	if won.Load() != 1 || stale.Load() != 1 || w.version(t) != 2 {
		t.Errorf("two admins at once: %d won, %d were stale, version %d", won.Load(), stale.Load(), w.version(t))
	}
}

// TestAnotherProcess: it goes by the new settings 5 s later, and its admin's old version is stale
// at once.
func TestAnotherProcess(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	var clock atomic.Int64
	clock.Store(time.Now().UnixNano())
	now := func() time.Time { return time.Unix(0, clock.Load()) }
	store := authpolicies.New(w.Web.Registry(), now)
	other := w.service(t, func(c *authsettings.Config) { c.Policies, c.Now = store, now })
	before, err := store.Get(ctx, w.Acme.ID)
	must(t, err)
	if before.Version != 0 {
		t.Fatalf("before: version %d", before.Version)
	}
	admin := w.Grant(t, w.Acme.Admin)
	_, err = w.Apply(ctx, admin, 0, authpolicy.Settings{API: []string{"token"}})
	must(t, err)
	if _, err := other.Apply(ctx, admin, 0, authpolicy.Settings{API: []string{"token"}}); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("an old version in another process: %v, want ErrStale", err)
	}
	clock.Add(int64(5 * time.Second))
	after, err := store.Get(ctx, w.Acme.ID)
	if err != nil || after.Version != 1 || after.Accepts().Has(authpolicy.Key) {
		t.Errorf("5 s later another process has %+v, %v", after, err)
	}
}
