package attacks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// cookiesCrossed (SX-01): a session opens the workspace that it was sealed for, under its own name,
// once, on pages.
func cookiesCrossed(t *testing.T, w *town) {
	admin, victim := w.as(t, w.a.Admin), w.as(t, w.b.Viewer)
	const ours, theirs = "__Host-bh-acme", "__Host-bh-globex"
	if google, err := w.Jobs.Identity().SessionCookie(t.Context(), victim.token, time.Hour); err == nil {
		t.Errorf("Identity Platform makes a session cookie of a tenant's token: %.20s…", google)
	}
	for what, sent := range map[string][]edit{
		"acme's session under its own name":  {cookie(ours, admin.cookie)},
		"acme's session under globex's name": {cookie(theirs, admin.cookie)},
		"acme's ID token as a session":       {cookie(theirs, admin.token)},
		"acme's refresh token as a session":  {cookie(theirs, admin.refresh)},
		"an operator's cookie name":          {cookie("__Host-bho", admin.cookie)},
		"without the prefix":                 {cookie("bh-globex", victim.cookie)},
		"the name in capitals":               {cookie("__HOST-BH-GLOBEX", victim.cookie)},
		"globex's, and one tossed before it": {cookie(theirs, admin.cookie), cookie(theirs, victim.cookie)},
		"globex's, and one tossed after it":  {cookie(theirs, victim.cookie), cookie(theirs, admin.cookie)},
		"globex's own ID token":              {cookie(theirs, victim.token)},
	} {
		stranger := caller{t: t, said: w.said, origin: w.origin, who: "acme"}
		for _, r := range guarded(t, door.Session) {
			path, form := at(r, "globex", w.foreign(t, r))
			in := append([]edit{header("Sec-Fetch-Site", "same-origin")}, sent...)
			if r.Method == http.MethodPost {
				in = append(in, header("Content-Type", "application/x-www-form-urlencoded"))
			}
			x := stranger.send(r.Method, w.origin+path, form, in...)
			signIn := x.status == http.StatusSeeOther && strings.HasPrefix(x.header.Get("Location"), "/t/globex/sign-in")
			if !signIn && x.status != http.StatusUnauthorized { // 401 tells people of two cookies
				t.Errorf("%s at %s %s: %v, want the sign-in", what, r.Method, path, x)
			}
		}
	}
	// The API takes no cookie, whosever it is.
	for _, r := range guarded(t, door.API) {
		path, body := at(r, "globex", w.foreign(t, r))
		x := victim.send(r.Method, w.origin+"/api/v1"+path, body, header("X-TenantId", "globex"), cookie(theirs, victim.cookie),
			header("Content-Type", "application/json"), header("Sec-Fetch-Site", "same-origin"))
		if x.status != http.StatusUnauthorized {
			t.Errorf("a session at %s %s: %v, want 401", r.Method, path, x)
		}
	}
}

// otherSites (SX-03): what a page of another site has a victim's browser send changes nothing, and
// what a browser gets changes nothing either.
func otherSites(t *testing.T, w *town) {
	victim := w.as(t, w.c.Admin)
	before := w.dump(t, w.c.Tenant)
	ways := map[string][]edit{
		"a form of another site":       {header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")},
		"a form of a sibling host":     {header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.bulkhead.test")},
		"a sandboxed frame":            {header("Sec-Fetch-Site", "cross-site"), header("Origin", "null")},
		"an old browser's form":        {func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }, header("Origin", "https://evil.example")},
		"an old browser's null origin": {func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }, header("Origin", "null")},
		"JSON as text":                 {header("Sec-Fetch-Site", "cross-site"), header("Content-Type", "text/plain")},
		"one right word of two":        {func(r *http.Request) { r.Header["Sec-Fetch-Site"] = []string{"same-origin", "cross-site"} }},
		"another method named": {
			header("Sec-Fetch-Site", "cross-site"), header("X-HTTP-Method-Override", "GET"), header("X-Method-Override", "GET"),
		},
	}
	const missing = "00000000000000000000000000"
	for _, r := range web.Routes() {
		if r.Method == http.MethodGet || r.Policy != door.Session && r.Policy != door.API {
			continue
		}
		for what, sent := range ways {
			if x := victim.callRoute(r, "initech", missing, sent...); x.status != http.StatusForbidden || !strings.Contains(x.body, "another site") && x.code() != "cross_origin" {
				t.Errorf("%s at %s %s: %v, want 403", what, r.Method, r.Path, x)
			}
		}
	}

	// Nobody is signed in to the attacker's workspace, or to another account, unasked.
	stranger := caller{t: t, said: w.said, origin: w.origin, who: "acme"}
	form := url.Values{"email": {w.a.Viewer.Email}, "password": {w.a.Viewer.Password}}.Encode()
	for what, sent := range ways {
		if what == "JSON as text" {
			continue // it is no form
		}
		in := append([]edit{header("Content-Type", "application/x-www-form-urlencoded")}, sent...)
		x := stranger.send("POST", w.origin+"/t/acme/sign-in", form, in...)
		if x.status != http.StatusForbidden || x.header.Get("Set-Cookie") != "" {
			t.Errorf("%s at the sign-in: %v, cookies %q", what, x, x.header["Set-Cookie"])
		}
	}
	x := stranger.send("POST", w.origin+"/t/acme/sign-in", form, header("Sec-Fetch-Site", "same-origin"),
		header("Content-Type", "application/x-www-form-urlencoded"))
	set := strings.Join(x.header["Set-Cookie"], "\n")
	for _, attribute := range []string{"__Host-bh-acme=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(set, attribute) || strings.Contains(set, "Domain=") {
			t.Errorf("the session's cookie is set as %.80q…, without %q", set, attribute)
		}
	}

	// A link or a picture of another site's makes a browser get things, with the victim's session.
	for _, r := range web.Routes() {
		if r.Method != http.MethodGet || r.Policy != door.Session && r.Policy != door.API {
			continue
		}
		x := victim.callRoute(r, "initech", missing, header("Sec-Fetch-Site", "cross-site"),
			header("X-HTTP-Method-Override", "DELETE"), func(r *http.Request) { r.URL.RawQuery = "_method=DELETE" })
		if x.status >= 500 {
			t.Errorf("GET %s: %v", r.Path, x)
		}
	}
	if w.dump(t, w.c.Tenant) != before {
		t.Error("what initech has is not what it was")
	}
}
