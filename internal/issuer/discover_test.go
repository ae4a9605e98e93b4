package issuer_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

const wellKnown = "/.well-known/openid-configuration"

func newOutbound(t testing.TB, exceptions ...string) *outbound.Client {
	t.Helper()
	c, err := outbound.New(outbound.Config{Exceptions: exceptions, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func document(base string, change ...any) map[string]any {
	return with(map[string]any{
		"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
		"id_token_signing_alg_values_supported": []string{"HS256", "RS256", "ES256"}, "response_types_supported": []string{"code"},
		"code_challenge_methods_supported": []string{"plain", "S256"}, "scopes_supported": []string{"openid"}, "added_later": 1,
	}, change...)
}

func TestDiscover(t *testing.T) {
	h := newHost(t)
	realm := h.URL + "/realms/a"
	h.publish("/realms/a"+wellKnown, toJSON(document(realm, "end_session_endpoint", realm+"/out", "claims_supported", []string{"sub"},
		"token_endpoint_auth_methods_supported", []string{"client_secret_post"})))
	got, err := issuer.Discover(t.Context(), h.client(t), realm)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(issuer.Document{
		Issuer: realm, AuthorizationEndpoint: realm + "/authorize", TokenEndpoint: realm + "/token", JWKS: realm + "/keys",
		EndSessionEndpoint: realm + "/out", Algorithms: []string{"ES256", "RS256"}, Scopes: []string{"openid"},
		AuthMethods: []string{"client_secret_post"}, Claims: []string{"sub"}, PKCE: true,
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// An issuer that ends in a slash, as some do, and one that has only the document of RFC 8414.
	h.publish("/s"+wellKnown, toJSON(document(h.URL+"/s/")))
	h.publish("/.well-known/oauth-authorization-server/r/b", toJSON(document(h.URL+"/r/b", "id_token_signing_alg_values_supported", nil)))
	for _, iss := range []string{h.URL + "/s/", h.URL + "/r/b"} {
		if got, err := issuer.Discover(t.Context(), h.client(t), iss); err != nil || got.Issuer != iss {
			t.Errorf("%s: %v", iss, err)
		}
	}
}

// TestDiscoverNamesMistakes: each by its problem, and a sentence that says what to do next.
func TestDiscoverNamesMistakes(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	var base string
	answer := func(change ...any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, toJSON(document(base, change...)))
		}
	}
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, body)
		}
	}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   issuer.Problem
		says   string
	}{
		"a web page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>CANARY")
		}, "html", "paste the issuer"},
		"another issuer":          {answer("issuer", "https://other.example.com"), issuer.ProblemIssuer, `"https://other.example.com"`},
		"issuer with a slash":     {answer("issuer", "SLASH"), issuer.ProblemIssuer, "to the letter"},
		"no issuer":               {answer("issuer", nil), issuer.ProblemIssuer, `""`},
		"issuer is a list":        {answer("issuer", []string{"x"}), issuer.ProblemDocument, "paste the issuer"},
		"issuer of control signs": {answer("issuer", "x\u202e\n"+strings.Repeat("y", 9000)), issuer.ProblemIssuer, `\n`},
		"issuer twice":            {text(`{"issuer":"a","issuer":"b"}`), issuer.ProblemDocument, "paste the issuer"},
		"no JSON":                 {text(`CANARY`), issuer.ProblemDocument, "paste the issuer"},
		"no authorization":        {answer("authorization_endpoint", nil), issuer.ProblemMissing, "authorization_endpoint"},
		"no token endpoint":       {answer("token_endpoint", nil), issuer.ProblemMissing, "token_endpoint"},
		"no keys":                 {answer("jwks_uri", nil), issuer.ProblemMissing, "jwks_uri"},
		"keys on http":            {answer("jwks_uri", "http://login.example.com/keys"), issuer.ProblemEndpoint, "https"},
		"keys at metadata":        {answer("jwks_uri", "https://169.254.169.254/keys"), issuer.ProblemEndpoint, "jwks_uri"},
		"token on another port":   {answer("token_endpoint", "https://login.example.com:22/"), issuer.ProblemEndpoint, "token_endpoint"},
		"authorization is script": {answer("authorization_endpoint", "javascript:alert(1)"), issuer.ProblemEndpoint, "authorization_endpoint"},
		"user info within":        {answer("userinfo_endpoint", "https://localhost/"), issuer.ProblemEndpoint, "userinfo_endpoint"},
		"end of session on http":  {answer("end_session_endpoint", "http://a.example.com"), issuer.ProblemEndpoint, "end_session_endpoint"},
		"HMAC alone":              {answer("id_token_signing_alg_values_supported", []string{"HS256", "none"}), issuer.ProblemAlgorithms, "RS256"},
		"no code flow":            {answer("response_types_supported", []string{"id_token"}), issuer.ProblemFlow, "code flow"},
		"too large":               {text(`{"x":"` + strings.Repeat("x", 1<<20) + `"}`), "too_large", "larger"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://x.example.com/y", http.StatusFound)
		},
			"redirect", `"https://x.example.com/y"`},
		"nothing there": {http.NotFound, "status", "404"},
		"an error":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "status", "503"},
		"no answer":     {func(http.ResponseWriter, *http.Request) { <-over }, "timeout", "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(tc.answer)
			t.Cleanup(s.CloseClientConnections)
			base = s.URL
			if name == "issuer with a slash" {
				tc.answer = answer("issuer", base+"/")
				s.Config.Handler = tc.answer
			}
			_, err := issuer.Discover(t.Context(), newOutbound(t, s.URL), base)
			mistake(t, err, tc.want, tc.says)
		})
	}
}

func TestDiscoverRefusesAddresses(t *testing.T) {
	c := newOutbound(t, "http://127.0.0.1:1")
	for address, want := range map[string]issuer.Problem{
		"": "address", "acme": "scheme", "http://login.example.com": "scheme", "https://a:b@login.example.com": "userinfo",
		"https://10.0.0.1": "host", "https://localhost": "host", "https://login.example.com:8443": "port",
		"https://login.example.com?x=y": "address", "https://login.example.com/?": "address", "https://login.example.com/#x": "address",
		"https://login.example.com" + wellKnown: "address", "http://127.0.0.1:1/a": "unreachable",
	} {
		_, err := issuer.Discover(t.Context(), c, address)
		mistake(t, err, want, "")
	}
}

func mistake(t *testing.T, err error, want issuer.Problem, says string) {
	t.Helper()
	var e *issuer.DiscoveryError
	switch {
	case !errors.As(err, &e):
		t.Fatalf("%T %v, want %s", err, err, want)
	case e.Problem != want || !strings.Contains(e.Sentence, says):
		t.Errorf("%s: %q; want %s and %q", e.Problem, e.Sentence, want, says)
	case strings.Contains(e.Sentence, "CANARY") || len(e.Sentence) > 800 || !strings.HasSuffix(e.Sentence, ".") ||
		!strings.ContainsAny(e.Sentence, ";:") || strings.ContainsAny(e.Sentence, "\n\u202e"):
		t.Errorf("%q", e.Sentence)
	}
}
