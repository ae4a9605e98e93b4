package oidc_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// trade signs ann or ben in for the resources and trades the code.
func (h *host) trade(email, password string, asked, named []string) (int, map[string]any) {
	h.t.Helper()
	v := request("scope", "openid  ships.read")
	v["resource"] = asked
	_, page, to := h.signIn(v, email, password)
	if to == nil {
		h.t.Fatal(page)
	}
	return h.bearer("app", "hush", url.Values{
		"grant_type": {"authorization_code"}, "redirect_uri": {back}, "code": {to.Query().Get("code")}, "resource": named,
	})
}

// Access tokens are RFC 9068's.
func TestAccessTokenOfAPerson(t *testing.T) {
	h := newHost(t)
	status, v := h.trade("ann@example.com", "correct horse", nil, nil)
	if status != http.StatusOK {
		t.Fatal(v)
	}
	c, header := claims(t, v["access_token"])
	if header["typ"] != "at+jwt" || header["alg"] != "RS256" || header["kid"] != h.acme.KeyID() {
		t.Errorf("header %v", header)
	}
	want := map[string]any{
		"iss": h.issuer, "sub": "1001", "aud": "https://api.example", "client_id": "app", "azp": "app", "scope": "openid ships.read",
		"groups": []any{"crew", "ops"},
	}
	if diff := cmp.Diff(want, map[string]any(c), cmpopts.IgnoreMapEntries(func(k string, _ any) bool {
		return k == "iat" || k == "exp" || k == "jti" || k == "auth_time"
	})); diff != "" {
		t.Error(diff)
	}
	if c["exp"].(float64)-c["iat"].(float64) != 300 || c["jti"] == "" || c["auth_time"] != c["iat"] {
		t.Errorf("%v", c)
	}
	id, header := claims(t, v["id_token"])
	if header["typ"] != "JWT" || id["at_hash"] == "" || id["aud"] != "app" || id["email_verified"] != true {
		t.Errorf("ID token %v %v", header, id)
	}

	_, v = h.trade("ben@example.com", "ben's own", nil, nil)
	id, _ = claims(t, v["id_token"])
	c, _ = claims(t, v["access_token"])
	if _, named := id["name"]; named || id["upn"] != "ben" || id["email_verified"] != false || id["groups"] != nil || c["groups"] != nil {
		t.Errorf("claims of another shape: %v, %v", id, c)
	}
	h.issuer = h.glob.Issuer()
	_, v = h.trade("ann@example.com", "correct horse", nil, nil)
	if c, _ = claims(t, v["access_token"]); c["aud"] != h.issuer {
		t.Errorf("a realm without an audience of its own: %v", c)
	}
}

func TestResources(t *testing.T) {
	h := newHost(t)
	const a, b = "https://a.example/api", "https://b.example"
	for name, tt := range map[string]struct {
		asked, named []string
		aud          any
	}{
		"asked for":            {[]string{a}, nil, a},
		"both":                 {[]string{a, b}, nil, []any{a, b}},
		"one of both":          {[]string{a, b}, []string{b}, b},
		"named later":          {nil, []string{b}, b},
		"not what was granted": {[]string{a}, []string{b}, nil},
		"no address":           {nil, []string{"b"}, nil},
	} {
		status, v := h.trade("ann@example.com", "correct horse", tt.asked, tt.named)
		if tt.aud == nil {
			if status != http.StatusBadRequest || v["error"] != "invalid_target" || v["access_token"] != nil {
				t.Errorf("%s: %d %v", name, status, v)
			}
			continue
		}
		c, _ := claims(t, v["access_token"])
		if diff := cmp.Diff(tt.aud, c["aud"]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestClientCredentials(t *testing.T) {
	h := newHost(t)
	v := url.Values{"grant_type": {"client_credentials"}, "scope": {"ships.write"}, "resource": {"https://a.example"}}
	status, answer := h.bearer("robot", "whirr & click", v)
	if status != http.StatusOK || answer["id_token"] != nil {
		t.Fatal(status, answer)
	}
	c, header := claims(t, answer["access_token"])
	if header["typ"] != "at+jwt" || c["sub"] != "robot" || c["client_id"] != "robot" || c["aud"] != "https://a.example" || c["scope"] != "ships.write" || c["auth_time"] != nil {
		t.Errorf("%v %v", header, c)
	}
	v.Set("client_id", "robot")
	v.Set("client_secret", "whirr & click")
	if status, answer = h.token(v); status != http.StatusOK {
		t.Errorf("the secret in the form: %v", answer)
	}
	for name, tt := range map[string]struct {
		user, secret string
		v            url.Values
		want         string
	}{
		"a wrong secret":       {"robot", "whirr", v, "invalid_client"},
		"no machine":           {"app", "hush", v, "unauthorized_client"},
		"a relative resource":  {"robot", "whirr & click", url.Values{"grant_type": {"client_credentials"}, "resource": {"/x"}}, "invalid_target"},
		"no kind of grant":     {"robot", "whirr & click", url.Values{}, "unsupported_grant_type"},
		"a code, but no grant": {"robot", "whirr & click", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, "invalid_grant"},
	} {
		if status, answer := h.bearer(tt.user, tt.secret, tt.v); status < 400 || answer["error"] != tt.want || answer["access_token"] != nil {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

// A code is good for sixty seconds after it was made, however long ago the person signed in.
func TestCodeOfARememberedSignIn(t *testing.T) {
	h := newHost(t)
	h.signIn(request("remember", "1"), "ann@example.com", "correct horse")
	h.offset.Store(int64(time.Hour))
	for after, want := range map[time.Duration]int{58 * time.Second: 200, 62 * time.Second: 400} {
		_, _, to := h.open(request())
		now := h.offset.Add(int64(after))
		if status, v := h.bearer("app", "hush", url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {back}, "code": {to.Query().Get("code")}}); status != want {
			t.Errorf("after %s: %d %v", after, status, v)
		}
		h.offset.Store(now - int64(after))
	}
}
