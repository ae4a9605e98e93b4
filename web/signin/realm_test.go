package signin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// world is the house, beside a host on which the tenants' own providers run.
type world struct {
	*webtest.House
	realms *oidc.Realms
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := new(world)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.realms.ServeHTTP(rw, r) }))
	t.Cleanup(srv.Close)
	var err error
	w.realms, err = oidc.NewRealms(srv.URL)
	must(t, err)
	t.Cleanup(w.realms.Close)
	w.House = webtest.Open(t, vendingtest.Providers(srv.URL))
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ann is somebody at a provider, known there by this subject.
func ann(subject, email string) oidc.User {
	return oidc.User{Subject: subject, Email: email, EmailVerified: true, Name: "Ann", Password: "correct horse"}
}

// provider makes a realm with these people, and has the tenant trust it.
func (w *world) provider(t *testing.T, of vendingtest.Tenant, realm string, edit func(*authpolicy.OIDC), people ...oidc.User) (*oidc.Provider, authpolicy.OIDC) {
	t.Helper()
	p, err := w.realms.Add(realm, oidc.Config{
		Users:   people,
		Clients: []oidc.Client{{ID: "bulkhead", Secret: "hush", RedirectURIs: []string{vendingtest.Origin + "/callback"}}},
	})
	must(t, err)
	id := authpolicy.NewProviderID()
	secret, err := federation.NewClientSecrets(w.Keys).SealClientSecret(of.ID, id, "hush")
	must(t, err)
	o := authpolicy.OIDC{
		ID: id, Name: "ID of " + realm, Issuer: p.Issuer(), ClientID: "bulkhead", Secret: secret,
		AuthorizationEndpoint: p.Issuer() + "/authorize", TokenEndpoint: p.Issuer() + "/token", JWKS: p.Issuer() + "/keys",
		Algorithms: []string{"RS256"}, State: authpolicy.Enabled, First: authpolicy.Refuse,
	}
	if edit != nil {
		edit(&o)
	}
	w.set(t, of, func(p *authpolicy.Policy) { p.Providers = append(p.Providers, o) })
	return p, o
}

func asViewer(o *authpolicy.OIDC) { o.First = authpolicy.MakeViewer }

// set changes the tenant's settings.
func (w *world) set(t *testing.T, of vendingtest.Tenant, edit func(*authpolicy.Policy)) *authpolicy.Policy {
	t.Helper()
	p, err := w.Policies.Change(t.Context(), of.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		edit(&p)
		return p, nil
	})
	must(t, err)
	return p
}

// browser keeps the cookies of one workspace's person, and goes where pages lead.
type browser struct {
	w       *world
	cookies map[string]string
}

func (w *world) browser() *browser { return &browser{w, map[string]string{}} }

// signedIn is a browser that has a session of the person.
func (w *world) signedIn(t *testing.T, p vendingtest.Person) *browser {
	t.Helper()
	b := w.browser()
	if r := b.form("/t/"+p.Tenant.Slug.String()+"/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}); r.Code != 303 {
		t.Fatalf("signing %s in: %d %s", p.Email, r.Code, r.Body)
	}
	return b
}

func (b *browser) send(method, target string, fields url.Values) *httptest.ResponseRecorder {
	var pairs []string
	for name, value := range b.cookies {
		pairs = append(pairs, name+"="+value)
	}
	edit := func(r *http.Request) {
		if pairs != nil {
			r.Header.Set("Cookie", strings.Join(pairs, "; "))
		}
	}
	var got *httptest.ResponseRecorder
	if fields == nil {
		got = b.w.Call(method, target, "", edit)
	} else {
		got = b.w.Form(target, fields, edit)
	}
	for _, c := range got.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return got
}

func (b *browser) get(target string) *httptest.ResponseRecorder { return b.send("GET", target, nil) }

func (b *browser) form(target string, fields url.Values) *httptest.ResponseRecorder {
	return b.send("POST", target, fields)
}

var leads = regexp.MustCompile(`data-testid="lead"`)

// depart begins a sign-in at the provider, and returns the address there.
func (b *browser) depart(t *testing.T, of vendingtest.Tenant, o authpolicy.OIDC, why federation.Reason) *url.URL {
	t.Helper()
	r := b.form("/t/"+of.Slug.String()+"/sign-in/provider/"+o.ID.String(), url.Values{"reason": {string(why)}})
	_, to, ok := strings.Cut(r.Header().Get("Refresh"), "url=")
	if r.Code != 200 || !ok || !leads.MatchString(r.Body.String()) {
		t.Fatalf("departing: %d %v %.400s", r.Code, r.Header(), r.Body)
	}
	u, err := url.Parse(to)
	must(t, err)
	return u
}

// answer signs somebody in at the provider's own page, and returns where that leads: our callback.
func answer(t *testing.T, at *url.URL, email string) string {
	t.Helper()
	form := at.Query()
	form.Set("email", email)
	form.Set("password", "correct horse")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(at.Scheme+"://"+at.Host+at.Path, form)
	must(t, err)
	defer r.Body.Close()
	to, err := r.Location()
	if err != nil {
		page, _ := io.ReadAll(r.Body)
		t.Fatalf("the provider answers %d: %.400s", r.StatusCode, page)
	}
	return to.RequestURI()
}

// arrive follows the callback to the workspace, and returns the answer there.
func (b *browser) arrive(t *testing.T, callback string) *httptest.ResponseRecorder {
	t.Helper()
	r := b.get(callback)
	if r.Code != 303 {
		return r
	}
	return b.get(r.Header().Get("Location"))
}

// through signs somebody in at the provider, from the button to the end.
func (b *browser) through(t *testing.T, of vendingtest.Tenant, o authpolicy.OIDC, why federation.Reason, email string) *httptest.ResponseRecorder {
	t.Helper()
	return b.arrive(t, answer(t, b.depart(t, of, o, why), email))
}

// wantIn checks that the browser has a session in the workspace.
func (b *browser) wantIn(t *testing.T, what string, of vendingtest.Tenant, r *httptest.ResponseRecorder, email string) {
	t.Helper()
	if r.Code != 303 {
		t.Errorf("%s: %d %s", what, r.Code, r.Body)
	}
	webtest.WantPage(t, what, b.get("/t/"+of.Slug.String()+"/people"), 200, email)
}

// wantOut checks a refusal, and that the browser has no session.
func (b *browser) wantOut(t *testing.T, what string, of vendingtest.Tenant, r *httptest.ResponseRecorder, status int, sentence string) {
	t.Helper()
	webtest.WantPage(t, what, r, status, sentence)
	if in := b.get("/t/" + of.Slug.String() + "/people"); in.Code != 303 || !strings.HasPrefix(in.Header().Get("Location"), "/t/"+of.Slug.String()+"/sign-in") {
		t.Errorf("%s: somebody is in: %d %s", what, in.Code, in.Header().Get("Location"))
	}
}

// person returns the record of the address; nil if there is none.
func (w *world) person(t *testing.T, of vendingtest.Tenant, email string) *users.User {
	t.Helper()
	page, err := users.NewRepository(w.Grant(t, of.Admin)).List(t.Context(), users.Cursor{}, 0)
	must(t, err)
	for _, u := range page.Items {
		if u.Email == email {
			return &u
		}
	}
	return nil
}

// failed returns the newest failed sign-in of the tenant.
func (w *world) failed(t *testing.T, of vendingtest.Tenant) federation.FailedSignIn {
	t.Helper()
	page, err := w.Federation.FailedSignIns(t.Context(), w.Grant(t, of.Admin), federation.FailedCursor{})
	must(t, err)
	if len(page.Items) == 0 {
		t.Fatal("no failed sign-in is kept")
	}
	return page.Items[0]
}

// connect connects the person to who they are at the provider.
func (w *world) connect(t *testing.T, p vendingtest.Person, o authpolicy.OIDC, email string) *browser {
	t.Helper()
	b := w.signedIn(t, p)
	r := b.through(t, tenantOf(p), o, federation.ToConnect, email)
	webtest.WantRedirect(t, "connecting "+p.Email, r, "/t/"+p.Tenant.Slug.String()+"/sign-in-methods?notice=provider-connected")
	return b
}

func tenantOf(p vendingtest.Person) vendingtest.Tenant { return vendingtest.Tenant{Tenant: p.Tenant} }
