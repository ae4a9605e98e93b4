package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	relying "github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// host is two realms on one server, and a browser that keeps cookies and does not follow where it
// is sent. The realms' clock stands still unless offset moves it.
type host struct {
	*world
	realms     *oidc.Realms
	acme, glob *oidc.Provider
	offset     atomic.Int64
}

func newHost(t *testing.T) *host {
	t.Helper()
	h, made, start := &host{}, 0, time.Now()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.realms.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	h.realms = try(oidc.NewRealms(srv.URL))(t)
	t.Cleanup(h.realms.Close)
	config := func(subject, audience string, groups ...string) oidc.Config {
		return oidc.Config{
			Audience: audience,
			NewKey:   func() (*rsa.PrivateKey, error) { made++; return rsaKey(made) },
			Now:      func() time.Time { return start.Add(time.Duration(h.offset.Load())) },
			Users: []oidc.User{
				{Subject: subject, Email: "ann@example.com", EmailVerified: true, Name: "Ann", Password: "correct horse", Groups: groups},
				{Subject: subject + "-ben", Email: "ben@example.com", Name: "Ben", Password: "ben's own", Claims: map[string]any{"upn": "ben", "name": nil}},
			},
			Clients: []oidc.Client{
				{ID: "app", Secret: "hush", RedirectURIs: []string{back}},
				{ID: "robot", Secret: "whirr & click", Machine: true},
			},
		}
	}
	h.acme = try(h.realms.Add("acme-id", config("1001", "https://api.example", "crew", "ops")))(t)
	h.glob = try(h.realms.Add("globex-id", config("2001", "")))(t)
	jar := try(cookiejar.New(nil))(t)
	h.world = &world{t: t, issuer: h.acme.Issuer(), browser: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return h
}

// keys are the RSA keys of this process: making one is dear. No two within a host are alike.
var keys sync.Map

func rsaKey(n int) (*rsa.PrivateKey, error) {
	once, _ := keys.LoadOrStore(n, sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }))
	return once.(func() (*rsa.PrivateKey, error))()
}

func try[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// open is what the authorization endpoint answers a browser.
func (h *host) open(v url.Values) (int, string, *url.URL) {
	h.t.Helper()
	return h.read(try(h.browser.Get(h.issuer + "/authorize?" + v.Encode()))(h.t))
}

// claims are a token's, and its header, unverified.
func claims(t *testing.T, token any) (c jwt.MapClaims, header map[string]any) {
	t.Helper()
	text, _ := token.(string)
	parsed, _, err := jwt.NewParser().ParseUnverified(text, &c)
	if err != nil {
		t.Fatalf("%v: %v", token, err)
	}
	return c, parsed.Header
}

// Each realm is a provider of its own: a token of one is nothing to the other.
func TestRealmsDifferInPathOnly(t *testing.T) {
	h := newHost(t)
	if diff := cmp.Diff([]string{"acme-id", "globex-id"}, h.realms.Names()); diff != "" {
		t.Error(diff)
	}
	for _, own := range []*oidc.Provider{h.acme, h.glob} {
		provider := try(relying.NewProvider(t.Context(), own.Issuer()))(t)
		verifier := provider.Verifier(&relying.Config{ClientID: "app"})
		for _, by := range []*oidc.Provider{h.acme, h.glob} {
			token := try(by.Mint(oidc.Minted{ID: true, User: "ann@example.com", Client: "app"}))(t)
			if _, err := verifier.Verify(t.Context(), token); (err == nil) != (own == by) {
				t.Errorf("a token of %s at %s: %v", by.Issuer(), own.Issuer(), err)
			}
			// The issuer's name alone opens nothing: the key must be the realm's own.
			token = try(by.Mint(oidc.Minted{
				ID: true, User: "ann@example.com", Client: "app", Claims: map[string]any{"iss": own.Issuer()},
				Header: map[string]any{"kid": own.KeyID()},
			}))(t)
			if _, err := verifier.Verify(t.Context(), token); (err == nil) != (own == by) {
				t.Errorf("a token of %s that says it is of %s: %v", by.Issuer(), own.Issuer(), err)
			}
		}
	}
	a, b := strings.TrimSuffix(h.acme.Issuer(), "acme-id"), strings.TrimSuffix(h.glob.Issuer(), "globex-id")
	if a != b {
		t.Errorf("%s and %s differ in more than the name", h.acme.Issuer(), h.glob.Issuer())
	}
	// A code of one realm is nothing to the other.
	_, _, to := h.signIn(request(), "ann@example.com", "correct horse")
	trade := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"hush"}, "redirect_uri": {back}, "code": {to.Query().Get("code")},
	}
	h.issuer = h.glob.Issuer()
	if status, v := h.token(trade); status != http.StatusBadRequest || v["error"] != "invalid_grant" {
		t.Errorf("another realm's code: %d %v", status, v)
	}
}

func TestRealmRefusals(t *testing.T) {
	h := newHost(t)
	for name, cfg := range map[string]oidc.Config{
		"acme-id": {}, "Acme": {}, "": {}, "a/b": {}, "-a": {}, "..": {}, "own": {Issuer: "http://127.0.0.1:1"},
		"bare": {Clients: []oidc.Client{{ID: "x"}}}, "open": {Clients: []oidc.Client{{ID: "x", Machine: true}}},
		"nobody": {Users: []oidc.User{{Subject: "1", Email: "a@b.example"}}},
	} {
		if _, err := h.realms.Add(name, cfg); err == nil {
			t.Errorf("realm %q is taken: %+v", name, cfg)
		}
	}
	for _, origin := range []string{"", "127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1/x"} {
		if _, err := oidc.NewRealms(origin); err == nil {
			t.Errorf("%q is taken for an origin", origin)
		}
	}
	for path, want := range map[string]int{
		"/realms/acme-id/.well-known/openid-configuration": 200, "/realms/nobody/.well-known/openid-configuration": 404,
		"/.well-known/openid-configuration": 404, "/realms/acme-id": 404, "/": 404, "/realms/acme-id/token": 405,
	} {
		res := try(http.Get(h.realms.Origin() + path))(t)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	for _, host := range []string{"evil.example", "localhost", "rebound.example:80"} {
		req := try(http.NewRequestWithContext(t.Context(), http.MethodGet, h.acme.Issuer()+"/keys", nil))(t)
		req.Host = host
		res := try(http.DefaultClient.Do(req))(t)
		res.Body.Close()
		if res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("host %s: %d", host, res.StatusCode)
		}
	}
}

// bearer asks the token endpoint with the client's secret in the header.
func (h *host) bearer(user, secret string, v url.Values) (int, map[string]any) {
	h.t.Helper()
	req := try(http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.issuer+"/token", strings.NewReader(v.Encode())))(h.t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(user), url.QueryEscape(secret))
	res := try(h.browser.Do(req))(h.t)
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, answer
}
