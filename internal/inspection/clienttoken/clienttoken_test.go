package clienttoken_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

const project = tenancytest.Project

// toIssuer sends every request to an issuer, as the local cloud's endpoints do.
type toIssuer struct{ to string }

func (t toIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, _ = strings.Cut(strings.TrimSuffix(t.to, "/certificates"), "://")
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(strings.TrimSuffix(t.to, "/certificates"), "http://")
	return http.DefaultTransport.RoundTrip(r)
}

// clock is a clock that a test moves.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(0, c.nanos.Load()) }
func (c *clock) move(d time.Duration) { c.nanos.Add(int64(d)) }

func newClock() *clock {
	c := new(clock)
	c.nanos.Store(time.Now().UnixNano())
	return c
}

func verifier(t testing.TB, i *tenancytest.Issuer, now func() time.Time, more ...clienttoken.Issuer) *clienttoken.Verifier {
	t.Helper()
	v, err := clienttoken.NewVerifier(clienttoken.Config{
		Issuers:    append([]clienttoken.Issuer{{Kind: clienttoken.IdentityPlatform, Project: project}}, more...),
		HTTPClient: &http.Client{Transport: toIssuer{i.CertificateURL()}}, Plaintext: true, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func claims(i *tenancytest.Issuer) tenancytest.Claims {
	return i.Claims("acme-idp", "user-1").Set("tn", "tn-acme000001").Set("use", "inspection").Set("doc", "doc-1")
}

func TestVerify(t *testing.T) {
	i := tenancytest.NewIssuer(t)
	v := verifier(t, i, nil)
	got, err := v.Verify(t.Context(), i.Sign(claims(i)))
	if want := (clienttoken.Client{Tenant: "tn-acme000001", Document: "doc-1", Subject: "user-1"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	now := time.Now().Unix()
	sound := func(change func(tenancytest.Claims)) string {
		c := claims(i)
		change(c)
		return i.Sign(c)
	}
	set := func(name string, value any) string {
		return sound(func(c tenancytest.Claims) { c.Set(name, value) })
	}
	without := func(name string) string { return sound(func(c tenancytest.Claims) { c.Without(name) }) }
	raw := func(change func(string) string) string {
		b, err := json.Marshal(claims(i))
		if err != nil {
			t.Fatal(err)
		}
		return i.Sign(change(string(b)))
	}
	member := func(text string) string {
		return raw(func(s string) string { return s[:len(s)-1] + "," + text + "}" })
	}
	parts := strings.Split(i.Sign(claims(i)), ".")
	for name, token := range map[string]string{
		"another issuer":             set("iss", "https://securetoken.google.com/other"),
		"no issuer":                  without("iss"),
		"another audience":           set("aud", "other"),
		"a list of audiences":        set("aud", []string{project}),
		"no subject":                 set("sub", ""),
		"no use":                     without("use"),
		"another use":                set("use", "upload"),
		"a use in capitals":          set("use", "INSPECTION"),
		"a use of null":              set("use", nil),
		"a list of uses":             set("use", []string{"inspection"}),
		"no document":                without("doc"),
		"an empty document":          set("doc", ""),
		"a document that leads on":   set("doc", "a/b"),
		"a long document":            set("doc", strings.Repeat("a", 65)),
		"no tenant":                  without("tn"),
		"a tenant that leads on":     set("tn", "../x"),
		"no Identity tenant":         set("firebase", tenancytest.Claims{"sign_in_provider": "password"}),
		"an empty Identity tenant":   set("firebase", tenancytest.Claims{"tenant": ""}),
		"no sign-in":                 without("firebase"),
		"expired":                    sound(func(c tenancytest.Claims) { c.Set("iat", now-3700).Set("exp", now-100) }),
		"from the future":            sound(func(c tenancytest.Claims) { c.Set("iat", now+100).Set("exp", now+200) }),
		"not before":                 set("nbf", now+100),
		"a long life":                set("exp", now+3700),
		"no end":                     without("exp"),
		"no beginning":               without("iat"),
		"a fraction":                 set("exp", float64(now)+0.5),
		"ends before it begins":      set("exp", now-1),
		"two uses":                   member(`"use":"inspection"`),
		"a use of another case":      member(`"Use":"inspection"`),
		"a document of another case": member(`"DOC":"doc-2"`),
		"a tenant of another case":   member(`"t_n":"tn-globex0001"`),
		"two documents":              member(`"doc":"doc-2"`),
		"two Identity tenants":       raw(func(s string) string { return strings.Replace(s, `"tenant":`, `"Tenant":"x","tenant":`, 1) }),
		"none":                       "",
		"one part":                   parts[0],
		"four parts":                 i.Sign(claims(i)) + ".x",
		"without a signature":        parts[0] + "." + parts[1] + ".",
		"another payload":            parts[0] + "." + strings.Split(set("doc", "doc-2"), ".")[1] + "." + parts[2],
		"no algorithm":               tenancytest.Unsigned(tenancytest.Claims{"alg": "none", "kid": i.Key().ID, "typ": "JWT"}, claims(i)) + ".eA",
		"another algorithm":          i.SignHeader(i.Header().Set("alg", "RS512"), claims(i)),
		"a symmetric algorithm":      i.SignHeader(i.Header().Set("alg", "HS256"), claims(i)),
		"a key of its own":           i.SignHeader(i.Header().Set("jwk", tenancytest.Claims{"kty": "RSA"}), claims(i)),
		"an address of keys":         i.SignHeader(i.Header().Set("jku", "https://attacker.test"), claims(i)),
		"a critical member":          i.SignHeader(i.Header().Set("crit", []string{"exp"}), claims(i)),
		"no key id":                  i.SignHeader(i.Header().Without("kid"), claims(i)),
		"another key":                tenancytest.NewKey(5).Sign(i.Header(), claims(i)),
		"a key of the wrong name":    i.SignHeader(i.Header().Set("kid", "key-9"), claims(i)),
		"very long":                  set("name", strings.Repeat("x", 9<<10)),
	} {
		if got, err := v.Verify(t.Context(), token); !errors.Is(err, clienttoken.ErrRefused) || got != (clienttoken.Client{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, token := range map[string]string{
		"an unknown claim":   set("favourite", "blue"),
		"clocks that differ": sound(func(c tenancytest.Claims) { c.Set("iat", now+50).Set("exp", now+60) }),
		"just over":          sound(func(c tenancytest.Claims) { c.Set("iat", now-3600).Set("exp", now-30) }),
	} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Keys serve while their issuer is away, for a day; a new key is found; ids that are made up cost
// the issuer one question in ten seconds.
func TestKeys(t *testing.T) {
	i := tenancytest.NewIssuer(t)
	c := newClock()
	i.Now = c.now
	v := verifier(t, i, c.now)
	verify := func() error {
		_, err := v.Verify(t.Context(), i.Sign(claims(i)))
		return err
	}
	i.SetStatus(http.StatusInternalServerError)
	if err := verify(); !errors.Is(err, clienttoken.ErrUnavailable) || errors.Is(err, clienttoken.ErrRefused) {
		t.Errorf("before there are keys: %v", err)
	}
	i.SetStatus(http.StatusOK)
	if err := verify(); !errors.Is(err, clienttoken.ErrUnavailable) {
		t.Errorf("asked again at once: %v", err)
	}
	c.move(10 * time.Second)
	if err := verify(); err != nil {
		t.Errorf("asked again: %v", err)
	}
	before := i.Fetches()
	for n := range 100 {
		_, err := v.Verify(t.Context(), i.SignHeader(i.Header().Set("kid", fmt.Sprint("made-up-", n)), claims(i)))
		if !errors.Is(err, clienttoken.ErrRefused) {
			t.Fatal(err)
		}
	}
	if n := i.Fetches() - before; n != 0 {
		t.Errorf("%d fetches within ten seconds", n)
	}
	i.Rotate()
	c.move(10 * time.Second)
	if err := verify(); err != nil {
		t.Errorf("a new key: %v", err)
	}
	i.SetStatus(http.StatusInternalServerError)
	for range 23 {
		c.move(time.Hour)
		if err := verify(); err != nil {
			t.Fatalf("with the issuer away: %v", err)
		}
	}
	c.move(2 * time.Hour)
	if err := verify(); !errors.Is(err, clienttoken.ErrUnavailable) {
		t.Errorf("with the issuer away for a day: %v", err)
	}
}

// A set that is malformed, too large or without a usable key is none.
func TestKeySets(t *testing.T) {
	key := tenancytest.NewKey(3)
	n := base64.RawURLEncoding.EncodeToString(key.Private.N.Bytes())
	one := fmt.Sprintf(`{"kty":"RSA","kid":"k","use":"sig","alg":"RS256","n":%q,"e":"AQAB"}`, n)
	for _, c := range []struct {
		name, set string
		want      error
	}{
		{"one", `{"keys":[` + one + `]}`, nil},
		{"with others", `{"keys":[{"kty":"EC","kid":"e"},` + one + `]}`, nil},
		{"two of one id", `{"keys":[` + one + `,` + one + `]}`, clienttoken.ErrUnavailable},
		{"for encryption", `{"keys":[` + strings.Replace(one, `"sig"`, `"enc"`, 1) + `]}`, clienttoken.ErrUnavailable},
		{"of another algorithm", `{"keys":[` + strings.Replace(one, "RS256", "PS256", 1) + `]}`, clienttoken.ErrUnavailable},
		{"a short one", `{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}]}`, clienttoken.ErrUnavailable},
		{"an even exponent", `{"keys":[` + strings.Replace(one, "AQAB", "AQAA", 1) + `]}`, clienttoken.ErrUnavailable},
		{"none", `{"keys":[]}`, clienttoken.ErrUnavailable},
		{"no set", `[]`, clienttoken.ErrUnavailable},
		{"a long one", `{"keys":[` + one + `]` + strings.Repeat(" ", 300<<10) + `}`, clienttoken.ErrUnavailable},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.set) }))
		v, err := clienttoken.NewVerifier(clienttoken.Config{
			Issuers:    []clienttoken.Issuer{{Kind: clienttoken.OIDC, Issuer: "https://id.test", Audience: "b", JWKS: server.URL, Tenant: "tn-1"}},
			HTTPClient: server.Client(), Plaintext: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Unix()
		token := key.Sign(tenancytest.Claims{"alg": "RS256", "kid": "k"}, tenancytest.Claims{"iss": "https://id.test", "aud": "b", "sub": "s", "iat": now, "exp": now + 60})
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		server.Close()
	}
}

// What is listed wrongly is refused at the start, all at once.
func TestIssuers(t *testing.T) {
	idp := clienttoken.Issuer{Kind: clienttoken.IdentityPlatform, Project: "p"}
	oidc := clienttoken.Issuer{Kind: clienttoken.OIDC, Issuer: "https://id.test", Audience: "b", JWKS: "https://id.test/keys", Tenant: "tn-1"}
	changed := func(i clienttoken.Issuer, change func(*clienttoken.Issuer)) clienttoken.Issuer { change(&i); return i }
	for name, list := range map[string][]clienttoken.Issuer{
		"none":               nil,
		"no kind":            {{Project: "p"}},
		"no project":         {{Kind: clienttoken.IdentityPlatform}},
		"a project and more": {changed(idp, func(i *clienttoken.Issuer) { i.Tenant = "tn-1" })},
		"twice":              {idp, idp},
		"no audience":        {changed(oidc, func(i *clienttoken.Issuer) { i.Audience = "" })},
		"no tenant":          {changed(oidc, func(i *clienttoken.Issuer) { i.Tenant = "" })},
		"plaintext":          {changed(oidc, func(i *clienttoken.Issuer) { i.JWKS = "http://id.test/keys" })},
		"in another's name":  {idp, changed(oidc, func(i *clienttoken.Issuer) { i.Issuer = "https://securetoken.google.com/p" })},
	} {
		if _, err := clienttoken.NewVerifier(clienttoken.Config{Issuers: list}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := clienttoken.NewVerifier(clienttoken.Config{Issuers: []clienttoken.Issuer{idp, oidc}}); err != nil {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	i := tenancytest.NewIssuer(f)
	v := verifier(f, i, nil)
	f.Add(i.Sign(claims(i)))
	f.Add(i.Sign(claims(i).Without("use")))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(t.Context(), token)
		if err == nil && (c.Document != "doc-1" || c.Tenant != "tn-acme000001") {
			t.Errorf("%q is taken for %+v", token, c)
		}
	})
}
