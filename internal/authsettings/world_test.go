package authsettings_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

const secret = "a-client-secret-that-nobody-prints"

// world is two tenants, a realm at the cloud's providers, and the service under test. When the test
// ends, its log must hold no secret.
type world struct {
	*vendingtest.World
	*authsettings.Service
	config  authsettings.Config
	secrets federation.ClientSecrets
	realm   *oidc.Provider
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: vendingtest.TwoTenants(t)}
	var log vendingtest.Buffer
	t.Cleanup(func() {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds a client secret:\n%s", log.String())
		}
	})
	w.secrets = federation.NewClientSecrets(sealingtest.New(t))
	client, err := outbound.New(outbound.Config{Exceptions: []string{w.Cloud.Endpoints().Providers}, Timeout: 2 * time.Second})
	must(t, err)
	google, err := identityplatform.New(w.Web, w.Cloud.APIKey())
	must(t, err)
	w.config = authsettings.Config{
		Policies: w.Policies, Outbound: client, Keys: w.Issuers, Resolver: dnstxt.Resolver{Address: w.Cloud.Endpoints().DNS},
		Sealer: w.secrets, Mirror: google, Tenants: w.Authenticator, AllowDevelopment: true,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	w.Service = w.service(t, func(*authsettings.Config) {})
	w.realm, err = w.Cloud.Providers().Add("acme", oidc.Config{Clients: []oidc.Client{{
		ID: "bulkhead", Secret: secret, RedirectURIs: []string{"http://app.test/callback"},
	}}})
	must(t, err)
	return w
}

// service is another process's service, or one that is set up otherwise.
func (w *world) service(t *testing.T, change func(*authsettings.Config)) *authsettings.Service {
	t.Helper()
	cfg := w.config
	change(&cfg)
	s, err := authsettings.New(cfg)
	must(t, err)
	return s
}

// atGoogle is what Identity Platform calls the provider; "" if it knows none of the id.
func (w *world) atGoogle(t *testing.T, id authpolicy.ProviderID) string {
	t.Helper()
	dir, err := w.Web.Identity().TenantManager.AuthForTenant(w.Acme.IdentityTenant)
	must(t, err)
	found, err := dir.OIDCProviderConfig(t.Context(), id.AtGoogle())
	if firebaseauth.IsConfigurationNotFound(err) {
		return ""
	}
	must(t, err)
	return found.DisplayName
}

func (w *world) policy(t *testing.T, of tenant.ID) *authpolicy.Policy {
	t.Helper()
	p, err := w.Policies.Current(t.Context(), of)
	must(t, err)
	return p
}

func (w *world) version(t *testing.T) int64 { return w.policy(t, w.Acme.ID).Version }

// set changes acme's policy past the service, as somebody else's part of the application does.
func (w *world) set(t *testing.T, edit func(*authpolicy.Policy)) {
	t.Helper()
	_, err := w.Policies.Change(t.Context(), w.Acme.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		edit(&p)
		return p, nil
	})
	must(t, err)
}

// enabled adds a provider and enables it, as an admin would who has tested it.
func (w *world) enabled(t *testing.T, g vending.Grant) authpolicy.OIDC {
	t.Helper()
	o, err := w.AddProvider(t.Context(), g, w.version(t), w.newProvider())
	must(t, err)
	w.set(t, func(p *authpolicy.Policy) { p.Providers[len(p.Providers)-1].State = authpolicy.Tested })
	must(t, w.EnableProvider(t.Context(), g, w.version(t), o.ID))
	return o
}

func (w *world) newProvider() authsettings.NewProvider {
	return authsettings.NewProvider{Issuer: w.realm.Issuer(), Name: "Acme ID", ClientID: "bulkhead", Secret: secret}
}

// entry is what the audit of a tenant says of a change.
type entry struct{ Action, ID, Before, After, Method string }

// entries are those of the authentication settings, by their actions.
func (w *world) entries(t *testing.T, g vending.Grant) map[string]entry {
	t.Helper()
	docs, err := g.Database().Collection("audit").Where("kind", "==", "authentication").Documents(t.Context()).GetAll()
	must(t, err)
	found := map[string]entry{}
	for _, doc := range docs {
		text := func(name string) string { s, _ := doc.Data()[name].(string); return s }
		found[text("action")] = entry{text("action"), text("id"), text("before"), text("after"), text("method")}
		for name, v := range doc.Data() {
			if s, ok := v.(string); ok && strings.Contains(s, secret) {
				t.Errorf("the audit's %s holds a client secret", name)
			}
		}
	}
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
