package settings_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const page = "/t/acme/settings/sign-in"

// story is a house with a realm of acme's own, and an admin of acme who is signed in.
type story struct {
	*webtest.House
	realm *oidc.Provider
	admin func(*http.Request)
}

func open(t *testing.T) *story {
	t.Helper()
	s := &story{House: webtest.Open(t)}
	var err error
	s.realm, err = s.Cloud.Providers().Add("acme", oidc.Config{Clients: []oidc.Client{{
		ID: "bulkhead", Secret: "a-client-secret", RedirectURIs: []string{vendingtest.Origin + "/callback"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	s.admin = s.SignIn(t, s.Acme.Admin)
	return s
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// version is the one that a page carries.
func (s *story) version(t *testing.T) string {
	t.Helper()
	found := versionField.FindStringSubmatch(s.Call("GET", page, "", s.admin).Body.String())
	if found == nil {
		t.Fatal("the page carries no version")
	}
	return found[1]
}

func (s *story) set(t *testing.T, edit func(*authpolicy.Policy)) {
	t.Helper()
	change := func(p authpolicy.Policy) (authpolicy.Policy, error) {
		edit(&p)
		return p, nil
	}
	if _, err := s.Policies.Change(t.Context(), s.Acme.ID, authpolicies.AnyVersion, change); err != nil {
		t.Fatal(err)
	}
}

// TestSettingUpAProvider: an admin pastes an issuer, sees mistakes named, adds it, enables it,
// requires it, sees the codes once, and goes back.
func TestSettingUpAProvider(t *testing.T) {
	s := open(t)
	webtest.WantPage(t, "nothing is set", s.Call("GET", page, "", s.admin), 200, "add one, test it and enable it first")
	webtest.WantPage(t, "where to paste an issuer", s.Call("GET", page+"/providers/new", "", s.admin), 200, `name="issuer"`)

	s.realm.Misbehave(oidc.Discovery, oidc.HTML())
	w := s.Form(page+"/providers/new", url.Values{"issuer": {s.realm.Issuer()}}, s.admin)
	webtest.WantPage(t, "a web page in place of a document", w, 422, "web page (HTML)")
	if !strings.Contains(w.Body.String(), s.realm.Issuer()) {
		t.Error("what was typed is lost")
	}
	s.realm.Behave()
	w = s.Form(page+"/providers/new", url.Values{"issuer": {s.realm.Issuer()}}, s.admin)
	webtest.WantPage(t, "what discovery said", w, 200, s.realm.Issuer()+"/authorize")
	webtest.WantPage(t, "what to enter at the provider", w, 200, vendingtest.Origin+"/callback")

	form := url.Values{
		"version": {s.version(t)}, "issuer": {s.realm.Issuer()}, "name": {"Acme ID"}, "client-id": {"bulkhead"}, "secret": {"a-client-secret"},
	}
	nameless := url.Values{}
	for name, v := range form {
		nameless[name] = v
	}
	nameless.Set("name", "")
	w = s.Form(page+"/providers", nameless, s.admin)
	webtest.WantPage(t, "no name", w, 422, "1 to 80 characters")
	if strings.Contains(w.Body.String(), "a-client-secret") || !strings.Contains(w.Body.String(), `value="bulkhead"`) {
		t.Error("the page shows the secret again, or has lost the client id")
	}
	w = s.Form(page+"/providers", form, s.admin)
	to := w.Header().Get("Location")
	if w.Code != 303 || !strings.HasPrefix(to, page+"/providers/") {
		t.Fatalf("adding: %d to %q: %s", w.Code, to, w.Body)
	}
	provider, _, _ := strings.Cut(to, "?")
	webtest.WantPage(t, "a draft", s.Call("GET", to, "", s.admin), 200, "Test sign-in")
	webtest.WantPage(t, "enabling a draft", s.Form(provider+"/enable", url.Values{"version": {s.version(t)}}, s.admin), 409, "Nobody has signed in")
	s.set(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested })
	webtest.WantRedirect(t, "enabling from a test's page, which has no version", s.Form(provider+"/enable", url.Values{}, s.admin),
		provider+"?notice=provider-enabled")

	webtest.WantPage(t, "what requiring it does", s.Call("GET", page+"/enforcement", "", s.admin), 200, "ten recovery codes, once")
	stale := s.version(t)
	w = s.Form(page+"/enforcement", url.Values{"version": {stale}}, s.admin)
	webtest.WantPage(t, "requiring it", w, 201, "Ten recovery codes")
	if n := len(regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}\b`).FindAllString(w.Body.String(), -1)); n != 2*authpolicy.RecoveryCodes {
		t.Errorf("%d codes are shown, in a field and in a file", n)
	}
	webtest.WantPage(t, "nobody has come", s.Call("GET", page, "", s.admin), 200, "Nobody has signed in at a provider since")
	again := s.Form(page+"/enforcement", url.Values{"version": {stale}}, s.admin)
	webtest.WantPage(t, "the form sent again", again, 412, "Somebody else changed this")
	if strings.Contains(again.Body.String(), "recovery-codes") {
		t.Error("the codes are shown a second time")
	}
	s.set(t, func(p *authpolicy.Policy) { p.Enforcement, _ = p.Enforcement.Succeeded(s.Acme.Admin.ID, time.Now()) })
	webtest.WantPage(t, "one has come", s.Call("GET", page, "", s.admin), 200, "One person has signed in.")
	webtest.WantPage(t, "disabling it now", s.Form(provider+"/disable", url.Values{"version": {s.version(t)}}, s.admin), 409, "Lift the requirement first")
	webtest.WantRedirect(t, "lifting it", s.Form(page+"/enforcement/lift", url.Values{"version": {s.version(t)}}, s.admin), page+"?notice=enforcement-lifted")
	s.set(t, func(p *authpolicy.Policy) { p.Enforcement.Reverted = time.Now() })
	webtest.WantPage(t, "it went back", s.Call("GET", page, "", s.admin), 200, "because nobody else had signed in")
	webtest.WantRedirect(t, "removing it", s.Form(provider+"/remove", url.Values{"version": {s.version(t)}}, s.admin), page+"?notice=settings-removed")

	// A setting that would lock everybody out, and a form without its version.
	webtest.WantPage(t, "an API that accepts nothing", s.Form(page+"/api", url.Values{"version": {s.version(t)}}, s.admin), 422, "at least one of token, key and access")
	if w := s.Form(page+"/api", url.Values{"api-token": {"yes"}}, s.admin); w.Code != 400 {
		t.Errorf("a form without its version: %d", w.Code)
	}
	if strings.Contains(s.Log.String(), "a-client-secret") {
		t.Error("the log holds a client secret")
	}
}

// TestProvingADomain: the record is shown, looked for, and found.
func TestProvingADomain(t *testing.T) {
	s := open(t)
	webtest.WantPage(t, "a public suffix", s.Form(page+"/domains", url.Values{"version": {"0"}, "domain": {"co.uk"}}, s.admin), 422, "many owners share")
	to := page + "/domains/acme.bulkhead.test"
	webtest.WantRedirect(t, "a domain in capitals", s.Form(page+"/domains", url.Values{"version": {"0"}, "domain": {" Acme.Bulkhead.Test "}}, s.admin), to)
	w := s.Call("GET", to, "", s.admin)
	webtest.WantPage(t, "the record to make", w, 200, "_bulkhead-challenge.acme.bulkhead.test")
	webtest.WantPage(t, "not there yet", s.Form(to+"/check", url.Values{}, s.admin), 409, "DNS can take an hour")
	challenge := regexp.MustCompile(`bulkhead-domain-verification=[a-z2-7]+`).FindString(w.Body.String())
	if err := s.Cloud.DNS().Add("_bulkhead-challenge.acme.bulkhead.test", challenge); err != nil {
		t.Fatal(err)
	}
	webtest.WantRedirect(t, "found", s.Form(to+"/check", url.Values{}, s.admin), to+"?notice=domain-proven")
	webtest.WantPage(t, "proven", s.Call("GET", page, "", s.admin), 200, `data-domain="acme.bulkhead.test" data-state="proven"`)
	webtest.WantPage(t, "asked before it goes", s.Call("GET", to+"/remove", "", s.admin), 200, "Remove this domain?")
	webtest.WantRedirect(t, "removing it", s.Form(to+"/remove", url.Values{"version": {s.version(t)}}, s.admin), page+"?notice=settings-removed")
}

// TestSettingsOfTheAPI: a change says what it is based on, and who may make none is told so.
func TestSettingsOfTheAPI(t *testing.T) {
	s := open(t)
	const at = "/api/v1/settings/authentication"
	bearer := s.Bearer(t, s.Acme.Admin, "acme")
	w := s.Call("GET", at, "", bearer)
	got := webtest.Read[settings.Authentication](t, w, 200)
	if tag := w.Header().Get("ETag"); tag != `"0"` || strings.Join(got.API, " ") != "token key access" || got.Enforcement.State != "off" {
		t.Errorf("at first: %s %+v", tag, got)
	}
	put := func(body string, edits ...func(*http.Request)) *http.Response {
		return s.Call("PUT", at, body, append([]func(*http.Request){bearer}, edits...)...).Result()
	}
	webtest.WantProblem(t, "no If-Match", s.Call("PUT", at, `{"api":["token"]}`, bearer), 428, "condition_required")
	for _, tag := range []string{`"7"`, `W/"0"`, "0", `"x"`} {
		webtest.WantProblem(t, "If-Match: "+tag, s.Call("PUT", at, `{"api":["token"]}`, bearer, webtest.Header("If-Match", tag)), 412, "stale")
	}
	webtest.WantProblem(t, "nothing", s.Call("PUT", at, `{"api":[]}`, bearer, webtest.Header("If-Match", `"0"`)), 422, "invalid")
	webtest.WantProblem(t, "an unknown word", s.Call("PUT", at, `{"api":["anything"]}`, bearer, webtest.Header("If-Match", `"0"`)), 422, "invalid")
	webtest.WantProblem(t, "an unknown member", s.Call("PUT", at, `{"api":["token"],"optional":true}`, bearer, webtest.Header("If-Match", `"0"`)), 422, "invalid")
	webtest.WantProblem(t, "a token that has the API refuse tokens", s.Call("PUT", at, `{"api":["key"]}`, bearer, webtest.Header("If-Match", `"0"`)), 409, "own_session")
	if answer := put(`{"api":["token","key"]}`, webtest.Header("If-Match", `"9", "0"`)); answer.StatusCode != 200 || answer.Header.Get("ETag") != `"1"` {
		t.Errorf("a change: %d %s", answer.StatusCode, answer.Header.Get("ETag"))
	}
	webtest.WantProblem(t, "the same change again", s.Call("PUT", at, `{"api":["token"]}`, bearer, webtest.Header("If-Match", `"0"`)), 412, "stale")

	_, key := s.NewKey(t, s.Acme, tenant.Editor)
	for who, credential := range map[string]func(*http.Request){
		"acme's viewer": s.Bearer(t, s.Acme.Viewer, "acme"), "acme's editor": s.Bearer(t, s.Acme.Editor, "acme"), "an API key": webtest.WithKey(key, "acme"),
	} {
		webtest.WantProblem(t, who+" reads the settings", s.Call("GET", at, "", credential), 403, "forbidden")
		webtest.WantProblem(t, who+" changes the settings",
			s.Call("PUT", at, `{"api":["token"]}`, credential, webtest.Header("If-Match", `"1"`)), 403, "forbidden")
	}
	webtest.WantProblem(t, "globex's admin at acme", s.Call("GET", at, "", s.Bearer(t, s.Globex.Admin, "acme")), 403, "tenant_denied")
	if p, err := s.Policies.Current(t.Context(), s.Acme.ID); err != nil || p.Version != 1 {
		t.Errorf("afterwards: %+v, %v", p, err)
	}
}
