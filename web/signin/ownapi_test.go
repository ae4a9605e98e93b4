package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor/secondfactortest"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const account = "/api/v1/account"

// client is a program of one person's, with the ID token of their sign-in.
type client struct {
	w     *world
	token string
	slug  string
}

// exchange signs a person in over the API; more is what comes beside their password.
func (w *world) exchange(t *testing.T, p vendingtest.Person, more string) *client {
	t.Helper()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // sessions of one second are one
	slug := p.Tenant.Slug.String()
	r := w.Call("POST", "/api/v1/token", `{"email":"`+p.Email+`","password":"`+p.Password+`"`+more+`}`,
		webtest.Header("X-TenantId", slug), webtest.Header("Content-Type", "application/json"))
	return &client{w, webtest.Read[struct{ IDToken string }](t, r, 200).IDToken, slug}
}

func (c *client) call(t *testing.T, method, path string, body any, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		must(t, err)
		text = string(b)
	}
	return c.w.Call(method, account+path, text, append([]func(*http.Request){webtest.WithKey(c.token, c.slug)}, edits...)...)
}

type (
	appSecret struct{ Secret, Address, State string }
	codesMade struct {
		RecoveryCodes []string
		Note          string
	}
	challenge struct {
		Options json.RawMessage
		State   string
	}
	passkeyMade struct {
		ID, Name, Note string
		RecoveryCodes  []string
	}
	factorsShown struct {
		App                *struct{ Added time.Time }
		Passkeys           []struct{ ID, Name string }
		RecoveryCodes      int
		Required, Unproven bool
	}
)

func (c *client) factors(t *testing.T) factorsShown {
	t.Helper()
	return webtest.Read[factorsShown](t, c.call(t, "GET", "/second-factors", nil), 200)
}

// TestOwnAppOverTheAPI: a person sets an app up and takes it away, makes recovery codes anew, and
// is held to the rules of the page: a session that has proven none changes nothing, and the last
// one stays where one is required.
func TestOwnAppOverTheAPI(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	c := w.exchange(t, who, "")
	if got := c.factors(t); got.App != nil || len(got.Passkeys) != 0 || got.Unproven {
		t.Errorf("before anything is set up: %+v", got)
	}
	webtest.WantProblem(t, "removing none", c.call(t, "DELETE", "/app", nil), 409, "not_set_up")
	webtest.WantProblem(t, "codes of nothing", c.call(t, "POST", "/recovery-codes", nil), 409, "not_set_up")
	begun := webtest.Read[appSecret](t, c.call(t, "POST", "/app-secrets", nil), 200)
	if !strings.HasPrefix(begun.Address, "otpauth://totp/") || !strings.Contains(begun.Address, begun.Secret) {
		t.Errorf("the address is %q", begun.Address)
	}
	a := &app{secret: begun.Secret}
	answer := map[string]string{"code": "000000", "state": begun.State}
	webtest.WantProblem(t, "a wrong code", c.call(t, "POST", "/app", answer), 401, "second_factor")
	answer["code"] = a.at(t, 2*time.Minute)
	webtest.WantProblem(t, "a clock two minutes fast", c.call(t, "POST", "/app", answer), 401, "second_factor_clock")
	answer["code"] = a.at(t, 0)
	for what, other := range map[string]*client{
		"another session's": w.exchange(t, who, ""), "another person's": w.exchange(t, w.Acme.Editor, ""), "globex's": w.exchange(t, w.Globex.Viewer, ""),
	} {
		webtest.WantProblem(t, "what was begun in "+what, other.call(t, "POST", "/app", answer), 400, "second_factor_over")
		if got := other.factors(t); got.App != nil {
			t.Errorf("%s has an app", what)
		}
	}
	old := w.SiteAt(t, func() time.Time { return time.Now().Add(11 * time.Minute) })
	for _, change := range [][2]string{
		{"POST", "/app-secrets"}, {"POST", "/app"}, {"DELETE", "/app"}, {"POST", "/passkey-challenges"}, {"POST", "/passkeys"}, {"POST", "/recovery-codes"},
		{"DELETE", "/passkeys/" + strings.Repeat("a", 16)}, {"DELETE", "/sign-in-methods/" + strings.Repeat("a", 52)},
	} {
		r := webtest.Call(old, change[0], account+change[1], "{}", webtest.WithKey(c.token, "acme"))
		webtest.WantProblem(t, "a sign-in of eleven minutes ago: "+change[0]+" "+change[1], r, 401, "reauthentication_required")
	}

	once := webtest.Header("Idempotency-Key", "set up")
	answer["code"] = a.code(t)
	made := webtest.Read[codesMade](t, c.call(t, "POST", "/app", answer, once), 201)
	a.first, a.codes = answer["code"], made.RecoveryCodes
	again := c.call(t, "POST", "/app", answer, once)
	if got := webtest.Read[codesMade](t, again, 201); got.RecoveryCodes != nil || got.Note == "" || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the repeat: %v %s", again.Header(), again.Body)
	}
	if got := c.factors(t); len(a.codes) != secondfactor.RecoveryCodes || got.App == nil || got.RecoveryCodes != len(a.codes) || !got.Unproven {
		t.Errorf("set up, with %d codes: %+v", len(a.codes), got)
	}
	for what, r := range map[string]*httptest.ResponseRecorder{
		"removes it": c.call(t, "DELETE", "/app", nil), "makes codes": c.call(t, "POST", "/recovery-codes", nil),
		"begins another": c.call(t, "POST", "/app-secrets", nil), "begins a passkey": c.call(t, "POST", "/passkey-challenges", nil),
		"changes the password": c.call(t, "PUT", "/password", map[string]string{"currentPassword": who.Password, "password": "another one, long"}),
		"changes the address":  c.call(t, "POST", "/address-letters", map[string]string{"currentPassword": who.Password, "email": "new@acme.test"}),
		"erases the account":   c.call(t, "POST", "/erasure", map[string]string{"currentPassword": who.Password}),
	} {
		webtest.WantProblem(t, "a session that has proven none "+what, r, 403, "factor_unproven")
	}

	c = w.exchange(t, who, `,"recoveryCode":"`+a.codes[0]+`"`)
	if got := c.factors(t); got.RecoveryCodes != len(a.codes)-1 || got.Unproven {
		t.Errorf("with a recovery code: %+v", got)
	}
	webtest.WantProblem(t, "an app beside it", c.call(t, "POST", "/app-secrets", nil), 409, "set_up")
	anew := c.call(t, "POST", "/recovery-codes", nil, webtest.Header("Idempotency-Key", "anew"))
	fresh := webtest.Read[codesMade](t, anew, 201).RecoveryCodes
	if len(fresh) != secondfactor.RecoveryCodes || anew.Header().Get("Location") != account+"/second-factors" {
		t.Errorf("anew: %v %s", anew.Header(), anew.Body)
	}
	repeat := webtest.Read[codesMade](t, c.call(t, "POST", "/recovery-codes", nil, webtest.Header("Idempotency-Key", "anew")), 201)
	if repeat.RecoveryCodes != nil || repeat.Note == "" {
		t.Errorf("the repeat shows codes: %+v", repeat)
	}
	token := func(code string) *httptest.ResponseRecorder {
		return w.Call("POST", "/api/v1/token", `{"email":"`+who.Email+`","password":"`+who.Password+`","recoveryCode":"`+code+`"}`,
			webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
	}
	webtest.WantProblem(t, "a code of before", token(a.codes[1]), 401, "recovery_code_used")
	if r := token(fresh[0]); r.Code != 200 {
		t.Errorf("a new one, which the repeat has not replaced: %d %s", r.Code, r.Body)
	}
	webtest.WantProblem(t, "it again", token(fresh[0]), 401, "recovery_code_used")

	w.set(t, w.Acme, func(p *authpolicy.Policy) {
		p.SecondFactor = authpolicy.SecondFactor{Since: time.Now().Add(-time.Hour)}
	})
	webtest.WantProblem(t, "the last one, where one is required", c.call(t, "DELETE", "/app", nil), 409, "last_factor")
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.SecondFactor = authpolicy.SecondFactor{} })
	if r := c.call(t, "DELETE", "/app", nil); r.Code != http.StatusNoContent {
		t.Errorf("removing it: %d %s", r.Code, r.Body)
	}
	if got := c.factors(t); got.App != nil || got.RecoveryCodes != 0 {
		t.Errorf("afterwards: %+v", got)
	}
}

// TestOwnPasskeysOverTheAPI: a browser makes a passkey with the options that the API gives, and the
// API takes what it made: of our origin, in the session that asked, once.
func TestOwnPasskeysOverTheAPI(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	c, other, editor := w.exchange(t, who, ""), w.exchange(t, who, ""), w.exchange(t, w.Acme.Editor, "")
	begin := func(c *client) challenge {
		return webtest.Read[challenge](t, c.call(t, "POST", "/passkey-challenges", nil), 200)
	}
	body := func(q challenge, key *secondfactortest.Authenticator, name string) map[string]any {
		return map[string]any{"name": name, "state": q.State, "credential": json.RawMessage(key.Create(t, q.Options))}
	}
	key := func() *secondfactortest.Authenticator {
		return secondfactortest.New(t, vendingtest.Origin, "app.test")
	}
	elsewhere := secondfactortest.New(t, "http://acme.app.test", "app.test")
	q := begin(c)
	webtest.WantProblem(t, "a passkey of another origin", c.call(t, "POST", "/passkeys", body(q, elsewhere, "Elsewhere")), 401, "passkey")
	webtest.WantProblem(t, "of another session", other.call(t, "POST", "/passkeys", body(q, key(), "Other")), 401, "passkey")
	webtest.WantProblem(t, "of another person", editor.call(t, "POST", "/passkeys", body(q, key(), "Editor's")), 401, "passkey")
	webtest.WantProblem(t, "without a name", c.call(t, "POST", "/passkeys", body(q, key(), " ")), 422, "invalid")
	webtest.WantProblem(t, "no passkey", c.call(t, "POST", "/passkeys", map[string]any{"name": "x", "state": q.State, "credential": map[string]any{}}), 401, "passkey")
	if got := c.factors(t); len(got.Passkeys) != 0 {
		t.Fatalf("set up by now: %+v", got)
	}
	asked, once := body(q, key(), "Laptop of Vera"), webtest.Header("Idempotency-Key", "laptop")
	r := c.call(t, "POST", "/passkeys", asked, once)
	made := webtest.Read[passkeyMade](t, r, 201)
	if made.Name != "Laptop of Vera" || len(made.RecoveryCodes) != secondfactor.RecoveryCodes || r.Header().Get("Location") != account+"/passkeys/"+made.ID {
		t.Errorf("made: %v %s", r.Header(), r.Body)
	}
	again := webtest.Read[passkeyMade](t, c.call(t, "POST", "/passkeys", asked, once), 201)
	if again.ID != made.ID || again.RecoveryCodes != nil || again.Note == "" {
		t.Errorf("the repeat: %+v", again)
	}
	proven := w.exchange(t, who, `,"recoveryCode":"`+made.RecoveryCodes[0]+`"`)
	webtest.WantProblem(t, "another one, by a session that has proven none", c.call(t, "POST", "/passkeys", body(q, key(), "Twice")), 403, "factor_unproven")

	at := "/passkeys/" + made.ID
	if got := webtest.Read[passkeyMade](t, proven.call(t, "GET", at, nil), 200); got.Name != made.Name {
		t.Errorf("read: %+v", got)
	}
	for what, r := range map[string]*httptest.ResponseRecorder{
		"reads it": editor.call(t, "GET", at, nil), "removes it": editor.call(t, "DELETE", at, nil),
	} {
		webtest.WantProblem(t, "another person "+what, r, 404, "not_found")
	}
	second := begin(proven)
	webtest.WantProblem(t, "the first one's challenge", proven.call(t, "POST", "/passkeys", body(q, key(), "Twice")), 401, "passkey")
	phone := webtest.Read[passkeyMade](t, proven.call(t, "POST", "/passkeys", body(second, key(), "Phone")), 201)
	if phone.RecoveryCodes != nil || phone.ID == made.ID {
		t.Errorf("a second one: %+v", phone)
	}
	webtest.WantProblem(t, "a session that has proven none", c.call(t, "DELETE", at, nil), 403, "factor_unproven")
	if r := proven.call(t, "DELETE", at, nil); r.Code != http.StatusNoContent {
		t.Errorf("removing it: %d %s", r.Code, r.Body)
	}
	webtest.WantProblem(t, "removing it again", proven.call(t, "DELETE", at, nil), 404, "not_found")
	if got := proven.factors(t); len(got.Passkeys) != 1 || got.Passkeys[0].Name != "Phone" {
		t.Errorf("what is left: %+v", got)
	}
}

// TestOwnMethodsOverTheAPI: a person sees which providers are connected, and disconnects theirs.
// Connecting one is for a browser, and the answer says where.
func TestOwnMethodsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"))
	viewer := w.Acme.Viewer
	type method struct {
		ID, Provider, Name, Subject string
		Open, Last                  bool
	}
	type shown struct {
		Password  bool
		Methods   []method
		Available []struct{ Provider, Name string }
		ConnectAt string
	}
	list := func(c *client) shown { return webtest.Read[shown](t, c.call(t, "GET", "/sign-in-methods", nil), 200) }
	c, editor := w.exchange(t, viewer, ""), w.exchange(t, w.Acme.Editor, "")
	got := list(c)
	if !got.Password || len(got.Methods) != 0 || len(got.Available) != 1 || got.Available[0].Provider != o.ID.String() ||
		got.ConnectAt != vendingtest.Origin+"/t/acme/sign-in-methods" {
		t.Fatalf("before: %+v", got)
	}
	w.connect(t, viewer, o, "ann@id.acme.test")
	got = list(c)
	if len(got.Methods) != 1 || len(got.Available) != 0 || !got.Methods[0].Open || got.Methods[0].Last || got.Methods[0].Subject != "1" {
		t.Fatalf("connected: %+v", got)
	}
	at := "/sign-in-methods/" + got.Methods[0].ID
	webtest.WantProblem(t, "another person", editor.call(t, "DELETE", at, nil), 404, "not_found")
	webtest.WantProblem(t, "what is no identifier", c.call(t, "DELETE", "/sign-in-methods/x", nil), 400, "malformed")
	if r := c.call(t, "DELETE", at, nil); r.Code != http.StatusNoContent {
		t.Errorf("disconnecting: %d %s", r.Code, r.Body)
	}
	webtest.WantProblem(t, "again", c.call(t, "DELETE", at, nil), 404, "not_found")
	out := w.browser()
	out.wantOut(t, "the viewer, disconnected", w.Acme, out.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), 403, "does not know you")

	w.connect(t, viewer, o, "ann@id.acme.test")
	in := w.browser()
	in.wantIn(t, "the viewer", w.Acme, in.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), viewer.Email)
	s, err := w.Sessions.Open(w.Acme.ID, in.cookies["__Host-bh-acme"])
	must(t, err)
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) })
	atProvider := &client{w, s.ID, "acme"}
	if got := list(atProvider); got.Password || len(got.Methods) != 1 || !got.Methods[0].Last {
		t.Errorf("where passwords are refused: %+v", got)
	}
	webtest.WantProblem(t, "the last way in", atProvider.call(t, "DELETE", at, nil), 409, "last_login")
	webtest.WantProblem(t, "a password session", c.call(t, "GET", "/sign-in-methods", nil), 401, "sign_in_way")
}

// A session that began before its person set a second factor up, and has proven none, takes nothing
// away: no way to sign in, and not the account, whether or not there is a password to ask for.
func TestUnprovenSessionTakesNothingAway(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", asViewer, ann("1", "ann@id.acme.test"), ann("2", "bea@id.acme.test"))
	w.connect(t, w.Acme.Viewer, o, "ann@id.acme.test")
	b := w.browser()
	b.wantIn(t, "bea, for the first time", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "bea@id.acme.test"), "bea@id.acme.test")
	s, err := w.Sessions.Open(w.Acme.ID, b.cookies["__Host-bh-acme"])
	must(t, err)
	for what, c := range map[string]*client{
		"with a password": w.exchange(t, w.Acme.Viewer, ""), "without one": {w, s.ID, "acme"},
	} {
		begun := webtest.Read[appSecret](t, c.call(t, "POST", "/app-secrets", nil), 200)
		a := &app{secret: begun.Secret}
		set := c.call(t, "POST", "/app", map[string]string{"code": a.at(t, 0), "state": begun.State})
		webtest.Read[codesMade](t, set, 201)
		erasure := map[string]string{"currentPassword": w.Acme.Viewer.Password}
		webtest.WantProblem(t, what+": erasing", c.call(t, "POST", "/erasure", erasure), 403, "factor_unproven")
		ways := webtest.Read[struct{ Methods []struct{ ID string } }](t, c.call(t, "GET", "/sign-in-methods", nil), 200)
		if len(ways.Methods) != 1 {
			t.Fatalf("%s: %d ways", what, len(ways.Methods))
		}
		if what == "with a password" { // for the other it is the last one
			webtest.WantProblem(t, what+": disconnecting", c.call(t, "DELETE", "/sign-in-methods/"+ways.Methods[0].ID, nil), 403, "factor_unproven")
		}
	}
}
