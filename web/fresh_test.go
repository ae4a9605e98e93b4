package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// visitor keeps the cookies of one browser.
type visitor struct {
	h       *webtest.House
	cookies map[string]string
}

func (b *visitor) send(method, target string, fields url.Values, edits ...func(*http.Request)) (status int, location, body string) {
	edits = append(edits, func(r *http.Request) {
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	})
	var w *httptest.ResponseRecorder
	if fields != nil {
		w = b.h.Form(target, fields, edits...)
	} else {
		w = b.h.Call(method, target, "", edits...)
	}
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// proven is a browser whose person signed in, or proved who they are, so long ago.
func proven(t *testing.T, h *webtest.House, p vendingtest.Person, ago time.Duration) *visitor {
	t.Helper()
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago)
	sealed, err := h.Sessions.Seal(p.Tenant.ID, sessioncookie.Session{Tokens: tokens, Created: at, Seen: time.Now(), Proved: at, Noted: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{h, map[string]string{"__Host-bh-" + p.Tenant.Slug.String(): sealed}}
}

var makeKey = url.Values{"name": {"Nightly backup"}, "files": {"read"}, "days": {"90"}, "once": {"abc"}}

// TestSensitiveChangesWantAFreshProof: ten minutes after a sign-in, whoever makes a key is asked
// for the password first, and what they typed is kept.
func TestSensitiveChangesWantAFreshProof(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Admin
	from := webtest.Header("Referer", vendingtest.Origin+"/t/acme/keys")
	b := proven(t, h, p, 9*time.Minute)
	if status, _, body := b.send("POST", "/t/acme/keys", url.Values{"name": {"At once"}, "files": {"read"}, "days": {"90"}}); status != 201 {
		t.Fatalf("nine minutes after: %d %s", status, body)
	}
	b = proven(t, h, p, 11*time.Minute)
	if status, _, _ := b.send("GET", "/t/acme/keys", nil); status != 200 {
		t.Errorf("a page that changes nothing: %d", status)
	}
	status, to, _ := b.send("POST", "/t/acme/keys", makeKey, from)
	if status != 303 || to != "/t/acme/prove?next=%2Ft%2Facme%2Fkeys" {
		t.Fatalf("eleven minutes after: %d to %q", status, to)
	}
	if keys, err := h.APIKeys.List(t.Context(), h.Grant(t, p)); err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if status, _, body := b.send("GET", to, nil); status != 200 || !strings.Contains(body, `type="password"`) || !strings.Contains(body, `value="/t/acme/keys"`) {
		t.Errorf("the question: %d %s", status, body)
	}
	for _, wrong := range []struct {
		password string
		status   int
		says     string
	}{{"", 422, "Enter your password."}, {"not-it", 401, "This is not your password."}} {
		status, _, body := b.send("POST", "/t/acme/prove", url.Values{"password": {wrong.password}, "next": {"/t/acme/keys"}})
		if status != wrong.status || !strings.Contains(body, wrong.says) || !strings.Contains(body, `value="/t/acme/keys"`) {
			t.Errorf("%q: %d %s", wrong.password, status, body)
		}
	}
	status, to, _ = b.send("POST", "/t/acme/prove", url.Values{"password": {p.Password}, "next": {"/t/acme/keys"}})
	if status != 303 || to != "/t/acme/resume" {
		t.Fatalf("the password: %d to %q", status, to)
	}
	status, _, body := b.send("GET", to, nil)
	for _, want := range []string{`action="/t/acme/keys"`, `name="name" value="Nightly backup"`, `name="once" value="abc"`, `<dd>90</dd>`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("what was typed: %d, no %s in %s", status, want, body)
		}
	}
	if status, _, body := b.send("POST", "/t/acme/keys", makeKey); status != 201 || !strings.Contains(body, "Nightly backup") {
		t.Errorf("sending it: %d %s", status, body)
	}
	if status, to, _ := b.send("GET", "/t/acme/resume", nil); status != 303 || to != "/t/acme/files" {
		t.Errorf("once more: %d to %q", status, to)
	}
	if status, to, _ := b.send("POST", "/t/acme/prove", url.Values{"password": {p.Password}, "next": {"//evil.example"}}); status != 303 || to != "/t/acme/files" {
		t.Errorf("without a form, to another site: %d to %q", status, to)
	}

	// Another person's password proves nobody.
	b = proven(t, h, p, 11*time.Minute)
	if status, _, _ := b.send("POST", "/t/acme/prove", url.Values{"password": {h.Acme.Editor.Password + "x"}}); status != 401 {
		t.Errorf("another's password: %d", status)
	}
	script := webtest.Header("Accept", "application/json")
	if status, _, body := b.send("POST", "/t/acme/keys", makeKey, script); status != 401 || !strings.Contains(body, "reauthentication_required") {
		t.Errorf("a script: %d %s", status, body)
	}
}

// TestEverySensitiveRouteAsks: each route that is marked asks, and each that changes who gets in is
// marked.
func TestEverySensitiveRouteAsks(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	b := proven(t, h, h.Acme.Admin, 11*time.Minute)
	marked := 0
	for _, r := range web.Routes() {
		manages := r.Permission == tenant.KeysManage || r.Permission == tenant.SettingsManage
		harmless := strings.HasSuffix(r.Path, "/check") || strings.HasSuffix(r.Path, "/providers/new") || strings.Contains(r.Path, "revoke") || r.Method == "DELETE"
		if manages && r.Method != "GET" && !harmless && !r.Fresh {
			t.Errorf("%s %s changes who gets in, and asks for no fresh proof", r.Method, r.Path)
		}
		if !r.Fresh {
			continue
		}
		marked++
		if !strings.HasPrefix(r.Path, "/t/") {
			continue // of the API: see below
		}
		status, to, _ := b.send("POST", address(r), url.Values{"x": {"y"}})
		if status != 303 || !strings.HasPrefix(to, "/t/acme/prove") {
			t.Errorf("%s %s: %d to %q", r.Method, r.Path, status, to)
		}
	}
	if marked < 15 {
		t.Errorf("only %d routes are marked", marked)
	}
}

// TestSessionEndsInTheMiddleOfAForm: what was typed is kept for whoever typed it, and for nobody
// else.
func TestSessionEndsInTheMiddleOfAForm(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Admin
	signIn := func(b *visitor, who vendingtest.Person) string {
		_, to, _ := b.send("POST", "/t/acme/sign-in", url.Values{"email": {who.Email}, "password": {who.Password}, "next": {"/t/acme/keys"}})
		return to
	}
	from := webtest.Header("Referer", vendingtest.Origin+"/t/acme/keys")
	kept := "/t/acme/sign-in?next=%2Ft%2Facme%2Fkeys&notice=session-over-kept"

	b := proven(t, h, p, 0)
	b.send("POST", "/t/acme/sign-out", url.Values{}) // in another tab
	if status, to, _ := b.send("POST", "/t/acme/keys", makeKey, from); status != 303 || to != kept {
		t.Errorf("signed out in another tab: %d to %q", status, to)
	}
	sleepIntoNextSecond()
	if to := signIn(b, p); to != "/t/acme/resume" {
		t.Errorf("signing in leads to %q", to)
	}
	if _, _, body := b.send("GET", "/t/acme/resume", nil); !strings.Contains(body, "Nightly backup") {
		t.Errorf("what was typed is lost: %s", body)
	}

	over := proven(t, h, p, 25*time.Hour)
	if status, to, _ := over.send("POST", "/t/acme/keys", makeKey, from); status != 303 || to != kept {
		t.Errorf("a session that is too old: %d to %q", status, to)
	}
	signIn(over, h.Acme.Editor)
	if status, to, body := over.send("GET", "/t/acme/resume", nil); status != 303 || strings.Contains(body, "Nightly") {
		t.Errorf("another person is shown it: %d to %q", status, to)
	}

	secret := proven(t, h, p, 25*time.Hour)
	secret.send("POST", "/t/acme/settings/sign-in/providers", url.Values{"name": {"Acme ID"}, "secret": {"hush-hush"}})
	signIn(secret, p)
	if _, _, body := secret.send("GET", "/t/acme/resume", nil); strings.Contains(body, "hush-hush") || !strings.Contains(body, "Acme ID") {
		t.Errorf("a secret is kept, or the rest is not: %s", body)
	}

	password := proven(t, h, p, 25*time.Hour)
	password.send("POST", "/t/acme/account/address", url.Values{"current-password": {"hush-hush"}, "email": {"new@acme.test"}})
	signIn(password, p)
	if _, _, body := password.send("GET", "/t/acme/resume", nil); strings.Contains(body, "hush-hush") || !strings.Contains(body, "new@acme.test") {
		t.Errorf("a password is kept, or the rest is not: %s", body)
	}

	long := proven(t, h, p, 25*time.Hour)
	if _, to, _ := long.send("POST", "/t/acme/keys", url.Values{"name": {strings.Repeat("long ", 2000)}}, from); strings.Contains(to, "kept") {
		t.Errorf("a form that no cookie holds: led to %q", to)
	}
	moved := proven(t, h, h.Globex.Admin, 0)
	moved.cookies["__Host-bhh-globex"] = b.cookies["__Host-bhh-acme"]
	if status, _, _ := moved.send("GET", "/t/globex/resume", nil); status != 303 {
		t.Errorf("acme's form at globex: %d", status)
	}
}

// TestFreshProofOverTheAPI: there it is the sign-in that counts.
func TestFreshProofOverTheAPI(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(11 * time.Minute)
	h := webtest.Open(t)
	bearer := h.Bearer(t, h.Acme.Admin, "acme")
	late := *h
	late.Handler = h.SiteAt(t, func() time.Time { return later })
	for what, w := range map[string]struct{ method, path, body string }{
		"making a key":   {"POST", "/keys", `{"name":"x","role":"viewer","expiresInDays":1}`},
		"changing roles": {"PATCH", "/users/" + h.Acme.Editor.ID.String(), `{"role":"viewer"}`},
		"settings":       {"PUT", "/settings/authentication", `{"api":["token"]}`},
	} {
		got := late.Call(w.method, "/api/v1"+w.path, w.body, bearer, webtest.Header("If-Match", `"0"`))
		webtest.WantProblem(t, what, got, 401, "reauthentication_required")
		if c := got.Header().Get("WWW-Authenticate"); !strings.Contains(c, `error="insufficient_user_authentication", max_age="600"`) {
			t.Errorf("%s: the challenge is %q", what, c)
		}
	}
	if w := late.Call("GET", "/api/v1/keys", "", bearer); w.Code != 200 {
		t.Errorf("what changes nothing: %d", w.Code)
	}
	if w := h.Call("PATCH", "/api/v1/users/"+h.Acme.Editor.ID.String(), `{"role":"viewer"}`, bearer); w.Code != 200 {
		t.Errorf("in time: %d %s", w.Code, w.Body)
	}
}
