package attacks_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// host is a web server of the attacker's, on which an issuer can be whatever they like.
type host struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	hits    map[string]int
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{answers: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.hits[r.URL.Path]++
		answer := h.answers[r.URL.Path]
		h.mu.Unlock()
		if answer == nil {
			answer = http.NotFound
		}
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// at has the path answer so from now on.
func (h *host) at(path string, answer http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[path] = answer
}

// count is how often the path was asked for; that of every path for "".
func (h *host) count(path string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, hits := range h.hits {
		if path == "" || p == path {
			n += hits
		}
	}
	return n
}

// may is the configuration of a server for which the host is an exception to what may be called.
func (h *host) may(cfg *app.Config) { cfg.OutboundExceptions = append(cfg.OutboundExceptions, h.URL) }

// says answers a document.
func says(document any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document)
	}
}

const (
	audience = "https://api.bulkhead.test"
	program  = "builds"
)

// issuerAt is an issuer of editors' tokens with its key set at iss/keys.
func issuerAt(iss string) authpolicy.Issuer {
	return authpolicy.Issuer{
		Name: "Builds", Issuer: iss, JWKS: iss + "/keys", Audience: audience, Algorithms: []string{"RS256"},
		Clients: []string{program}, Scopes: map[string]tenant.Role{"files.write": tenant.Editor},
	}
}

// trust has a tenant accept the access tokens of these issuers and of no other. The server knows at
// once.
func (s *server) trust(t *testing.T, of tenant.ID, issuers ...authpolicy.Issuer) {
	t.Helper()
	_, err := s.app.Policies.Change(context.WithoutCancel(t.Context()), of, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		p.Issuers = issuers
		return p, nil
	})
	must(t, err)
}

// realm is a provider on the cloud's own host of providers. It is started at the first call.
func (w *town) realm(t *testing.T, name string) *oidc.Provider {
	t.Helper()
	if p := w.Cloud.Providers().Realm(name); p != nil {
		return p
	}
	p, err := w.Cloud.Providers().Add(name, oidc.Config{})
	must(t, err)
	return p
}

// minted is an access token of the realm's for the program, with these claims in place of its own.
func minted(t *testing.T, p *oidc.Provider, claims map[string]any) string {
	t.Helper()
	token, err := p.Mint(oidc.Minted{Client: program, Scope: "files.write", Claims: with(map[string]any{"aud": audience}, claims)})
	must(t, err)
	return token
}

// with is m with other in its place, name by name; nil takes a name out.
func with(m, other map[string]any) map[string]any {
	all := map[string]any{}
	for _, from := range []map[string]any{m, other} {
		for name, v := range from {
			all[name] = v
		}
	}
	return all
}

// accessClaims are those of a sound access token for the program.
func accessClaims(iss string, now time.Time) map[string]any {
	return map[string]any{
		"iss": iss, "sub": program, "aud": audience, "client_id": program, "scope": "files.write",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// program calls the API of a tenant with an access token, as somebody of who.
func (w *town) program(t *testing.T, at *server, who, slug, token string) exchange {
	t.Helper()
	c := caller{t: t, said: w.said, origin: at.origin, who: who, tenant: slug, token: token}
	return c.api("GET", "/users", "")
}

// wantIn checks that a token opens the tenant, and shows that tenant's people.
func (w *town) wantIn(t *testing.T, what string, at *server, slug, token string) {
	t.Helper()
	if x := w.program(t, at, slug, slug, token); x.status != http.StatusOK || !strings.Contains(x.body, "@"+slug+".test") {
		t.Errorf("%s at %s: %.300v", what, slug, x)
	}
}

// wantOut checks that a token of the attacker's opens nothing at the tenant.
func (w *town) wantOut(t *testing.T, what string, at *server, slug, token string) {
	t.Helper()
	if x := w.program(t, at, "acme", slug, token); x.status != http.StatusUnauthorized || x.code() != "unauthenticated" {
		t.Errorf("%s at %s: %.300v", what, slug, x)
	}
}
