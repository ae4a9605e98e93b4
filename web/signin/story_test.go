package signin_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// Two tenants with their own providers at one host, which differ in the path alone. Everybody is
// number 1 there.
func TestSignInAtAProvider(t *testing.T) {
	w := newWorld(t)
	editor := w.Acme.Editor
	_, acme := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"), ann("2", "eve@id.acme.test"), ann("3", editor.Email))
	_, globex := w.provider(t, w.Globex, "globex", nil, ann("1", "ann@id.globex.test"))
	_, second := w.provider(t, w.Acme, "second", nil, ann("1", "ann@id.second.test"))

	t.Run("the sign-in page offers the tenant's own providers", func(t *testing.T) {
		page := w.browser().get("/t/acme/sign-in").Body.String()
		if !strings.Contains(page, "Sign in with ID of acme") || !strings.Contains(page, "Sign in with ID of second") ||
			strings.Contains(page, "ID of globex") || !strings.Contains(page, `name="password"`) {
			t.Errorf("%s", page)
		}
	})
	t.Run("a stranger is refused, and the admin sees who came", func(t *testing.T) {
		b := w.browser()
		b.wantOut(t, "eve, unknown", w.Acme, b.through(t, w.Acme, acme, federation.ToSignIn, "eve@id.acme.test"), 403, "does not know you")
		if f := w.failed(t, w.Acme); f.Step != federation.StepPerson || f.Subject != "2" || f.Email != "eve@id.acme.test" || f.Provider != acme.ID {
			t.Errorf("kept: %+v", f)
		}
	})
	t.Run("an address joins nobody", func(t *testing.T) {
		b := w.browser()
		b.wantOut(t, "somebody with the editor's address", w.Acme, b.through(t, w.Acme, acme, federation.ToSignIn, editor.Email), 403, "does not know you")
	})
	w.connect(t, editor, acme, "ann@id.acme.test")
	t.Run("whoever has connected the provider signs in with it", func(t *testing.T) {
		b := w.browser()
		b.wantIn(t, "the editor", w.Acme, b.through(t, w.Acme, acme, federation.ToSignIn, "ann@id.acme.test"), editor.Email)
	})
	t.Run("the same number at another issuer is another person", func(t *testing.T) {
		b := w.browser()
		b.wantOut(t, "number 1 of the second provider", w.Acme, b.through(t, w.Acme, second, federation.ToSignIn, "ann@id.second.test"), 403, "does not know you")
		b = w.browser()
		b.wantOut(t, "number 1 of globex", w.Globex, b.through(t, w.Globex, globex, federation.ToSignIn, "ann@id.globex.test"), 403, "does not know you")
	})
	t.Run("one tenant's provider is none of another's", func(t *testing.T) {
		r := w.browser().form("/t/globex/sign-in/provider/"+acme.ID.String(), url.Values{})
		webtest.WantPage(t, "globex with acme's provider", r, 404, "no such provider")
	})
	t.Run("somebody else's connection cannot be taken over", func(t *testing.T) {
		b := w.signedIn(t, w.Acme.Viewer)
		r := b.through(t, w.Acme, acme, federation.ToConnect, "ann@id.acme.test")
		webtest.WantPage(t, "the viewer connects who the editor is", r, 409, "Another account")
	})
	t.Run("disabled", func(t *testing.T) {
		g := w.Grant(t, w.Acme.Admin)
		_, err := w.People.SetDisabled(t.Context(), g, editor.ID, true)
		must(t, err)
		b := w.browser()
		b.wantOut(t, "the disabled editor", w.Acme, b.through(t, w.Acme, acme, federation.ToSignIn, "ann@id.acme.test"), 403, "disabled")
	})
	t.Run("a provider that is closed ends what began there", func(t *testing.T) {
		w.connect(t, w.Acme.Viewer, second, "ann@id.second.test")
		b := w.browser()
		b.wantIn(t, "the viewer", w.Acme, b.through(t, w.Acme, second, federation.ToSignIn, "ann@id.second.test"), w.Acme.Viewer.Email)
		w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Providers[1].State = authpolicy.Tested })
		if r := b.get("/t/acme/people"); r.Code != 303 {
			t.Errorf("a session of a provider that is closed: %d", r.Code)
		}
	})
}

func TestSomebodyNewIsMadeAViewer(t *testing.T) {
	w := newWorld(t)
	unverified := ann("9", "uma@id.acme.test")
	unverified.EmailVerified = false
	_, o := w.provider(t, w.Acme, "acme", asViewer, ann("1", "New@id.acme.test"), ann("2", w.Acme.Editor.Email), unverified)

	b := w.browser()
	b.wantIn(t, "somebody new", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "New@id.acme.test"), "new@id.acme.test")
	u := w.person(t, w.Acme, "new@id.acme.test")
	if u == nil || u.Role != tenant.Viewer || u.Name != "Ann" {
		t.Fatalf("the record: %+v", u)
	}
	if w.person(t, w.Globex, "new@id.acme.test") != nil {
		t.Error("globex has the person, too")
	}
	t.Run("once", func(t *testing.T) {
		b := w.browser()
		b.wantIn(t, "the second time", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "New@id.acme.test"), "new@id.acme.test")
		if again := w.person(t, w.Acme, "new@id.acme.test"); again.ID != u.ID {
			t.Errorf("another person: %v and %v", again.ID, u.ID)
		}
	})
	t.Run("Google's console shows the account, linked and without a password", func(t *testing.T) {
		dir, err := w.Web.Identity().TenantManager.AuthForTenant(w.Acme.IdentityTenant)
		must(t, err)
		account, err := dir.GetUser(t.Context(), u.ID.String())
		must(t, err)
		if len(account.ProviderUserInfo) != 1 || account.ProviderUserInfo[0].ProviderID != o.ID.AtGoogle() || account.ProviderUserInfo[0].UID != "1" {
			t.Errorf("linked: %+v", account.ProviderUserInfo)
		}
	})
	t.Run("an address that a person has is not joined", func(t *testing.T) {
		b := w.browser()
		r := b.through(t, w.Acme, o, federation.ToSignIn, w.Acme.Editor.Email)
		b.wantOut(t, "somebody with the editor's address", w.Acme, r, 409, "An account with this address exists")
		if f := w.failed(t, w.Acme); f.Step != federation.StepPerson || f.Subject != "2" {
			t.Errorf("kept: %+v", f)
		}
	})
	t.Run("an address that is not verified makes nobody", func(t *testing.T) {
		b := w.browser()
		b.wantOut(t, "uma", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "uma@id.acme.test"), 403, "verified")
		if w.person(t, w.Acme, "uma@id.acme.test") != nil {
			t.Error("a record was made")
		}
	})
}

func TestGroupsGiveRoles(t *testing.T) {
	w := newWorld(t)
	grouped := func(subject, email string, groups ...string) oidc.User {
		u := ann(subject, email)
		u.Groups = groups
		return u
	}
	_, o := w.provider(t, w.Acme, "acme", func(o *authpolicy.OIDC) {
		o.First, o.GroupsClaim = authpolicy.MakeViewer, "groups"
		o.Groups = map[string]tenant.Role{"staff": tenant.Editor, "readers": tenant.Viewer}
	}, grouped("1", "ed@id.acme.test", "staff"), grouped("2", "boss@id.acme.test", "readers"), ann("3", "none@id.acme.test"))

	in := func(email, shown string) {
		t.Helper()
		b := w.browser()
		b.wantIn(t, email, w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, email), shown)
	}
	in("ed@id.acme.test", "ed@id.acme.test")
	if u := w.person(t, w.Acme, "ed@id.acme.test"); u.Role != tenant.Editor {
		t.Errorf("somebody new of the group has the role %v", u.Role)
	}
	in("none@id.acme.test", "none@id.acme.test")
	if u := w.person(t, w.Acme, "none@id.acme.test"); u.Role != tenant.Viewer {
		t.Errorf("somebody new of no group has the role %v", u.Role)
	}
	w.connect(t, w.Acme.Admin, o, "boss@id.acme.test")
	in("boss@id.acme.test", w.Acme.Admin.Email)
	if u := w.person(t, w.Acme, w.Acme.Admin.Email); u.Role != tenant.Admin {
		t.Errorf("the last admin has become %v", u.Role)
	}
	if !strings.Contains(w.Log.String(), "the last admin keeps the role") {
		t.Error("that the last admin keeps the role is not logged")
	}
}

func TestConnectAndDisconnect(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"))
	viewer := w.Acme.Viewer
	b := w.connect(t, viewer, o, "ann@id.acme.test")
	page := b.get("/t/acme/sign-in-methods").Body.String()
	if !strings.Contains(page, `data-testid="method-row"`) || !strings.Contains(page, "ID of acme") || strings.Contains(page, "Connect ID of acme") {
		t.Fatalf("the page: %s", page)
	}
	_, key, _ := strings.Cut(page, `action="/t/acme/sign-in-methods/`)
	key, _, _ = strings.Cut(key, "/")

	t.Run("nobody else takes it away", func(t *testing.T) {
		other := w.signedIn(t, w.Acme.Editor)
		webtest.WantPage(t, "the editor disconnects the viewer's", other.form("/t/acme/sign-in-methods/"+key+"/disconnect", url.Values{}), 404, "nothing")
	})
	t.Run("the last way in stays", func(t *testing.T) {
		w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) })
		in := w.browser()
		in.wantIn(t, "the viewer", w.Acme, in.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), viewer.Email)
		r := in.form("/t/acme/sign-in-methods/"+key+"/disconnect", url.Values{})
		webtest.WantPage(t, "the viewer disconnects the last way in", r, 409, "last way to sign in")
		w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Refused = 0 })
	})
	r := b.form("/t/acme/sign-in-methods/"+key+"/disconnect", url.Values{})
	webtest.WantRedirect(t, "disconnecting", r, "/t/acme/sign-in-methods?notice=provider-disconnected")
	out := w.browser()
	out.wantOut(t, "the viewer, disconnected", w.Acme, out.through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test"), 403, "does not know you")

	t.Run("a session that is another's by then connects nothing", func(t *testing.T) {
		b := w.signedIn(t, viewer)
		callback := answer(t, b.depart(t, w.Acme, o, federation.ToConnect), "ann@id.acme.test")
		other := w.signedIn(t, w.Acme.Editor)
		b.cookies["__Host-bh-acme"] = other.cookies["__Host-bh-acme"]
		webtest.WantPage(t, "the editor finishes what the viewer began", b.arrive(t, callback), 403, "somebody else")
	})
	t.Run("nobody", func(t *testing.T) {
		r := w.browser().form("/t/acme/sign-in/provider/"+o.ID.String(), url.Values{"reason": {"link"}})
		webtest.WantRedirect(t, "connecting without a session", r, "/t/acme/sign-in")
	})
}

func TestTestSignIn(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", func(o *authpolicy.OIDC) { o.State, o.First = authpolicy.Draft, authpolicy.MakeViewer },
		ann("1", "ann@id.acme.test"), ann("2", w.Acme.Editor.Email))

	t.Run("nobody signs in at a draft", func(t *testing.T) {
		r := w.browser().form("/t/acme/sign-in/provider/"+o.ID.String(), url.Values{})
		webtest.WantPage(t, "anybody at a draft", r, 404, "no such provider")
	})
	for _, p := range []string{"viewer", "editor"} {
		who := w.Acme.Viewer
		if p == "editor" {
			who = w.Acme.Editor
		}
		r := w.signedIn(t, who).form("/t/acme/sign-in/provider/"+o.ID.String(), url.Values{"reason": {"test"}})
		webtest.WantPage(t, "a test by the "+p, r, 403, "somebody who may not")
	}
	b := w.signedIn(t, w.Acme.Admin)
	r := b.through(t, w.Acme, o, federation.ToTest, "ann@id.acme.test")
	webtest.WantPage(t, "the admin's test", r, 200, "made a person of the workspace, with the role viewer")
	webtest.WantPage(t, "the admin's test", r, 200, "ann@id.acme.test")
	webtest.WantPage(t, "the admin's test", r, 200, "/t/acme/settings/sign-in/providers/"+o.ID.String()+"/enable")
	if w.person(t, w.Acme, "ann@id.acme.test") != nil {
		t.Error("the test has made a person")
	}
	p, err := w.Policies.Current(t.Context(), w.Acme.ID)
	must(t, err)
	if p.Providers[0].State != authpolicy.Tested {
		t.Errorf("after the test the provider is %s", p.Providers[0].State)
	}
	webtest.WantPage(t, "the admin is still in", b.get("/t/acme/people"), 200, w.Acme.Admin.Email)
	r = b.through(t, w.Acme, o, federation.ToTest, w.Acme.Editor.Email)
	webtest.WantPage(t, "a test with the editor's address", r, 200, "is refused")
}

func TestEnforcement(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "one@id.acme.test"), ann("2", "two@id.acme.test"))
	w.connect(t, w.Acme.Admin, o, "one@id.acme.test")
	w.connect(t, w.Acme.Editor, o, "two@id.acme.test")
	var codes []string
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Enforcement, codes = p.Enforcement.Stage(w.Acme.Admin.ID, time.Now()) })

	webtest.WantPage(t, "the page, staged", w.browser().get("/t/acme/sign-in"), 200, "Admins may still use a password")
	b := w.browser()
	b.wantIn(t, "the first", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "one@id.acme.test"), w.Acme.Admin.Email)
	b = w.browser()
	b.wantIn(t, "the first, again", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "one@id.acme.test"), w.Acme.Admin.Email)
	state := func() authpolicy.EnforcementState {
		p, err := w.Policies.Current(t.Context(), w.Acme.ID)
		must(t, err)
		return p.Enforcement.Is()
	}
	if got := state(); got != authpolicy.Staged {
		t.Errorf("after one person it is %s", got)
	}
	b = w.browser()
	b.wantIn(t, "the second", w.Acme, b.through(t, w.Acme, o, federation.ToSignIn, "two@id.acme.test"), w.Acme.Editor.Email)
	if got := state(); got != authpolicy.Enforced {
		t.Fatalf("after the second person it is %s", got)
	}

	page := w.browser().get("/t/acme/sign-in").Body.String()
	if strings.Contains(page, `name="password"`) || !strings.Contains(page, "Use a recovery code") {
		t.Errorf("the page, enforced: %s", page)
	}
	admin, editor := w.Acme.Admin, w.Acme.Editor
	recover := func(p url.Values) (*browser, int, string) {
		b := w.browser()
		r := b.form("/t/acme/sign-in/recovery", p)
		return b, r.Code, r.Body.String()
	}
	fields := func(email, password, code string) url.Values {
		return url.Values{"email": {email}, "password": {password}, "code": {code}}
	}
	for name, tt := range map[string]struct {
		form     url.Values
		status   int
		sentence string
	}{
		"the editor, with a code":            {fields(editor.Email, editor.Password, codes[0]), 401, "not a recovery code"},
		"the admin, with a wrong code":       {fields(admin.Email, admin.Password, "aaaa-bbbb-cccc-dddd"), 401, "not a recovery code"},
		"the admin, with the wrong password": {fields(admin.Email, "not it at all", codes[0]), 401, "not right"},
		"nothing":                            {fields("", "", ""), 422, "recovery codes"},
	} {
		if _, status, page := recover(tt.form); status != tt.status || !strings.Contains(page, tt.sentence) {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	b, status, page := recover(fields(admin.Email, admin.Password, strings.ToUpper(codes[0])))
	if status != 303 {
		t.Fatalf("the admin, with a code: %d %s", status, page)
	}
	webtest.WantPage(t, "the admin is in", b.get("/t/acme/people"), 200, admin.Email)
	if _, status, _ := recover(fields(admin.Email, admin.Password, codes[0])); status != 401 {
		t.Errorf("the code a second time: %d", status)
	}
	p, err := w.Policies.Current(t.Context(), w.Acme.ID)
	must(t, err)
	if len(p.Enforcement.Codes) != authpolicy.RecoveryCodes-1 {
		t.Errorf("%d codes are left", len(p.Enforcement.Codes))
	}
	t.Run("over the API", func(t *testing.T) { recoveryOverTheAPI(t, w, codes) })
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Enforcement = p.Enforcement.Lift(time.Now()) })
	g := w.Grant(t, w.Acme.Admin)
	docs, err := g.Database().Collection("audit").Where("action", "==", "user.recovery-code").Documents(t.Context()).GetAll()
	must(t, err)
	if len(docs) != 2 || docs[0].Data()["actor"] != admin.ID.String() || docs[1].Data()["actor"] != admin.ID.String() {
		t.Errorf("%d entries of the audit", len(docs))
	}
}

// recoveryOverTheAPI: where the provider is required, an admin's program gets in with a code, once.
// The first code is used already.
func recoveryOverTheAPI(t *testing.T, w *world, codes []string) {
	ask := func(p vendingtest.Person, code, more string) *httptest.ResponseRecorder {
		return w.Call("POST", "/api/v1/token", `{"email":"`+p.Email+`","password":"`+p.Password+`","adminRecoveryCode":"`+code+`"`+more+`}`,
			webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"))
	}
	admin := w.Acme.Admin
	webtest.WantProblem(t, "an editor", ask(w.Acme.Editor, codes[1], ""), 401, "recovery_code")
	webtest.WantProblem(t, "a used code", ask(admin, codes[0], ""), 401, "recovery_code")
	webtest.WantProblem(t, "no code", ask(admin, "", ""), 401, "sign_in_way")
	wrong := admin
	wrong.Password = "not it at all"
	webtest.WantProblem(t, "a wrong password", ask(wrong, codes[1], ""), 401, "bad_credentials")
	webtest.WantProblem(t, "a code with another credential", ask(admin, codes[1], `,"grantType":"refresh_token"`), 422, "invalid")
	got := webtest.Read[struct{ IDToken string }](t, ask(admin, codes[1], ""), 200)
	if r := w.Call("GET", "/api/v1/account", "", webtest.WithKey(got.IDToken, "acme")); r.Code != 200 {
		t.Errorf("the admin is not in: %d %s", r.Code, r.Body)
	}
	webtest.WantProblem(t, "the code again", ask(admin, codes[1], ""), 401, "recovery_code")
}
