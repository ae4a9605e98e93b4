package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// stage is a tenant, acme, that is prepared for the examples of the description.
type stage struct {
	*webtest.House
	realm  *oidc.Provider
	worker apptest.Worker
	admin  func(*http.Request)
	key    func(*http.Request)
}

func newStage(t *testing.T) *stage {
	t.Helper()
	h := webtest.Open(t)
	s := &stage{House: h, worker: apptest.Start(t, h.World)}
	var err error
	s.realm, err = s.Cloud.Providers().Add("acme", oidc.Config{Clients: []oidc.Client{{
		ID: "bulkhead", Secret: "a-client-secret", RedirectURIs: []string{vendingtest.Origin + "/callback"},
	}}})
	fail(t, err)
	s.admin = s.Bearer(t, s.Acme.Admin, "acme")
	_, held := s.NewKey(t, s.Acme, tenant.Editor)
	s.key = webtest.WithKey(held, "acme")
	return s
}

// prepared is what stands in for the names of an example.
type prepared struct {
	id   string              // for the identifier in the path
	as   func(*http.Request) // who asks
	swap []string            // texts of the example, and what is said for each
}

// real is a text of an example as it is sent.
func (p prepared) real(s string) string { return strings.NewReplacer(p.swap...).Replace(s) }

// example is a text that was answered, with the names of the example.
func (p prepared) example(s string) string {
	var back []string
	for i := 0; i+1 < len(p.swap); i += 2 {
		back = append(back, p.swap[i+1], p.swap[i])
	}
	return strings.NewReplacer(back...).Replace(s)
}

// names are what every example calls the things of the stage.
func (s *stage) names() []string {
	return []string{
		"https://id.example.com", s.realm.Issuer(), "acme.example", "acme.bulkhead.test",
		"https://app.example.com", vendingtest.Origin, "app.example.com", "app.test",
	}
}

// prepare does what the example of an operation is based on: what its path names, and what it says
// in x-given.
func (s *stage) prepare(t *testing.T, op *apiOperation) prepared {
	t.Helper()
	s.setPolicy(t, func(p *authpolicy.Policy) { *p = authpolicy.Policy{Version: p.Version, Changed: p.Changed} })
	p := prepared{as: s.admin, swap: s.names()}
	switch {
	case len(op.Security) == 0:
		p.as = webtest.Header("X-TenantId", "acme")
	case strings.Contains(op.Description, "It takes an API key"):
		p.as = s.key
	}
	if op.Given != "" {
		do, ok := givens()[op.Given]
		if !ok {
			do, ok = ownGivens()[op.Given]
		}
		if !ok {
			t.Fatalf("nobody knows how it comes that %s: add it to givens in web/given_test.go", op.Given)
		}
		do(t, s, &p)
	}
	if op.Method == http.MethodGet && op.Given == "" && s.makes(t, op.Path) { // a list that has something
		s.object(t, strings.TrimPrefix(op.Path, "/api/v1/"))
	}
	if _, rest, ok := strings.Cut(op.Path, "/{id}"); ok && p.id == "" {
		kind := op.Path[len("/api/v1/") : len(op.Path)-len("/{id}"+rest)]
		p.id = s.object(t, kind)
	}
	return p
}

// makes reports whether something is made at a path.
func (s *stage) makes(t *testing.T, path string) bool {
	t.Helper()
	post := readDocument(t, s.Handler).Paths[path]["post"]
	if post == nil {
		return false
	}
	status, _ := post.answer()
	return status == "201"
}

// object makes an object of the kind, by the example of the operation that makes one, and returns
// its identifier.
func (s *stage) object(t *testing.T, kind string) string {
	t.Helper()
	if kind == "users" {
		return s.Acme.Viewer.ID.String()
	}
	op := readDocument(t, s.Handler).Paths["/api/v1/"+kind]["post"]
	if op == nil {
		t.Fatalf("nobody knows how to make one of %s: name it in the example's Given", kind)
	}
	for i := range op.Parameters { // each is made anew
		if op.Parameters[i].Name == "Idempotency-Key" {
			op.Parameters[i].Example = nil
		}
	}
	w := s.send(t, op, prepared{as: s.admin, swap: s.names()})
	at := w.Header().Get("Location")
	if w.Code != http.StatusCreated {
		t.Fatalf("making one of %s: %d %s", kind, w.Code, w.Body)
	}
	return at[strings.LastIndexByte(at, '/')+1:]
}

// tag is the ETag of what an operation changes.
func (s *stage) tag(op *apiOperation, p prepared) string {
	at := "/api/v1/settings/authentication"
	if strings.HasPrefix(op.Path, "/api/v1/settings/") {
		at = strings.TrimSuffix(op.Path, "/second-factor")
	}
	if strings.HasPrefix(op.Path, "/api/v1/users/") || op.Method == "PATCH" {
		at = strings.ReplaceAll(op.Path, "{id}", p.id)
	}
	return s.Call("GET", at, "", s.admin).Header().Get("ETag")
}

func (s *stage) setPolicy(t *testing.T, edit func(*authpolicy.Policy)) {
	t.Helper()
	_, err := s.Policies.Change(t.Context(), s.Acme.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		edit(&p)
		return p, nil
	})
	fail(t, err)
}

// signIn signs a person in over the API, in a second of its own: sessions of one second are one.
func (s *stage) signIn(t *testing.T, who vendingtest.Person) func(*http.Request) {
	t.Helper()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	w := s.Call("POST", "/api/v1/token", `{"email":"`+who.Email+`","password":"`+who.Password+`"}`,
		webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json"), webtest.Header("User-Agent", "curl/8.5.0"))
	return webtest.WithKey(webtest.Read[struct{ IDToken string }](t, w, http.StatusOK).IDToken, "acme")
}

// session is what somebody may touch who has just signed in.
func (s *stage) session(t *testing.T, who vendingtest.Person) vending.Grant {
	t.Helper()
	tokens, err := s.Services.SignIn.SignInWithPassword(t.Context(), who.Tenant, who.Email, who.Password)
	fail(t, err)
	p, err := s.Authenticator.Session(t.Context(), tenant.SelectID(who.Tenant.ID), tokens.ID)
	fail(t, err)
	g, err := s.Machine.Vend(t.Context(), p)
	fail(t, err)
	return g
}

// giveApp sets an app up for a person, and returns its secret.
func (s *stage) giveApp(t *testing.T, who vendingtest.Person) (secret string) {
	t.Helper()
	g := s.session(t, who)
	app, err := s.Factors.BeginApp(t.Context(), g)
	fail(t, err)
	code, err := secondfactor.Code(app.Secret, time.Now())
	fail(t, err)
	_, err = s.Factors.AddFactor(t.Context(), g, mfa.FactorAnswer{Code: code, State: app.State})
	fail(t, err)
	return app.Secret
}

var codeInLetter = regexp.MustCompile(`https://app\.bulkhead\.test/\S+#(\S+)`)

// letter is the code in the newest letter to the address.
func (s *stage) letter(t *testing.T, to string) string {
	t.Helper()
	s.worker.Tick(t)
	all, err := s.Cloud.Mail().List(mail.Kept)
	fail(t, err)
	for _, m := range all {
		if found := codeInLetter.FindStringSubmatch(m.Content().Text); len(m.To) == 1 && m.To[0] == to && found != nil {
			return found[1]
		}
	}
	t.Fatalf("no letter to %s", to)
	return ""
}
