package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// A sign-in is remembered where the person asks for that, and each request says how much it counts.
func TestRememberedSignIn(t *testing.T) {
	h := newHost(t)
	authTime := func(to *url.URL) time.Duration {
		t.Helper()
		_, v := h.token(url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"hush"}, "redirect_uri": {back}, "code": {to.Query().Get("code")},
		})
		c, _ := claims(t, v["id_token"])
		return time.Duration(c["iat"].(float64)-c["auth_time"].(float64)) * time.Second
	}
	h.signIn(request(), "ann@example.com", "correct horse")
	if code, _, _ := h.open(request()); code != http.StatusOK {
		t.Errorf("nobody asked for it: %d", code)
	}
	if _, _, to := h.open(request("prompt", "none")); to == nil || to.Query().Get("error") != "login_required" || to.Query().Get("state") != "s&t" {
		t.Errorf("prompt none and nobody there: %v", to)
	}
	h.signIn(request("remember", "1"), "ann@example.com", "correct horse")
	h.offset.Store(int64(time.Hour))
	for name, tt := range map[string]struct {
		v     url.Values
		known bool
	}{
		"again":               {request(), true},
		"prompt none":         {request("prompt", "none"), true},
		"prompt login":        {request("prompt", "login"), false},
		"another account":     {request("prompt", "select_account"), false},
		"an hour is too long": {request("max_age", "3500"), false},
		"now":                 {request("max_age", "0"), false},
		"not too long":        {request("max_age", "3700"), true},
		"her own name":        {request("login_hint", "Ann@example.com"), true},
		"another's name":      {request("login_hint", "ben@example.com"), false},
	} {
		code, page, to := h.open(tt.v)
		if known := to != nil && to.Query().Has("code"); known != tt.known || !known && code != http.StatusOK {
			t.Errorf("%s: %d %v\n%s", name, code, to, page)
		} else if known {
			if ago := authTime(to); ago != time.Hour {
				t.Errorf("%s: signed in %s ago", name, ago)
			}
		}
	}
	if _, _, to := h.open(request("prompt", "none", "max_age", "1")); to.Query().Get("error") != "login_required" {
		t.Errorf("prompt none and too long ago: %v", to)
	}
	at := try(url.Parse(h.issuer + "/authorize"))(t)
	kept := h.browser.Jar.Cookies(at)
	if _, _, to := h.signIn(request("max_age", "0"), "ann@example.com", "correct horse"); authTime(to) != 0 {
		t.Error("a sign-in just now is not of just now")
	}
	if code, _, _ := h.open(request()); code != http.StatusOK {
		t.Errorf("a sign-in that is not to be remembered left the former one: %d", code)
	}
	h.browser.Jar.SetCookies(at, kept)
	if code, _, _ := h.open(request()); len(kept) != 1 || code != http.StatusOK {
		t.Errorf("the cookie of a sign-in that is over: %d", code)
	}
	h.signIn(request("remember", "1"), "ann@example.com", "correct horse")
	acme := h.issuer
	h.issuer = h.glob.Issuer()
	if code, _, _ := h.open(request()); code != http.StatusOK {
		t.Errorf("one realm's sign-in counts in another: %d", code)
	}
	h.issuer = acme
	h.offset.Store(int64(10 * time.Hour))
	if code, _, _ := h.open(request()); code != http.StatusOK {
		t.Errorf("nine hours later: %d", code)
	}
}

// What is wrong with a request, and who cancels, is told to the client by its error code.
func TestErrorsByRedirect(t *testing.T) {
	h := newHost(t)
	for name, tt := range map[string]struct {
		v    url.Values
		want string
	}{
		"cancelled":                {request("cancel", "1"), "access_denied"},
		"a maximum age in words":   {request("max_age", "an hour"), "invalid_request"},
		"a negative maximum age":   {request("max_age", "-1"), "invalid_request"},
		"none and login":           {request("prompt", "none login"), "invalid_request"},
		"an answer by form":        {request("response_mode", "form_post"), "invalid_request"},
		"a request object":         {request("request", "x"), "request_not_supported"},
		"an address of one":        {request("request_uri", "https://evil.example/"), "request_uri_not_supported"},
		"a resource without place": {request("resource", "api"), "invalid_target"},
		"a resource's part":        {request("resource", "https://api.example/#part"), "invalid_target"},
	} {
		code, _, to := h.signIn(tt.v, "ann@example.com", "correct horse")
		if code != http.StatusSeeOther || to.Host != "app.example" {
			t.Fatalf("%s: %d %v", name, code, to)
		}
		if q := to.Query(); q.Get("error") != tt.want || q.Get("error_description") == "" || q.Get("state") != "s&t" ||
			q.Get("iss") != h.issuer || q.Has("code") {
			t.Errorf("%s: %v, want %s", name, to, tt.want)
		}
	}
	req := try(http.NewRequestWithContext(t.Context(), http.MethodPost, h.issuer+"/authorize", strings.NewReader(request().Encode())))(t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, _, _ := h.read(try(h.browser.Do(req))(t)); code != http.StatusForbidden {
		t.Errorf("another site signs somebody in: %d", code)
	}
}

// The page carries the whole request through its form, needs no script, and says what it holds.
func TestSignInPage(t *testing.T) {
	h := newHost(t)
	v := request("login_hint", `ben@example.com"><script>`, "scope", "openid api", "code_challenge", "c", "code_challenge_method", "S256")
	v["resource"] = []string{"https://a.example/", "https://b.example/?x=<y>"}
	res := try(h.browser.Get(h.issuer + "/authorize?" + v.Encode()))(t)
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "script") {
		t.Errorf("policy %q", policy)
	}
	_, text, _ := h.read(res)
	root := try(html.Parse(strings.NewReader(text)))(t)
	fields := url.Values{}
	var labels, buttons int
	for n := range root.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		switch n.Data {
		case "script":
			t.Error("the page has a script")
		case "form":
			if want := strings.TrimPrefix(h.issuer, h.realms.Origin()) + "/authorize"; attr["action"] != want || attr["method"] != "post" {
				t.Errorf("the form: %v", attr)
			}
		case "input":
			fields.Add(attr["name"], attr["value"])
		case "label":
			labels++
		case "button":
			buttons++
		}
	}
	if labels != 3 || buttons != 2 || fields.Get("email") != v.Get("login_hint") {
		t.Errorf("%d labels, %d buttons, %q", labels, buttons, fields.Get("email"))
	}
	for name, want := range v {
		if name != "login_hint" && !slices.Equal(fields[name], want) {
			t.Errorf("the form's %s is %q, want %q", name, fields[name], want)
		}
	}
}
