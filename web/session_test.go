package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

func signingInAndOut(t *testing.T, h *house) {
	wantPage(t, "sign-in page", h.call("GET", "/t/acme/sign-in", ""), 200, "acme")
	p := h.Acme.Editor
	fields := url.Values{"email": {p.Email}, "password": {p.Password}}
	wantRedirect(t, "signing in", h.form("/t/acme/sign-in", fields), "/t/acme/files")
	fields.Set("next", "/t/acme/people")
	wantRedirect(t, "on to a page", h.form("/t/acme/sign-in", fields), "/t/acme/people")
	fields.Set("next", "https://evil.example/")
	wantRedirect(t, "on to another site", h.form("/t/acme/sign-in", fields), "/t/acme/files")

	cookie := h.signIn(t, p)
	w := h.call("GET", "/t/acme/files", "", cookie)
	wantPage(t, "the first page", w, 200, p.Email)
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a tenant's page may be kept: %q", got)
	}
	if len(w.Result().Cookies()) != 0 {
		t.Error("a fresh session is sealed again at once")
	}
	wantRedirect(t, "the bare address", h.call("GET", "/t/acme", ""), "/t/acme/files")

	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // sessions begun in one second end together
	other := h.signIn(t, p)
	w = h.form("/t/acme/sign-out", nil, cookie)
	wantRedirect(t, "signing out", w, "/t/acme/sign-in?notice=signed-out")
	if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("signing out leaves the cookie: %v", cookies)
	}
	wantRedirect(t, "the session that was signed out of", h.call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
	wantPage(t, "another session of theirs", h.call("GET", "/t/acme/files", "", other), 200, p.Email)
	wantPage(t, "afterwards", h.call("GET", "/t/acme/sign-in?notice=signed-out", ""), 200, "You have signed out.")
	if w := h.call("GET", "/t/acme/sign-out", "", cookie); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("signing out by a link: %d", w.Code)
	}
}

func refusedAtTheDoor(t *testing.T, h *house) {
	p := h.Acme.Viewer
	w := h.form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {"wrong"}, "next": {"/t/acme/people"}})
	wantPage(t, "wrong password", w, 401, "is not right")
	if !strings.Contains(w.Body.String(), p.Email) || !strings.Contains(w.Body.String(), "/t/acme/people") || strings.Contains(w.Body.String(), "wrong") {
		t.Errorf("the form forgets what was typed, or remembers the password: %s", w.Body)
	}
	wantPage(t, "no password", h.form("/t/acme/sign-in", url.Values{"email": {p.Email}}), 422, p.Email)
	wantPage(t, "another workspace's person", h.form("/t/acme/sign-in",
		url.Values{"email": {h.Globex.Viewer.Email}, "password": {h.Globex.Viewer.Password}}), 401, "is not right")
	wantPage(t, "a field twice", h.form("/t/acme/sign-in", url.Values{"email": {p.Email, p.Email}, "password": {"x"}}), 400, "malformed")
	wantPage(t, "a form of the wrong type", h.call("POST", "/t/acme/sign-in", "x", header("Content-Type", "text/plain")), 415, "form")
	wantProblem(t, "JSON", h.call("POST", "/t/acme/sign-in", "{}", header("Content-Type", "application/json")), 415, "unsupported_media_type")
	wantPage(t, "the password in the address", h.call("POST", "/t/acme/sign-in?email="+p.Email+"&password="+p.Password, "",
		header("Content-Type", "application/x-www-form-urlencoded")), 422, "password")

	unknown := h.call("GET", "/t/nowhere/sign-in", "")
	wantPage(t, "unknown workspace", unknown, 403, "no such workspace")
	for _, w := range []string{h.form("/t/nowhere/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}).Body.String()} {
		if len(w) != unknown.Body.Len() {
			t.Errorf("signing in to an unknown workspace and opening its page differ:\n%s\n%s", w, unknown.Body)
		}
	}
}

func home(t *testing.T, h *house) {
	wantPage(t, "home", h.call("GET", "/", ""), 200, "workspace")
	wantRedirect(t, "known", h.call("GET", "/?workspace=acme", ""), "/t/acme/sign-in")
	wantPage(t, "unknown", h.call("GET", "/?workspace=nowhere", ""), 403, "no such workspace")
	wantPage(t, "malformed", h.call("GET", "/?workspace="+url.QueryEscape(`"><script>`), ""), 422, "&#34;&gt;&lt;script&gt;")
}

func sessionsEnd(t *testing.T, h *house) {
	now, p := time.Now(), h.Acme.Viewer
	over := "/t/acme/sign-in?next=%2Ft%2Facme%2Fpeople&notice=session-over"
	for name, tt := range map[string]struct {
		created, seen time.Duration
		over          bool
	}{
		"fresh":         {0, 0, false},
		"nearly idle":   {-8 * time.Hour, -8*time.Hour + time.Minute, false},
		"idle":          {-9 * time.Hour, -8*time.Hour - time.Second, true},
		"nearly a day":  {-24*time.Hour + time.Minute, 0, false},
		"a day":         {-24*time.Hour - time.Second, 0, true},
		"from tomorrow": {24 * time.Hour, 24 * time.Hour, false},
	} {
		w := h.call("GET", "/t/acme/people", "", h.session(t, p, now.Add(tt.created), now.Add(tt.seen)))
		if !tt.over {
			wantPage(t, name, w, 200, p.Email)
			continue
		}
		wantRedirect(t, name, w, over)
		if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 {
			t.Errorf("%s: the cookie stays: %v", name, cookies)
		}
	}
	wantPage(t, "the notice", h.call("GET", over, ""), 200, "Your session has ended.")
	wantRedirect(t, "tampered with", h.call("GET", "/t/acme/people", "", header("Cookie", "__Host-bh-acme=AAAA")), over)

	w := h.call("GET", "/t/acme/files", "", h.session(t, p, now.Add(-time.Hour), now.Add(-time.Hour)))
	if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge > 23*3600 || cookies[0].MaxAge < 23*3600-60 {
		t.Errorf("a request an hour later is not noted: %v", cookies)
	}
	w = h.call("GET", "/t/acme/files", "", h.seal(t, p, identity.Session{
		Tokens: identity.Tokens{ID: "x", Refresh: "x", Expires: now.Add(time.Hour)}, Created: now, Seen: now,
	}))
	wantRedirect(t, "tokens that nobody issued", w, "/t/acme/sign-in?notice=session-over")
}

func sessionOfAnotherWorkspace(t *testing.T, h *house) {
	cookie := h.signIn(t, h.Acme.Admin)
	wantRedirect(t, "acme's cookie", h.call("GET", "/t/globex/files", "", cookie), "/t/globex/sign-in")
	renamed := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "acme", "globex", 1))
	}
	wantRedirect(t, "acme's cookie renamed", h.call("GET", "/t/globex/files", "", renamed), "/t/globex/sign-in?notice=session-over")

	// Even the application's own seal around acme's tokens does not open globex.
	tokens, err := h.identity.SignInWithPassword(t.Context(), h.Acme.Tenant, h.Acme.Admin.Email, h.Acme.Admin.Password)
	if err != nil {
		t.Fatal(err)
	}
	sealed := h.seal(t, h.Globex.Admin, identity.Session{Tokens: tokens, Created: time.Now(), Seen: time.Now()})
	w := h.call("GET", "/t/globex/files", "", sealed)
	wantPage(t, "acme's tokens in globex's cookie", w, 403, "no such workspace")
	if strings.Contains(w.Body.String(), h.Globex.Name+"<") || strings.Contains(w.Body.String(), h.Globex.Admin.Email) {
		t.Errorf("the refusal names globex's people: %s", w.Body)
	}

	both := func(r *http.Request) {
		cookie(r)
		acme := r.Header.Get("Cookie")
		h.signIn(t, h.Globex.Viewer)(r)
		r.Header.Set("Cookie", acme+"; "+r.Header.Get("Cookie"))
	}
	wantPage(t, "two tabs, acme", h.call("GET", "/t/acme/files", "", both), 200, h.Acme.Admin.Email)
	wantPage(t, "two tabs, globex", h.call("GET", "/t/globex/files", "", both), 200, h.Globex.Viewer.Email)
	twice := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", r.Header.Get("Cookie")+"; "+r.Header.Get("Cookie"))
	}
	wantPage(t, "one cookie twice", h.call("GET", "/t/acme/files", "", twice), 401, "two sessions")
}

// changedRole: a session learns its new role at the next request, downwards and upwards.
func changedRole(t *testing.T, h *house) {
	p := h.Add(t, h.Acme, "riser@acme.test", tenancy.Viewer)
	cookie, admin := h.signIn(t, p), h.Grant(t, h.Acme.Admin)
	intent := []func(*http.Request){header("Content-Type", "application/json")}
	wantProblem(t, "as a viewer", h.call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...), 403, "forbidden")
	if _, err := h.identity.ChangeRole(t.Context(), admin, p.ID, tenancy.Editor); err != nil {
		t.Fatal(err)
	}
	w := h.call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...)
	if w.Code != http.StatusCreated || len(w.Result().Cookies()) != 1 {
		t.Errorf("as an editor: %d, %d cookies: %s", w.Code, len(w.Result().Cookies()), w.Body)
	}
	if _, err := h.identity.ChangeRole(t.Context(), admin, p.ID, tenancy.Viewer); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, "as a viewer again", h.call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...), 403, "forbidden")
}

func disabledPerson(t *testing.T, h *house) {
	p := h.Add(t, h.Acme, "leaver@acme.test", tenancy.Editor)
	cookie, bearer := h.signIn(t, p), h.bearer(t, p, "acme")
	if _, err := h.identity.SetDisabled(t.Context(), h.Grant(t, h.Acme.Admin), p.ID, true); err != nil {
		t.Fatal(err)
	}
	wantRedirect(t, "their session", h.call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
	wantProblem(t, "their token", h.call("GET", "/api/v1/users", "", bearer), 401, "unauthenticated")
	w := h.form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
	wantPage(t, "signing in", w, 403, "disabled")
}
