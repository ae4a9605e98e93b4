package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor/secondfactortest"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// Of the examples of what is one's own.
const (
	exampleState  = "sealed-state-of-the-answer"
	withTheirs    = "somebody has signed in over the API, with their current password"
	bothFactors   = "somebody has an app and a passkey, and has proven one"
	connectedToMe = "a provider is connected to one's own account"
)

// ownGivens are what examples of the description are based on that are about one's own account.
func ownGivens() map[string]func(*testing.T, *stage, *prepared) {
	return map[string]func(*testing.T, *stage, *prepared){
		withTheirs: func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "owner")
			p.as = s.signIn(t, who)
			p.swap = append(p.swap, "the current password", who.Password)
		},
		"setting an app up was begun in the same session": func(t *testing.T, s *stage, p *prepared) {
			p.as = webtest.WithKey(s.Token(t, s.newPerson(t, "owner")), "acme")
			begun := webtest.Read[struct{ Secret, State string }](t, s.Call("POST", "/api/v1/account/app-secrets", "", p.as), 200)
			code, err := secondfactor.Code(begun.Secret, time.Now())
			fail(t, err)
			p.swap = append(p.swap, "394817", code, exampleState, begun.State)
		},
		"a browser has made a passkey, in the same session": func(t *testing.T, s *stage, p *prepared) {
			p.as = webtest.WithKey(s.Token(t, s.newPerson(t, "owner")), "acme")
			made := s.browserMakes(t, p.as)
			p.swap = append(p.swap, exampleState, made.state, "Y3JlZGVudGlhbA", made.ID,
				"Y2xpZW50LWRhdGE", made.Response.ClientDataJSON, "YXR0ZXN0YXRpb24", made.Response.AttestationObject)
		},
		bothFactors: func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "owner")
			s.giveApp(t, who)
			p.as = s.proven(t, who)
			made := s.browserMakes(t, p.as)
			body, err := json.Marshal(map[string]any{"name": "Laptop", "state": made.state, "credential": made.whole})
			fail(t, err)
			p.id = webtest.Read[struct{ ID string }](t, s.Call("POST", "/api/v1/account/passkeys", string(body), p.as), 201).ID
		},
		connectedToMe: func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "owner")
			s.connect(t, who, p)
			p.as = webtest.WithKey(s.Token(t, who), "acme")
		},
	}
}

// proven is a session of a person who has proven a second factor.
func (s *stage) proven(t *testing.T, who vendingtest.Person) func(*http.Request) {
	t.Helper()
	return webtest.WithKey(s.TokenProven(t, who, authpolicy.WithPassword(), authpolicy.ByCode()), "acme")
}

// connect enables a provider and connects it to who's account. The provider is returned, and the
// connection stands in p.
func (s *stage) connect(t *testing.T, who vendingtest.Person, p *prepared) (o authpolicy.ProviderID) {
	t.Helper()
	s.object(t, "providers")
	s.setPolicy(t, func(p *authpolicy.Policy) { p.Providers[0].State, o = authpolicy.Enabled, p.Providers[0].ID })
	subject := who.ID.String()
	s.LoginAt(t, s.Acme, who, s.realm.Issuer(), subject)
	p.id = tenancy.LoginKey(s.realm.Issuer(), subject)
	p.swap = append(p.swap, "248289761001", subject)
	return o
}

// madeByBrowser is a passkey that is not set up yet.
type madeByBrowser struct {
	ID       string `json:"id"`
	Response struct {
		ClientDataJSON    string `json:"clientDataJSON"`
		AttestationObject string `json:"attestationObject"`
	} `json:"response"`

	state string
	whole jsontext.Value
}

// browserMakes asks for a challenge, and has a browser make a passkey with it.
func (s *stage) browserMakes(t *testing.T, as func(*http.Request)) (made madeByBrowser) {
	t.Helper()
	q := webtest.Read[struct {
		Options jsontext.Value
		State   string
	}](t, s.Call("POST", "/api/v1/account/passkey-challenges", "", as), http.StatusOK)
	whole := secondfactortest.New(t, vendingtest.Origin, "app.test").Create(t, q.Options)
	fail(t, json.Unmarshal(whole, &made))
	made.state, made.whole = q.State, whole
	return made
}
