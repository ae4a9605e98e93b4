package signin_test

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const factorStep = "/t/acme/sign-in/second-factor"

var (
	secretIn  = regexp.MustCompile(`data-testid="secret">([A-Z2-7 ]+)<`)
	stateIn   = regexp.MustCompile(`name="state" value="([^"]+)"`)
	codesIn   = regexp.MustCompile(`[a-z2-7]{4}(?:-[a-z2-7]{4}){3}`)
	optionsIn = regexp.MustCompile(`data-options="([^"]+)"`)
)

// app is somebody's authenticator app. Its codes are those from a step ago on: each counts once.
type app struct {
	secret string
	steps  int
	first  string   // the code that set it up
	codes  []string // recovery codes
}

func (a *app) code(t *testing.T) string {
	t.Helper()
	if a.steps > 2 {
		t.Fatal("the test asks for more codes than half a minute has")
	}
	c := a.at(t, time.Duration(a.steps-1)*secondfactor.Step)
	a.steps++
	return c
}

// at is the code that the app shows that long after now.
func (a *app) at(t *testing.T, off time.Duration) string {
	t.Helper()
	c, err := secondfactor.Code(a.secret, time.Now().Add(off))
	must(t, err)
	return c
}

func found(t *testing.T, in *regexp.Regexp, page string) string {
	t.Helper()
	m := in.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("%v is not in %.600s", in, page)
	}
	return html.UnescapeString(m[1])
}

// setUp sets an app up at an address whose page shows a secret.
func (b *browser) setUp(t *testing.T, at string) *app {
	t.Helper()
	page := b.get(at).Body.String()
	a := &app{secret: strings.ReplaceAll(found(t, secretIn, page), " ", "")}
	a.first = a.code(t)
	r := b.form(at, url.Values{"code": {a.first}, "state": {found(t, stateIn, page)}})
	a.codes = codesIn.FindAllString(r.Body.String(), -1)
	if r.Code != 201 || len(a.codes) != secondfactor.RecoveryCodes {
		t.Fatalf("set up: %d, %d codes: %.400s", r.Code, len(a.codes), r.Body)
	}
	return a
}

// password goes as far as the password does.
func (w *world) password(t *testing.T, p vendingtest.Person) *browser {
	t.Helper()
	b := w.browser()
	r := b.form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
	webtest.WantRedirect(t, "the password of "+p.Email, r, factorStep)
	return b
}

func (b *browser) wantShut(t *testing.T, what string) {
	t.Helper()
	if r := b.get("/t/acme/people"); r.Code != 303 || !strings.HasPrefix(r.Header().Get("Location"), "/t/acme/sign-in") {
		t.Errorf("%s: somebody is in: %d", what, r.Code)
	}
}

// Whoever has set an app up is asked for it: a password alone opens nothing, each code and each
// recovery code counts once, and five wrong codes lock the app and not the recovery codes.
func TestSecondFactorOnPages(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Editor
	before := w.signedIn(t, who)
	a := before.setUp(t, "/t/acme/second-factor/app")
	webtest.WantPage(t, "the session that set it up", before.get("/t/acme/people"), 200, "")
	webtest.WantPage(t, "which changes nothing more", before.form("/t/acme/second-factor/app/remove", url.Values{}), 403, "has not proven it")

	b := w.password(t, who)
	b.wantShut(t, "the password alone")
	for _, c := range []struct {
		name, field, value string
		status             int
		says               string
	}{
		{"no code", "code", "12345", 401, "six digits"},
		{"the code that set it up", "code", a.first, 401, "used already"},
		{"a clock two minutes slow", "code", a.at(t, -2*time.Minute), 401, "2 minutes behind our clock"},
		{"no recovery code", "recovery", "abcd-efgh-2345-ijkl", 401, "Each works once"},
	} {
		webtest.WantPage(t, c.name, b.form(factorStep, url.Values{c.field: {c.value}}), c.status, c.says)
		b.wantShut(t, c.name)
	}
	code := a.code(t)
	b.wantIn(t, "the code", w.Acme, b.form(factorStep, url.Values{"code": {code}}), who.Email)
	again := w.password(t, who)
	webtest.WantPage(t, "the same code again", again.form(factorStep, url.Values{"code": {code}}), 401, "used already")
	again.wantIn(t, "a recovery code", w.Acme, again.form(factorStep, url.Values{"recovery": {strings.ToUpper(a.codes[0])}}), who.Email)

	guesser := w.password(t, who)
	webtest.WantPage(t, "a used recovery code", guesser.form(factorStep, url.Values{"recovery": {a.codes[0]}}), 401, "Each works once")
	for range 5 {
		guesser.form(factorStep, url.Values{"code": {a.at(t, 2*time.Minute)}})
	}
	webtest.WantPage(t, "locked", guesser.form(factorStep, url.Values{"code": {a.at(t, secondfactor.Step)}}), 429, "15 minutes")
	guesser.wantShut(t, "locked")
	guesser.wantIn(t, "a recovery code, locked", w.Acme, guesser.form(factorStep, url.Values{"recovery": {a.codes[1]}}), who.Email)
}

// Whoever changes their password goes on with the second factor that they had proven. A session
// that has proven none changes nothing.
func TestPasswordChangedWithASecondFactor(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Editor
	before := w.signedIn(t, who)
	a := before.setUp(t, "/t/acme/second-factor/app")
	change := url.Values{"current-password": {who.Password}, "password": {"another one, long"}}
	webtest.WantPage(t, "a session that has proven none", before.form("/t/acme/account/password", change), 403, "has not proven it")

	b := w.password(t, who)
	b.wantIn(t, "the code", w.Acme, b.form(factorStep, url.Values{"code": {a.code(t)}}), who.Email)
	webtest.WantRedirect(t, "the change", b.form("/t/acme/account/password", change), "/t/acme/account?notice=password-changed")
	webtest.WantPage(t, "the session goes on", b.get("/t/acme/people"), 200, "")
	webtest.WantRedirect(t, "with its second factor", b.form("/t/acme/second-factor/app/remove", url.Values{}), "/t/acme/second-factor?notice=second-factor-removed")
}

// What the browser keeps between the factors is of one person, tenant and browser, for ten minutes.
func TestBetweenTheFactors(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Editor
	a := w.signedIn(t, who).setUp(t, "/t/acme/second-factor/app")
	other := w.signedIn(t, w.Acme.Viewer).setUp(t, "/t/acme/second-factor/app")
	b := w.password(t, who)
	over := "/t/acme/sign-in?notice=second-factor-over"
	webtest.WantRedirect(t, "another browser", w.browser().form(factorStep, url.Values{"code": {a.code(t)}}), over)
	kept := b.cookies["__Host-bh2-acme"]
	globex := w.browser()
	globex.cookies["__Host-bh2-globex"] = kept
	webtest.WantRedirect(t, "another tenant", globex.form("/t/globex/sign-in/second-factor", url.Values{"code": {a.at(t, 0)}}),
		"/t/globex/sign-in?notice=second-factor-over")
	session := w.browser()
	session.cookies["__Host-bh-acme"] = kept
	session.wantShut(t, "it is no session")
	webtest.WantPage(t, "another person's code", b.form(factorStep, url.Values{"code": {other.at(t, 0)}}), 401, "")
	webtest.WantPage(t, "another person's recovery code", b.form(factorStep, url.Values{"recovery": {other.codes[0]}}), 401, "")
	for _, c := range []struct {
		after time.Duration
		want  error
	}{{9 * time.Minute, secondfactor.ErrRecovery}, {10 * time.Minute, mfa.ErrPending}} {
		later := w.Process(t, func() time.Time { return time.Now().Add(c.after) })
		if _, _, err := later.SignIn.Prove(t.Context(), w.Acme.Tenant, kept, mfa.FactorAnswer{Recovery: "x"}); !errors.Is(err, c.want) {
			t.Errorf("%v later: got %v, want %v", c.after, err, c.want)
		}
	}
	b.wantIn(t, "in the end", w.Acme, b.form(factorStep, url.Values{"code": {a.code(t)}}), who.Email)
	if len(b.cookies) != 1 {
		t.Errorf("the browser keeps %d cookies", len(b.cookies))
	}
}

// One recovery code in two processes at once lets in one.
func TestOneRecoveryCodeInTwoProcesses(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	a := w.signedIn(t, who).setUp(t, "/t/acme/second-factor/app")
	kept := w.password(t, who).cookies["__Host-bh2-acme"]
	processes := []*signin.Service{w.Services.SignIn, w.Process(t, nil).SignIn}
	for _, answer := range []mfa.FactorAnswer{{Recovery: a.codes[0]}, {Code: a.code(t)}} {
		var in sync.WaitGroup
		errs := make([]error, len(processes))
		for i, p := range processes {
			in.Go(func() { _, _, errs[i] = p.Prove(t.Context(), w.Acme.Tenant, kept, answer) })
		}
		in.Wait()
		first, other := errs[0], errs[1]
		if first != nil {
			first, other = other, first
		}
		if first != nil || !errors.Is(other, secondfactor.ErrRecovery) && !errors.Is(other, secondfactor.ErrCodeUsed) {
			t.Errorf("%+v: %v and %v, want one in", answer, errs[0], errs[1])
		}
	}
}

// Every grant type of the API wants the second factor, in the same request.
func TestSecondFactorInTheAPI(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Editor
	old, err := w.Services.SignIn.SignInWithPassword(t.Context(), who.Tenant, who.Email, who.Password)
	must(t, err)
	a := w.signedIn(t, who).setUp(t, "/t/acme/second-factor/app")
	token := func(fields map[string]string) (int, webtest.ProblemBody, sessioncookie.Tokens) {
		t.Helper()
		body, err := json.Marshal(fields)
		must(t, err)
		r := w.Call("POST", "/api/v1/token", string(body), webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
		var p webtest.ProblemBody
		var got struct{ IDToken, RefreshToken string }
		must(t, json.Unmarshal(r.Body.Bytes(), &p))
		must(t, json.Unmarshal(r.Body.Bytes(), &got))
		return r.Code, p, sessioncookie.Tokens{ID: got.IDToken, Refresh: got.RefreshToken}
	}
	password := func(more ...string) map[string]string {
		f := map[string]string{"email": who.Email, "password": who.Password}
		for i := 0; i < len(more); i += 2 {
			f[more[i]] = more[i+1]
		}
		return f
	}
	for name, c := range map[string]struct {
		fields map[string]string
		status int
		code   string
	}{
		"a password alone":          {password(), 403, "second_factor_required"},
		"an initial token alone":    {map[string]string{"idToken": w.InitialToken(t, who)}, 403, "second_factor_required"},
		"a wrong recovery code":     {password("recoveryCode", "abcd-efgh-2345-ijkl"), 401, "recovery_code_used"},
		"the code that set it up":   {password("code", a.first), 401, "second_factor_used"},
		"a clock two minutes fast":  {password("code", a.at(t, 2*time.Minute)), 401, "second_factor_clock"},
		"a code and a recovery one": {password("code", a.at(t, 0), "recoveryCode", a.codes[0]), 422, "invalid"},
	} {
		status, p, tokens := token(c.fields)
		if status != c.status || p.Code != c.code || tokens.ID != "" {
			t.Errorf("%s: %d %s, a token: %v", name, status, p.Code, tokens.ID != "")
		}
	}
	status, _, tokens := token(password("code", a.code(t)))
	if status != 200 {
		t.Fatalf("with a code: %d", status)
	}
	if status, _, renewed := token(map[string]string{"refreshToken": tokens.Refresh}); status != 200 || renewed.ID == "" {
		t.Errorf("refreshing what has proven it: %d", status)
	}
	if status, _, _ := token(map[string]string{"idToken": w.InitialToken(t, who), "recoveryCode": a.codes[0]}); status != 200 {
		t.Errorf("an initial token with a recovery code: %d", status)
	}
	if status, _, _ := token(map[string]string{"refreshToken": old.Refresh}); status != 200 {
		t.Errorf("refreshing a session of before: %d", status)
	}
	w.set(t, w.Acme, func(p *authpolicy.Policy) {
		p.SecondFactor = authpolicy.SecondFactor{Since: time.Now().Add(-time.Hour)}
	})
	if status, p, _ := token(map[string]string{"refreshToken": old.Refresh}); status != 403 || p.Code != "second_factor_required" {
		t.Errorf("refreshing it where one is required: %d %s", status, p.Code)
	}
	if status, _, _ := token(map[string]string{"refreshToken": tokens.Refresh}); status != 200 {
		t.Errorf("refreshing what has proven it, where one is required: %d", status)
	}
	r := w.Call("GET", "/api/v1/users", "", webtest.Header("X-TenantId", "acme"), webtest.Header("Authorization", "Bearer "+old.ID))
	webtest.WantProblem(t, "a bearer of before", r, 403, "second_factor_required")
}

// Where one is required, people are told within the grace. After it only setting one up works.
func TestSecondFactorIsRequired(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	b := w.signedIn(t, who)
	w.set(t, w.Acme, func(p *authpolicy.Policy) {
		p.SecondFactor = authpolicy.SecondFactor{}.Require(7*24*time.Hour, time.Now())
	})
	webtest.WantPage(t, "within the grace", b.get("/t/acme/files"), 200, "requires a second factor")
	within := w.signedIn(t, who)
	webtest.WantPage(t, "signed in within the grace", within.get("/t/acme/people"), 200, "requires a second factor")

	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.SecondFactor.Since = time.Now().Add(-8 * 24 * time.Hour) })
	b.wantShut(t, "after the grace")
	late := w.password(t, who)
	webtest.WantPage(t, "only setting up", late.get(factorStep), 200, "Set one up to go on")
	late.wantShut(t, "before it is set up")
	for _, path := range []string{"/t/acme/second-factor", "/t/acme/second-factor/app", "/t/acme/files", "/t/acme/sign-in-methods"} {
		if r := late.get(path); r.Code != 303 {
			t.Errorf("%s before it is set up: %d", path, r.Code)
		}
	}
	two := w.password(t, who)
	page := two.get(factorStep).Body.String()
	a := late.setUp(t, factorStep)
	webtest.WantPage(t, "in", late.get("/t/acme/people"), 200, who.Email)
	if strings.Contains(late.get("/t/acme/files").Body.String(), "requires a second factor") {
		t.Error("whoever has proven one is told to set one up")
	}
	secret := &app{secret: strings.ReplaceAll(found(t, secretIn, page), " ", "")}
	r := two.form(factorStep, url.Values{"code": {secret.at(t, 0)}, "state": {found(t, stateIn, page)}})
	webtest.WantRedirect(t, "a second person with the password", r, "/t/acme/sign-in?notice=second-factor-over")
	webtest.WantPage(t, "the last one stays", late.form("/t/acme/second-factor/app/remove", url.Values{}), 409, "your last one")
	if r := late.form("/t/acme/second-factor/codes", url.Values{}); r.Code != 201 || strings.Contains(r.Body.String(), a.codes[3]) {
		t.Errorf("new recovery codes: %d", r.Code)
	}
	again := w.password(t, who)
	webtest.WantPage(t, "an old recovery code", again.form(factorStep, url.Values{"recovery": {a.codes[3]}}), 401, "Each works once")
	if r := w.Call("POST", "/api/v1/token", `{"email":"`+w.Acme.Editor.Email+`","password":"`+w.Acme.Editor.Password+`","code":"123456"}`,
		webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json")); r.Code != 403 {
		t.Errorf("the API sets one up: %d", r.Code)
	}
}

// An admin resets another's, which ends their sessions and is entered in the audit. An editor does
// not, and nobody their own.
func TestAdminResetsSecondFactor(t *testing.T) {
	w := newWorld(t)
	who := w.Acme.Viewer
	lost := w.signedIn(t, who)
	lost.setUp(t, "/t/acme/second-factor/app")
	path := "/t/acme/people/" + who.ID.String() + "/second-factor"
	webtest.WantPage(t, "an editor", w.signedIn(t, w.Acme.Editor).form(path, url.Values{}), 403, "")
	admin := w.signedIn(t, w.Acme.Admin)
	if r := admin.form("/t/acme/people/"+w.Acme.Admin.ID.String()+"/second-factor", url.Values{}); r.Code != 422 {
		t.Errorf("an admin's own: %d", r.Code)
	}
	if r := admin.form("/t/acme/people/nobody/second-factor", url.Values{}); r.Code != 404 {
		t.Errorf("of nobody: %d", r.Code)
	}
	w.password(t, who)
	webtest.WantPage(t, "the question", admin.get(path), 200, "Reset the second factor of")
	webtest.WantRedirect(t, "the reset", admin.form(path, url.Values{}), "/t/acme/people?notice=factors-reset")
	lost.wantShut(t, "the session of before")
	fresh := w.signedIn(t, who)
	webtest.WantPage(t, "with the password alone", fresh.get("/t/acme/people"), 200, who.Email)
	docs, err := w.Grant(t, w.Acme.Admin).Database().Collection("audit").Where("action", "==", "user.second-factor.reset").Documents(t.Context()).GetAll()
	must(t, err)
	if len(docs) != 1 || docs[0].Data()["actor"] != w.Acme.Admin.ID.String() || docs[0].Data()["id"] != who.ID.String() {
		t.Errorf("the audit has %d entries", len(docs))
	}
	notes, err := w.Job(t, mail.SendKind, w.Acme).Database().Collection("mails").Documents(t.Context()).GetAll()
	must(t, err)
	if len(notes) != 1 || notes[0].Data()["user"] != who.ID.String() {
		t.Errorf("%d letters wait, want one to the person", len(notes))
	}
}
