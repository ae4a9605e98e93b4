package sessions_test

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/web/sessions"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const (
	page   = "/t/acme/sessions"
	api    = "/api/v1/sessions"
	laptop = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	phone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile Safari/604.1"
	over   = "/t/acme/sign-in?notice=session-over"
)

// signIn signs a person in with a device, in a second of its own: sessions of one second are one.
func signIn(t *testing.T, h *webtest.House, p vendingtest.Person, agent string) func(*http.Request) {
	t.Helper()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	w := h.Form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}, webtest.Header("User-Agent", agent))
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) != 1 {
		t.Fatalf("signing in: %d, %d cookies: %s", w.Code, len(cookies), w.Body)
	}
	return webtest.Header("Cookie", cookies[0].Name+"="+cookies[0].Value)
}

var row = regexp.MustCompile(`data-session-id="([a-z2-7]{24})"( data-current="yes")?`)

// listed returns the sessions on a page: the one that asks, and the others.
func listed(t *testing.T, h *webtest.House, at string, as func(*http.Request)) (current string, others []string) {
	t.Helper()
	w := h.Call("GET", at, "", as)
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", at, w.Code, w.Body)
	}
	for _, found := range row.FindAllStringSubmatch(w.Body.String(), -1) {
		if found[2] != "" {
			current = found[1]
			continue
		}
		others = append(others, found[1])
	}
	return current, others
}

// TestOwnSessions: a viewer sees where they are signed in, ends one, all others, and all.
func TestOwnSessions(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Viewer
	first, second := signIn(t, h, p, laptop), signIn(t, h, p, phone)
	body := h.Call("GET", page, "", first).Body.String()
	for _, want := range []string{"Firefox on Linux", "Safari on iPhone", "192.0.2.1", "with a password", "This one"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	current, others := listed(t, h, page, first)
	if current == "" || len(others) != 1 {
		t.Fatalf("this one %q, others %v", current, others)
	}
	webtest.WantRedirect(t, "ending the phone's", h.Form(page+"/"+others[0]+"/end", nil, first), page+"?notice=session-ended")
	webtest.WantRedirect(t, "the phone", h.Call("GET", "/t/acme/files", "", second), over)
	webtest.WantPage(t, "the laptop", h.Call("GET", "/t/acme/files", "", first), 200, p.Email)
	if w := h.Form(page+"/"+others[0]+"/end", nil, first); w.Code != 404 {
		t.Errorf("ending it again: %d", w.Code)
	}
	if _, left := listed(t, h, page, first); len(left) != 0 {
		t.Errorf("it is still listed: %v", left)
	}

	second, third := signIn(t, h, p, phone), signIn(t, h, p, phone)
	webtest.WantRedirect(t, "ending all others", h.Form(page, url.Values{"which": {"others"}}, first), page+"?notice=other-sessions-ended")
	for _, gone := range []func(*http.Request){second, third} {
		webtest.WantRedirect(t, "another", h.Call("GET", "/t/acme/files", "", gone), over)
	}
	webtest.WantPage(t, "this one", h.Call("GET", "/t/acme/files", "", first), 200, p.Email)
	if w := h.Form(page, url.Values{"which": {"some"}}, first); w.Code != 400 {
		t.Errorf("which is not said: %d", w.Code)
	}

	second = signIn(t, h, p, phone)
	w := h.Form(page+"/"+current+"/end", nil, first)
	webtest.WantRedirect(t, "ending this one", w, "/t/acme/sign-in?notice=signed-out")
	if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the browser keeps it: %v", c)
	}
	webtest.WantRedirect(t, "afterwards", h.Call("GET", "/t/acme/files", "", first), over)

	// A session that no record tells of ends with the rest.
	unrecorded := h.Session(t, p, time.Now(), time.Now())
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := h.Jobs.Identity().TenantManager.AuthForTenant(p.Tenant.IdentityTenant)
	if err != nil {
		t.Fatal(err)
	}
	validAfter := func() int64 {
		u, err := dir.GetUser(t.Context(), p.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		return u.TokensValidAfterMillis
	}
	before := validAfter()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // Google ends what began in an earlier second
	webtest.WantRedirect(t, "signing out everywhere", h.Form(page, url.Values{"which": {"all"}}, second), "/t/acme/sign-in?notice=signed-out")
	for what, gone := range map[string]func(*http.Request){"the one that asked": second, "one without a record": unrecorded} {
		webtest.WantRedirect(t, what, h.Call("GET", "/t/acme/files", "", gone), over)
	}
	if _, err := h.Services.SignIn.Refresh(t.Context(), p.Tenant, tokens.Refresh); err == nil {
		t.Error("a refresh token from before yields a session")
	}
	if validAfter() <= before {
		t.Error("Identity Platform itself still takes the refresh tokens from before")
	}
	webtest.WantPage(t, "signing in anew", h.Call("GET", page, "", signIn(t, h, p, laptop)), 200, "Firefox on Linux")
}

// TestAnothersSessions: an admin sees and ends a person's sessions, and the audit says so; nobody
// else does.
func TestAnothersSessions(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Viewer
	theirs, editor := signIn(t, h, p, phone), signIn(t, h, h.Acme.Editor, laptop)
	admin := signIn(t, h, h.Acme.Admin, laptop)
	at := "/t/acme/people/" + p.ID.String() + "/sessions"
	_, found := listed(t, h, at, admin)
	if len(found) != 1 {
		t.Fatalf("the admin sees %v", found)
	}
	for who, as := range map[string]func(*http.Request){"an editor": editor, "the person": theirs} {
		if get, post := h.Call("GET", at, "", as).Code, h.Form(at, url.Values{"session": {found[0]}}, as).Code; get != 403 || post != 403 {
			t.Errorf("%s: %d, %d", who, get, post)
		}
	}
	webtest.WantRedirect(t, "ending it", h.Form(at, url.Values{"session": {found[0]}}, admin), at+"?notice=session-ended")
	webtest.WantRedirect(t, "the person", h.Call("GET", "/t/acme/files", "", theirs), over)
	theirs = signIn(t, h, p, phone)
	webtest.WantRedirect(t, "ending all", h.Form(at, nil, admin), at+"?notice=sessions-ended")
	webtest.WantRedirect(t, "the person again", h.Call("GET", "/t/acme/files", "", theirs), over)
	for _, wrong := range []string{"/t/acme/people/nobody/sessions", "/t/acme/people/" + h.Globex.Viewer.ID.String() + "/sessions"} {
		if w := h.Form(wrong, nil, admin); w.Code != 404 {
			t.Errorf("%s: %d", wrong, w.Code)
		}
	}

	docs, err := h.Grant(t, h.Acme.Admin).Database().Collection("audit").Where("id", "==", p.ID.String()).Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for _, doc := range docs {
		if doc.Data()["actor"] == h.Acme.Admin.ID.String() {
			action, _ := doc.Data()["action"].(string)
			said[action]++
		}
	}
	for _, action := range []string{"session.end.request", "session.end", "session.end-all.request", "session.end-all"} {
		if said[action] != 1 {
			t.Errorf("the audit has %d entries %s", said[action], action)
		}
	}
}

// TestSessionsOfTheAPI: what a program was handed is a session too, and what pages can do, the API
// can.
func TestSessionsOfTheAPI(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Editor
	type tokens struct{ IDToken, RefreshToken string }
	exchange := func() (tokens, func(*http.Request)) {
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		w := h.Call("POST", "/api/v1/token", `{"email":"`+p.Email+`","password":"`+p.Password+`"}`, webtest.Header("X-TenantId", "acme"),
			webtest.Header("Content-Type", "application/json"), webtest.Header("User-Agent", "curl/8.14.1"))
		got := webtest.Read[tokens](t, w, 200)
		return got, webtest.WithKey(got.IDToken, "acme")
	}
	type list struct{ Sessions []sessions.APISession }
	mine, bearer := exchange()
	_, other := exchange()
	got := webtest.Read[list](t, h.Call("GET", api, "", bearer), 200)
	if len(got.Sessions) != 2 || !got.Sessions[1].Current || got.Sessions[0].Device != "A program (curl)" || !got.Sessions[0].Program || got.Sessions[0].Way != "password" {
		t.Fatalf("listed: %+v", got)
	}
	if w := h.Call("DELETE", api+"/"+got.Sessions[0].ID, "", bearer); w.Code != 204 {
		t.Errorf("ending the other: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "the other", h.Call("GET", api, "", other), 401, "unauthenticated")
	webtest.WantProblem(t, "ending it again", h.Call("DELETE", api+"/"+got.Sessions[0].ID, "", bearer), 404, "not_found")
	webtest.WantProblem(t, "which is not said", h.Call("DELETE", api, "", bearer), 422, "invalid")
	if w := h.Call("DELETE", api+"?which=all", "", bearer); w.Code != 204 {
		t.Errorf("ending all: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "afterwards", h.Call("GET", api, "", bearer), 401, "unauthenticated")
	if _, err := h.Services.SignIn.Refresh(t.Context(), p.Tenant, mine.RefreshToken); err == nil {
		t.Error("the refresh token of an ended session yields tokens")
	}

	admin := h.Bearer(t, h.Acme.Admin, "acme")
	_, bearer = exchange()
	at := "/api/v1/users/" + p.ID.String() + "/sessions"
	got = webtest.Read[list](t, h.Call("GET", at, "", admin), 200)
	if len(got.Sessions) != 1 {
		t.Fatalf("the admin sees %+v", got)
	}
	webtest.WantProblem(t, "an editor at another's", h.Call("GET", "/api/v1/users/"+h.Acme.Viewer.ID.String()+"/sessions", "", bearer), 403, "forbidden")
	if w := h.Call("DELETE", at+"?session="+got.Sessions[0].ID, "", admin); w.Code != 204 {
		t.Errorf("the admin ends it: %d %s", w.Code, w.Body)
	}
	webtest.WantProblem(t, "the person", h.Call("GET", api, "", bearer), 401, "unauthenticated")
	_, key := h.NewKey(t, h.Acme, tenant.Editor)
	program := webtest.WithKey(key, "acme")
	webtest.WantProblem(t, "an API key, which has no sessions", h.Call("GET", api, "", program), 403, "forbidden")
	webtest.WantProblem(t, "an API key ends one", h.Call("DELETE", api+"/"+strings.Repeat("a", 24), "", program), 403, "forbidden")
}

// TestRecordsCostLittle: a session that is in use is noted every five minutes at most.
func TestRecordsCostLittle(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p, now := h.Acme.Viewer, time.Now()
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		noted time.Duration // ago
		again bool
	}{"four minutes ago": {4 * time.Minute, false}, "five minutes ago": {5 * time.Minute, true}} {
		cookie := h.Seal(t, p, sessioncookie.Session{Tokens: tokens, Created: now, Seen: now, Proved: now, Noted: now.Add(-tt.noted)})
		w := h.Call("GET", page, "", cookie)
		webtest.WantPage(t, name, w, 200, p.Email)
		if again := len(w.Result().Cookies()) == 1; again != tt.again {
			t.Errorf("noted %s: noted again %v", name, again)
		}
	}
}

// TestUseThatCannotBeNoted: a session goes on although the database refuses the note of its use, or
// does not answer. The note is tried again a minute later, and not at each request.
func TestUseThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Acme.Viewer
	commits := fault.Rule{
		Method:   "/google.firestore.v1.Firestore/Commit",
		Resource: "projects/" + vendingtest.Project + "/databases/" + h.Acme.Database,
	}
	refused, silent := commits, commits
	refused.Code, silent.Delay = codes.PermissionDenied, time.Hour
	for what, rule := range map[string]fault.Rule{"refused": refused, "not answered": silent} {
		cookie, began := signIn(t, h, p, laptop), time.Now()
		tried := h.Cloud.Faults().Add(rule)
		for _, visit := range []struct {
			after time.Duration // the sign-in
			notes int           // that were tried by then
		}{{4 * time.Minute, 0}, {6 * time.Minute, 1}, {6*time.Minute + 30*time.Second, 1}, {8 * time.Minute, 2}} {
			site := h.SiteAt(t, func() time.Time { return began.Add(visit.after) })
			w := webtest.Call(site, "GET", page, "", cookie)
			webtest.WantPage(t, what+", "+visit.after.String()+" after", w, 200, p.Email)
			if n := tried.Hits(); n != visit.notes {
				t.Errorf("%s, %v after: %d notes were tried, want %d", what, visit.after, n, visit.notes)
			}
			for _, c := range w.Result().Cookies() {
				cookie = webtest.Header("Cookie", c.Name+"="+c.Value)
			}
		}
		tried.Remove()
	}
	if !strings.Contains(h.Log.String(), "the use of a session is not recorded") {
		t.Error("nobody is told that a use was not noted")
	}
}

// TestWhoMayAskAndEnd: what the routes demand is demanded beneath them too, by the record of
// whoever asks.
func TestWhoMayAskAndEnd(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	viewer, editor, admin := h.Acme.Viewer, h.Acme.Editor, h.Acme.Admin
	nobody, err := tenant.ParseUserID("nobody")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what string
		by   vendingtest.Person
		of   tenant.UserID
		want error
	}{
		{"a viewer, of themselves", viewer, viewer.ID, nil},
		{"a viewer, of an editor", viewer, editor.ID, users.ErrForbidden},
		{"an editor, of a viewer", editor, viewer.ID, users.ErrForbidden},
		{"an admin, of a viewer", admin, viewer.ID, nil},
		{"an admin, of nobody", admin, nobody, users.ErrNotFound},
		{"an admin, of another tenant's person", admin, h.Globex.Viewer.ID, users.ErrNotFound},
	} {
		g := h.Grant(t, tt.by)
		if _, err := h.SignOut.SessionsOf(t.Context(), g, tt.of); !errors.Is(err, tt.want) {
			t.Errorf("%s, asks: %v", tt.what, err)
		}
		if err := h.SignOut.EndSessions(t.Context(), g, tt.of); tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s, ends: %v", tt.what, err)
		}
	}
}
