package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// set has the server's tenant follow settings.
func (s *server) set(t *testing.T, of tenant.ID, edit func(*authpolicy.Policy)) {
	t.Helper()
	_, err := s.policies.Change(t.Context(), of, authpolicies.AnyVersion,
		func(p authpolicy.Policy) (authpolicy.Policy, error) {
			edit(&p)
			return p, nil
		})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSettingsAtTheDoor: what acme does not accept opens acme to nobody, neither anew nor to
// whoever is inside, and nothing at globex changes.
func TestSettingsAtTheDoor(t *testing.T) {
	w := newWorld(t)
	acme, globex := tenant.SelectSlug(w.acme.Slug), tenant.SelectSlug(w.globex.Slug)
	provider := authpolicy.NewProviderID()
	begun := func(of tenant.Tenant, way authpolicy.Way, r tenant.Role) string {
		return w.issuer.Sign(w.issuer.ExchangedClaims(of, "ann", r).Set("si", way.String()))
	}
	open := authpolicy.OIDC{
		ID: provider, Name: "Acme ID", Issuer: "https://id.acme.example", ClientID: "bulkhead", Secret: []byte("sealed"),
		AuthorizationEndpoint: "https://id.acme.example/authorize", TokenEndpoint: "https://id.acme.example/token",
		JWKS: "https://id.acme.example/keys", Algorithms: []string{"RS256"}, State: authpolicy.Enabled, First: authpolicy.Refuse,
	}
	_, key := w.newKey(t, w.control, w.acme, editorKey())
	password, atProvider := authpolicy.WithPassword(), authpolicy.AtProvider(provider)
	by, err := tenant.ParseUserID("ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says  string
		edit  func(*authpolicy.Policy)
		enter enter
		token string
		want  error
	}{
		{"a key, no keys", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Key) },
			w.auth.Bearer, key, authpolicy.ErrCredential},
		{"a bearer, no tokens", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Token) },
			w.auth.Bearer, begun(w.acme, password, tenant.Viewer), authpolicy.ErrCredential},
		{"a session, no tokens over the API", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Token) },
			w.auth.Session, begun(w.acme, password, tenant.Viewer), nil},
		{"begun with a password, no passwords", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) },
			w.auth.Session, begun(w.acme, password, tenant.Admin), authpolicy.ErrWay},
		{"begun before sessions said so, no passwords", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) },
			w.auth.Session, w.issuer.Exchanged(w.acme, "ann", tenant.Admin), authpolicy.ErrWay},
		{"begun at the provider, no passwords", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) },
			w.auth.Session, begun(w.acme, atProvider, tenant.Viewer), nil},
		{"begun at the provider, no providers", func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Provider) },
			w.auth.Session, begun(w.acme, atProvider, tenant.Viewer), authpolicy.ErrWay},
		{"begun at a provider that is disabled", func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested },
			w.auth.Session, begun(w.acme, atProvider, tenant.Viewer), authpolicy.ErrWay},
		{"begun at a provider of somebody else's", func(*authpolicy.Policy) {},
			w.auth.Session, begun(w.acme, authpolicy.AtProvider(authpolicy.NewProviderID()), tenant.Viewer), authpolicy.ErrWay},
		{"begun with a password, the provider required", func(p *authpolicy.Policy) {
			p.Enforcement = authpolicy.Enforcement{State: authpolicy.Enforced, Since: w.clock.now().Add(-time.Minute), By: by}
		}, w.auth.Bearer, begun(w.acme, password, tenant.Admin), authpolicy.ErrWay},
		{"an admin with a recovery code, the provider required", func(p *authpolicy.Policy) {
			p.Enforcement = authpolicy.Enforcement{State: authpolicy.Enforced, Since: w.clock.now().Add(-time.Minute), By: by}
		}, w.auth.Session, begun(w.acme, authpolicy.WithRecoveryCode(), tenant.Admin), nil},
		{"an editor with a recovery code", func(*authpolicy.Policy) {},
			w.auth.Session, begun(w.acme, authpolicy.WithRecoveryCode(), tenant.Editor), authpolicy.ErrWay},
	} {
		t.Run(c.says, func(t *testing.T) {
			w.set(t, w.acme.ID, func(p *authpolicy.Policy) { *p = authpolicy.Policy{Providers: []authpolicy.OIDC{open}} })
			inside, err := c.enter(t.Context(), acme, c.token)
			bare := c.says == "begun at a provider of somebody else's" || c.says == "an editor with a recovery code"
			if (err != nil) != bare { // these two are refused by any settings
				t.Fatalf("before: %v", err)
			}
			w.set(t, w.acme.ID, c.edit)
			if p, err := c.enter(t.Context(), acme, c.token); !errors.Is(err, c.want) || (p == tenancy.Principal{}) != (c.want != nil) {
				t.Errorf("anew: %v, %v; want %v", p, err, c.want)
			}
			if err := inside.Check(t.Context()); !bare && !errors.Is(err, c.want) {
				t.Errorf("whoever is inside: %v, want %v", err, c.want)
			}
			if _, err := w.auth.Session(t.Context(), globex, begun(w.globex, password, tenant.Viewer)); err != nil {
				t.Errorf("globex, which has set nothing: %v", err)
			}
		})
	}
}

// TestOddWays: a claim that says something else than a way to sign in is no reason to guess one.
func TestOddWays(t *testing.T) {
	w := newWorld(t)
	for _, way := range []any{"", "Password", "sms", "oidc.", "oidc.AAAAAAAAAA", "oidc.aaaaaaaaaaa", "saml.aaaaaaaaaa", 7, nil, []string{"password"}} {
		token := w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenant.Admin).Set("si", way))
		for says, door := range w.doors() {
			if p, err := door(t.Context(), tenant.SelectID(w.acme.ID), token); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("%s with si=%v: %v, %v; want ErrUnauthenticated", says, way, p, err)
			}
		}
	}
}
