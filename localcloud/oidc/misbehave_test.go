package oidc_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	relying "github.com/coreos/go-oidc/v3/oidc"

	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// Tokens can be made badly in each way that a verifier has to notice.
func TestMintedTokens(t *testing.T) {
	h := newHost(t)
	if err := h.acme.PublishEd25519(); err != nil {
		t.Fatal(err)
	}
	provider := try(relying.NewProvider(t.Context(), h.issuer))(t)
	verify := func(token string, algorithms ...string) error {
		_, err := provider.Verifier(&relying.Config{ClientID: "app", SupportedSigningAlgs: algorithms}).Verify(t.Context(), token)
		return err
	}
	id := oidc.Minted{ID: true, User: "ann@example.com", Client: "app"}
	with := func(change func(*oidc.Minted)) oidc.Minted { m := id; change(&m); return m }
	for name, tt := range map[string]struct {
		m    oidc.Minted
		good bool
	}{
		"good":            {id, true},
		"expired":         {with(func(m *oidc.Minted) { m.Claims = h.acme.Expired(time.Minute) }), false},
		"another client":  {with(func(m *oidc.Minted) { m.Client = "robot" }), false},
		"other audience":  {with(func(m *oidc.Minted) { m.Claims = map[string]any{"aud": []string{"x"}} }), false},
		"no audience":     {with(func(m *oidc.Minted) { m.Claims = map[string]any{"aud": nil} }), false},
		"another issuer":  {with(func(m *oidc.Minted) { m.Claims = map[string]any{"iss": h.glob.Issuer()} }), false},
		"an unknown key":  {with(func(m *oidc.Minted) { m.Header = map[string]any{"kid": "x"} }), false},
		"PS512":           {with(func(m *oidc.Minted) { m.Algorithm = "PS512" }), false},
		"EdDSA":           {with(func(m *oidc.Minted) { m.Algorithm = "EdDSA" }), false},
		"HS256":           {with(func(m *oidc.Minted) { m.Algorithm = "HS256" }), false},
		"none":            {with(func(m *oidc.Minted) { m.Algorithm = "none" }), false},
		"HS256 called so": {with(func(m *oidc.Minted) { m.Algorithm = "HS256"; m.Header = map[string]any{"alg": "RS256"} }), false},
	} {
		token := try(h.acme.Mint(tt.m))(t)
		if err := verify(token, "RS256"); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	// They are bad in that alone: whoever allows the algorithm takes them.
	for _, algorithm := range []string{"PS512", "EdDSA"} {
		if err := verify(try(h.acme.Mint(with(func(m *oidc.Minted) { m.Algorithm = algorithm })))(t), algorithm); err != nil {
			t.Errorf("%s, where it is allowed: %v", algorithm, err)
		}
	}
	access := try(h.acme.Mint(oidc.Minted{User: "ann@example.com", Client: "app", Header: map[string]any{"typ": nil}, Claims: map[string]any{"x": 1}}))(t)
	c, header := claims(t, access)
	if _, ok := header["typ"]; ok || c["sub"] != "1001" || c["aud"] != "https://api.example" || c["x"] != 1.0 {
		t.Errorf("%v %v", header, c)
	}
	if c, header := claims(t, try(h.acme.Mint(oidc.Minted{Client: "robot"}))(t)); header["typ"] != "at+jwt" || c["sub"] != "robot" {
		t.Errorf("%v %v", header, c)
	}
	for _, m := range []oidc.Minted{{User: "nobody@example.com"}, {Algorithm: "RS1"}} {
		if _, err := h.acme.Mint(m); err == nil {
			t.Errorf("%+v is made", m)
		}
	}
}

// A key that was replaced stays published until it is forgotten.
func TestRotation(t *testing.T) {
	h := newHost(t)
	keys := func() int {
		var set struct{ Keys []struct{ Kid string } }
		res := try(http.Get(h.issuer + "/keys"))(t)
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
			t.Fatal(err)
		}
		return len(set.Keys)
	}
	verify := func(token string) error { // with a key set that was not fetched before
		p := try(relying.NewProvider(t.Context(), h.issuer))(t)
		_, err := p.Verifier(&relying.Config{ClientID: "app"}).Verify(t.Context(), token)
		return err
	}
	m := oidc.Minted{ID: true, User: "ann@example.com", Client: "app"}
	before, first := try(h.acme.Mint(m))(t), h.acme.KeyID()
	if err := h.acme.RotateKeys(); err != nil {
		t.Fatal(err)
	}
	after := try(h.acme.Mint(m))(t)
	if h.acme.KeyID() == first || keys() != 2 || verify(before) != nil || verify(after) != nil {
		t.Errorf("%d keys; %v, %v", keys(), verify(before), verify(after))
	}
	h.acme.ForgetOldKeys()
	if keys() != 1 || verify(before) == nil || verify(after) != nil {
		t.Errorf("%d keys; %v, %v", keys(), verify(before), verify(after))
	}
}

func TestFaults(t *testing.T) {
	h := newHost(t)
	document, keys := h.issuer+"/.well-known/openid-configuration", h.issuer+"/keys"
	get := func(address string) (int, string, string) {
		t.Helper()
		res := try(h.browser.Get(address))(t)
		defer res.Body.Close()
		return res.StatusCode, res.Header.Get("Location"), string(try(io.ReadAll(res.Body))(t))
	}
	var set struct{ Keys []struct{ Kid string } }
	for name, tt := range map[string]struct {
		endpoint oidc.Endpoint
		fault    oidc.Fault
		address  string
		right    func(code int, to, body string) bool
	}{
		"HTML": {oidc.Discovery, oidc.HTML(), document, func(code int, _, body string) bool {
			return code == 200 && strings.HasPrefix(body, "<!doctype html>")
		}},
		"another issuer": {oidc.Discovery, oidc.OtherIssuer("https://evil.example"), document, func(code int, _, body string) bool {
			return code == 200 && strings.Contains(body, `"issuer":"https://evil.example"`) && strings.Contains(body, keys)
		}},
		"another document": {oidc.Discovery, oidc.Document(map[string]any{"jwks_uri": nil}), document, func(code int, _, body string) bool {
			return code == 200 && strings.Contains(body, `"issuer":"`+h.issuer+`"`) && !strings.Contains(body, "jwks_uri")
		}},
		"a loop":    {oidc.Discovery, oidc.RedirectLoop(), document, func(code int, to, _ string) bool { return code == 302 && h.realms.Origin()+to == document }},
		"elsewhere": {oidc.KeySet, oidc.RedirectTo("http://169.254.169.254/"), keys, func(code int, to, _ string) bool { return code == 307 && to == "http://169.254.169.254/" }},
		"10 MB": {oidc.KeySet, oidc.LargeKeySet(10 << 20), keys, func(code int, _, body string) bool {
			return len(body) > 10<<20 && json.Unmarshal([]byte(body), &set) == nil && len(set.Keys) == 1
		}},
		"10,000 keys": {oidc.KeySet, oidc.ManyKeys(10_000), keys, func(code int, _, body string) bool {
			return json.Unmarshal([]byte(body), &set) == nil && len(set.Keys) == 10_000 && set.Keys[9_999].Kid == h.acme.KeyID()
		}},
		"no keys": {oidc.KeySet, oidc.NoKeys(), keys, func(code int, _, body string) bool { return code == 200 && strings.TrimSpace(body) == `{"keys":[]}` }},
		"500":     {oidc.KeySet, oidc.Status(500), keys, func(code int, _, _ string) bool { return code == 500 }},
	} {
		before := h.acme.Requests(tt.endpoint)
		h.acme.Misbehave(tt.endpoint, tt.fault)
		if code, to, body := get(tt.address); !tt.right(code, to, body) {
			t.Errorf("%s: %d %s %.200s", name, code, to, body)
		}
		other := strings.Replace(tt.address, "acme-id", "globex-id", 1)
		if code, _, body := get(other); code != 200 || !strings.HasPrefix(body, "{") {
			t.Errorf("%s, the other realm: %d %.200s", name, code, body)
		}
		h.acme.Behave()
		if code, _, body := get(tt.address); code != 200 || !strings.HasPrefix(body, "{") {
			t.Errorf("%s, afterwards: %d %.200s", name, code, body)
		}
		if n := h.acme.Requests(tt.endpoint) - before; n != 2 {
			t.Errorf("%s: %d requests are counted, want 2", name, n)
		}
	}
	if h.glob.Requests(oidc.KeySet) == 0 || h.acme.Requests(oidc.Token) != 0 {
		t.Error("requests are counted at another endpoint or realm")
	}
}

// answered is a status that came after all.
type answered int

func (a answered) Error() string { return http.StatusText(int(a)) }

// What hangs is ended by whichever comes first: the caller, the test, or the end of the host.
func TestHangingEndpoints(t *testing.T) {
	h := newHost(t)
	h.acme.Misbehave(oidc.Token, oidc.Hang())
	post := func(ctx context.Context) <-chan error {
		ended := make(chan error, 1)
		req := try(http.NewRequestWithContext(ctx, http.MethodPost, h.issuer+"/token", strings.NewReader("grant_type=x")))(t)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		go func() {
			res, err := http.DefaultTransport.RoundTrip(req)
			if err == nil {
				err = answered(res.StatusCode)
				res.Body.Close()
			}
			ended <- err
		}()
		return ended
	}
	ctx, hangUp := context.WithCancel(t.Context())
	first, second := post(ctx), post(t.Context())
	if err := h.acme.AwaitRequests(t.Context(), oidc.Token, 2); err != nil {
		t.Fatal(err)
	}
	hangUp()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller hung up: %v", err)
	}
	select {
	case err := <-second:
		t.Fatalf("it does not hang: %v", err)
	default:
	}
	h.acme.Behave()
	if err := <-second; errors.As(err, new(answered)) {
		t.Errorf("what hung got an answer: %v", err)
	}
	h.acme.Misbehave(oidc.Token, oidc.Slow(time.Hour))
	third := post(t.Context())
	h.realms.Close()
	if err := <-third; err != answered(http.StatusUnauthorized) {
		t.Errorf("what was slow: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.acme.AwaitRequests(ended, oidc.Token, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("requests that never come: %v", err)
	}
	h.acme.Misbehave(oidc.Token, oidc.Slow(time.Millisecond))
	if status, v := h.token(nil); status != http.StatusUnauthorized || v["error"] != "invalid_client" {
		t.Errorf("slow: %d %v", status, v)
	}
}
