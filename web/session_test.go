package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func signingInAndOut(t *testing.T, h *webtest.House) {
	webtest.WantPage(t, "sign-in page", h.Call("GET", "/t/acme/sign-in", ""), 200, "acme")
	p := h.Acme.Editor
	fields := url.Values{"email": {p.Email}, "password": {p.Password}}
	webtest.WantRedirect(t, "signing in", h.Form("/t/acme/sign-in", fields), "/t/acme/files")
	fields.Set("next", "/t/acme/people")
	webtest.WantRedirect(t, "on to a page", h.Form("/t/acme/sign-in", fields), "/t/acme/people")
	fields.Set("next", "https://evil.example/")
	webtest.WantRedirect(t, "on to another site", h.Form("/t/acme/sign-in", fields), "/t/acme/files")

	cookie := h.SignIn(t, p)
	w := h.Call("GET", "/t/acme/files", "", cookie)
	webtest.WantPage(t, "the first page", w, 200, p.Email)
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a tenant's page may be kept: %q", got)
	}
	if len(w.Result().Cookies()) != 0 {
		t.Error("a fresh session is sealed again at once")
	}
	webtest.WantRedirect(t, "the bare address", h.Call("GET", "/t/acme", ""), "/t/acme/files")

	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // sessions begun in one second end together
	other := h.SignIn(t, p)
	w = h.Form("/t/acme/sign-out", nil, cookie)
	webtest.WantRedirect(t, "signing out", w, "/t/acme/sign-in?notice=signed-out")
	if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("signing out leaves the cookie: %v", cookies)
	}
	webtest.WantRedirect(t, "the session that was signed out of", h.Call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
	webtest.WantPage(t, "another session of theirs", h.Call("GET", "/t/acme/files", "", other), 200, p.Email)
	webtest.WantPage(t, "afterwards", h.Call("GET", "/t/acme/sign-in?notice=signed-out", ""), 200, "You have signed out.")
	if w := h.Call("GET", "/t/acme/sign-out", "", cookie); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("signing out by a link: %d", w.Code)
	}
}

func refusedAtTheDoor(t *testing.T, h *webtest.House) {
	p := h.Acme.Viewer
	w := h.Form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {"wrong"}, "next": {"/t/acme/people"}})
	webtest.WantPage(t, "wrong password", w, 401, "is not right")
	if !strings.Contains(w.Body.String(), p.Email) || !strings.Contains(w.Body.String(), "/t/acme/people") || strings.Contains(w.Body.String(), "wrong") {
		t.Errorf("the form forgets what was typed, or remembers the password: %s", w.Body)
	}
	webtest.WantPage(t, "no password", h.Form("/t/acme/sign-in", url.Values{"email": {p.Email}}), 422, p.Email)
	webtest.WantPage(t, "another workspace's person", h.Form("/t/acme/sign-in",
		url.Values{"email": {h.Globex.Viewer.Email}, "password": {h.Globex.Viewer.Password}}), 401, "is not right")
	webtest.WantPage(t, "a field twice", h.Form("/t/acme/sign-in", url.Values{"email": {p.Email, p.Email}, "password": {"x"}}), 400, "malformed")
	webtest.WantPage(t, "a form of the wrong type", h.Call("POST", "/t/acme/sign-in", "x", webtest.Header("Content-Type", "text/plain")), 415, "form")
	webtest.WantProblem(t, "JSON", h.Call("POST", "/t/acme/sign-in", "{}", webtest.Header("Content-Type", "application/json")), 415, "unsupported_media_type")
	webtest.WantPage(t, "the password in the address", h.Call("POST", "/t/acme/sign-in?email="+p.Email+"&password="+p.Password, "",
		webtest.Header("Content-Type", "application/x-www-form-urlencoded")), 422, "password")

	unknown := h.Call("GET", "/t/nowhere/sign-in", "")
	webtest.WantPage(t, "unknown workspace", unknown, 403, "no such workspace")
	for _, w := range []string{h.Form("/t/nowhere/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}).Body.String()} {
		if len(w) != unknown.Body.Len() {
			t.Errorf("signing in to an unknown workspace and opening its page differ:\n%s\n%s", w, unknown.Body)
		}
	}
}

func home(t *testing.T, h *webtest.House) {
	webtest.WantPage(t, "home", h.Call("GET", "/", ""), 200, "workspace")
	webtest.WantRedirect(t, "known", h.Call("GET", "/?workspace=acme", ""), "/t/acme/sign-in")
	for _, typed := range []string{"Acme", " acme ", "ACME\t", "\u00a0acme", "https://app.example.com/t/acme/files?cursor=x", "app.example.com/t/Acme"} {
		webtest.WantRedirect(t, typed, h.Call("GET", "/?workspace="+url.QueryEscape(typed), ""), "/t/acme/sign-in")
	}
	webtest.WantRedirect(t, "in capitals", h.Call("GET", "/t/ACME", ""), "/t/acme/files")
	webtest.WantPage(t, "by its whole name", h.Call("GET", "/?workspace=Acme+Shipping", ""), 422, "short name")

	p := h.Add(t, h.Acme, "known@acme.test", tenant.Viewer)
	cookie := h.SignIn(t, p)
	live := h.Call("GET", "/", "", cookie)
	webtest.WantPage(t, "signed in", live, 200, "as "+p.Email)
	if !strings.Contains(live.Body.String(), `href="/t/acme/files"`) || strings.Contains(live.Body.String(), h.Globex.Name) {
		t.Errorf("where one is signed in: %s", live.Body)
	}
	webtest.WantRedirect(t, "the sign-in page, signed in", h.Call("GET", "/t/acme/sign-in", "", cookie), "/t/acme/files")
	webtest.WantRedirect(t, "on to a page", h.Call("GET", "/t/acme/sign-in?next=/t/acme/people", "", cookie), "/t/acme/people")
	webtest.WantRedirect(t, "on to another site", h.Call("GET", "/t/acme/sign-in?next=//evil.example", "", cookie), "/t/acme/files")
	webtest.WantPage(t, "sent there by a page", h.Call("GET", "/t/acme/sign-in?notice=session-over", "", cookie), 200, "sign-in-form")
	webtest.WantPage(t, "globex's sign-in page", h.Call("GET", "/t/globex/sign-in", "", cookie), 200, "sign-in-form")
	for what, edit := range map[string]func(*http.Request){
		"nobody":           webtest.Header("X-Nothing"),
		"a cookie made up": webtest.Header("Cookie", "__Host-bh-acme=AAAA; __Host-bh-globex=AAAA"),
		"acme's, for globex": func(r *http.Request) {
			cookie(r)
			r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "acme", "globex", 1))
		},
		"a session long over": h.Session(t, p, time.Now().Add(-25*time.Hour), time.Now()),
	} {
		if body := h.Call("GET", "/", "", edit).Body.String(); strings.Contains(body, "continue") || strings.Contains(body, p.Email) {
			t.Errorf("%s is led on: %s", what, body)
		}
		webtest.WantPage(t, what+" at the sign-in page", h.Call("GET", "/t/acme/sign-in", "", edit), 200, "sign-in-form")
	}
	webtest.WantPage(t, "unknown", h.Call("GET", "/?workspace=nowhere", ""), 403, "no such workspace")
	webtest.WantPage(t, "malformed", h.Call("GET", "/?workspace="+url.QueryEscape(`"><script>`), ""), 422, "&#34;&gt;&lt;script&gt;")
}

func sessionsEnd(t *testing.T, h *webtest.House) {
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
		w := h.Call("GET", "/t/acme/people", "", h.Session(t, p, now.Add(tt.created), now.Add(tt.seen)))
		if !tt.over {
			webtest.WantPage(t, name, w, 200, p.Email)
			continue
		}
		webtest.WantRedirect(t, name, w, over)
		if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 {
			t.Errorf("%s: the cookie stays: %v", name, cookies)
		}
	}
	webtest.WantPage(t, "the notice", h.Call("GET", over, ""), 200, "Your session has ended.")
	webtest.WantRedirect(t, "tampered with", h.Call("GET", "/t/acme/people", "", webtest.Header("Cookie", "__Host-bh-acme=AAAA")), over)

	w := h.Call("GET", "/t/acme/files", "", h.Session(t, p, now.Add(-time.Hour), now.Add(-time.Hour)))
	if cookies := w.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge > 23*3600 || cookies[0].MaxAge < 23*3600-60 {
		t.Errorf("a request an hour later is not noted: %v", cookies)
	}
	w = h.Call("GET", "/t/acme/files", "", h.Seal(t, p, sessioncookie.Session{
		Tokens: sessioncookie.Tokens{ID: "x", Refresh: "x", Expires: now.Add(time.Hour)}, Created: now, Seen: now,
	}))
	webtest.WantRedirect(t, "tokens that nobody issued", w, "/t/acme/sign-in?notice=session-over")
}

func sessionOfAnotherWorkspace(t *testing.T, h *webtest.House) {
	cookie := h.SignIn(t, h.Acme.Admin)
	webtest.WantRedirect(t, "acme's cookie", h.Call("GET", "/t/globex/files", "", cookie), "/t/globex/sign-in")
	renamed := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "acme", "globex", 1))
	}
	webtest.WantRedirect(t, "acme's cookie renamed", h.Call("GET", "/t/globex/files", "", renamed), "/t/globex/sign-in?notice=session-over")

	// Even the application's own seal around acme's tokens does not open globex.
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), h.Acme.Tenant, h.Acme.Admin.Email, h.Acme.Admin.Password)
	if err != nil {
		t.Fatal(err)
	}
	sealed := h.Seal(t, h.Globex.Admin, sessioncookie.Session{Tokens: tokens, Created: time.Now(), Seen: time.Now()})
	w := h.Call("GET", "/t/globex/files", "", sealed)
	webtest.WantPage(t, "acme's tokens in globex's cookie", w, 403, "no such workspace")
	if strings.Contains(w.Body.String(), h.Globex.Name+"<") || strings.Contains(w.Body.String(), h.Globex.Admin.Email) {
		t.Errorf("the refusal names globex's people: %s", w.Body)
	}

	both := func(r *http.Request) {
		cookie(r)
		acme := r.Header.Get("Cookie")
		h.SignIn(t, h.Globex.Viewer)(r)
		r.Header.Set("Cookie", acme+"; "+r.Header.Get("Cookie"))
	}
	webtest.WantPage(t, "two tabs, acme", h.Call("GET", "/t/acme/files", "", both), 200, h.Acme.Admin.Email)
	webtest.WantPage(t, "two tabs, globex", h.Call("GET", "/t/globex/files", "", both), 200, h.Globex.Viewer.Email)
	twice := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", r.Header.Get("Cookie")+"; "+r.Header.Get("Cookie"))
	}
	webtest.WantPage(t, "one cookie twice", h.Call("GET", "/t/acme/files", "", twice), 401, "two sessions")
}

// changedRole: a session learns its new role at the next request, downwards and upwards.
func changedRole(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "riser@acme.test", tenant.Viewer)
	cookie, admin := h.SignIn(t, p), h.Grant(t, h.Acme.Admin)
	intent := []func(*http.Request){webtest.Header("Content-Type", "application/json")}
	webtest.WantProblem(t, "as a viewer", h.Call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...), 403, "forbidden")
	if _, err := h.People.ChangeRole(t.Context(), admin, p.ID, tenant.Editor); err != nil {
		t.Fatal(err)
	}
	w := h.Call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...)
	if w.Code != http.StatusCreated || len(w.Result().Cookies()) != 1 {
		t.Errorf("as an editor: %d, %d cookies: %s", w.Code, len(w.Result().Cookies()), w.Body)
	}
	if _, err := h.People.ChangeRole(t.Context(), admin, p.ID, tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	webtest.WantProblem(t, "as a viewer again", h.Call("POST", "/t/acme/files", `{"name":"a","size":1,"type":""}`, append(intent, cookie)...), 403, "forbidden")
}

func disabledPerson(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "leaver@acme.test", tenant.Editor)
	cookie, bearer := h.SignIn(t, p), h.Bearer(t, p, "acme")
	admin, list := h.SignIn(t, h.Acme.Admin), "/t/acme/people"
	at := list + "/" + p.ID.String()
	webtest.WantPage(t, "the list", h.Call("GET", list, "", admin), 200, at+"/disable")
	webtest.WantPage(t, "asking first", h.Call("GET", at+"/disable", "", admin), 200, "cannot sign in until an admin")
	webtest.WantRedirect(t, "disabled", h.Form(at+"/disable", nil, admin), list+"?notice=person-disabled")
	webtest.WantRedirect(t, "disabled twice", h.Form(at+"/disable", nil, admin), list+"?notice=person-disabled")
	webtest.WantRedirect(t, "asking about one who is", h.Call("GET", at+"/disable", "", admin), list)
	webtest.WantPage(t, "the list then", h.Call("GET", list, "", admin), 200, at+"/enable")
	webtest.WantRedirect(t, "their session", h.Call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
	webtest.WantProblem(t, "their token", h.Call("GET", "/api/v1/users", "", bearer), 401, "unauthenticated")
	w := h.Form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
	webtest.WantPage(t, "signing in", w, 403, "disabled")

	webtest.WantRedirect(t, "enabled", h.Form(at+"/enable", nil, admin), list+"?notice=person-enabled")
	webtest.WantPage(t, "signed in again", h.Call("GET", "/t/acme/files", "", h.SignIn(t, p)), 200, "Files")
	webtest.WantPage(t, "a person of another workspace", h.Form(list+"/"+h.Globex.Viewer.ID.String()+"/disable", nil, admin), 404, "")
	own := list + "/" + h.Acme.Admin.ID.String() + "/disable"
	webtest.WantRedirect(t, "asking about oneself", h.Call("GET", own, "", admin), list)
	webtest.WantPage(t, "the last admin", h.Form(own, nil, admin), 409, "at least one active admin")
}
