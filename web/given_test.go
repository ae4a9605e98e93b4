package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// givens are what examples of the description are based on, as they say in x-given, and how it
// comes about.
func givens() map[string]func(*testing.T, *stage, *prepared) {
	return map[string]func(*testing.T, *stage, *prepared){
		"a file was sent":                         stored,
		"the file was sent to the signed request": sent,
		"a file was sent to the folder invoices":  func(t *testing.T, s *stage, _ *prepared) { s.inFolders(t, "invoices") },
		"a file was replaced":                     replaced,
		"a file was put into the bin":             binned,
		"a file was put into the bin, and nothing else is there": func(t *testing.T, s *stage, p *prepared) {
			s.Call("DELETE", "/api/v1/binned-uploads", "", s.admin)
			binned(t, s, p)
		},
		"a file was sent whose inspection waits for its owner": func(t *testing.T, s *stage, p *prepared) {
			stored(t, s, p)
			s.setInspection(t, p.id, "waiting")
		},
		"a large file was announced": func(t *testing.T, s *stage, p *prepared) {
			w := s.Call("POST", "/api/v1/uploads", `{"name":"large.bin","size":9000000}`, s.admin)
			p.id = webtest.Read[struct{ ID string }](t, w, http.StatusCreated).ID
		},
		"a provider was added, and a domain": func(t *testing.T, s *stage, _ *prepared) {
			s.object(t, "providers")
			s.object(t, "domains")
		},
		"the provider was tested": func(t *testing.T, s *stage, p *prepared) {
			p.id = s.object(t, "providers")
			s.setPolicy(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested })
		},
		"the provider is enabled": func(t *testing.T, s *stage, p *prepared) {
			p.id = s.object(t, "providers")
			s.setPolicy(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Enabled })
		},
		"a provider is required": func(t *testing.T, s *stage, p *prepared) {
			enforceable(t, s, p)
			op := &apiOperation{Method: "POST", Path: "/api/v1/enforcement", Parameters: []apiParam{{Name: "If-Match", In: "header", Example: "7"}}}
			if w := s.send(t, op, *p); w.Code != http.StatusOK {
				t.Fatalf("requiring it: %d %s", w.Code, w.Body)
			}
		},
		"the record is there": func(t *testing.T, s *stage, p *prepared) {
			p.id = s.object(t, "domains")
			d := webtest.Read[struct{ Record, Value string }](t, s.Call("GET", "/api/v1/domains/"+p.id, "", s.admin), 200)
			fail(t, s.Cloud.DNS().Set(d.Record, d.Value))
		},
		"a provider is enabled, and the caller has proven a second factor": enforceable,
		"the person has a second factor": func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "factor")
			s.giveApp(t, who)
			p.id = who.ID.String()
		},
		"somebody has exchanged a password": func(t *testing.T, s *stage, _ *prepared) {
			s.signIn(t, s.newPerson(t, "caller"))
			fail(t, s.Ledger.Flush(t.Context()))
		},
		"somebody has signed in over the API": func(t *testing.T, s *stage, p *prepared) {
			p.as = s.signIn(t, s.newPerson(t, "signed-in"))
			p.id = s.sessionsOf(t, p.as)[0]
		},
		"the person has signed in over the API": func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "signed-in")
			s.signIn(t, who)
			p.id = who.ID.String()
		},
		"a letter was asked for": func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "forgetful")
			fail(t, s.Account.AskReset(t.Context(), who.Tenant, who.Email))
			p.swap = append(p.swap, exampleCode, s.letter(t, who.Email))
		},
		"a letter to a new address was asked for": func(t *testing.T, s *stage, p *prepared) {
			who := s.newPerson(t, "moving")
			to := "new-" + who.Email
			fail(t, s.Account.AskAddress(t.Context(), s.session(t, who), who.Password, to))
			p.swap = append(p.swap, exampleCode, s.letter(t, to))
		},
	}
}

// exampleCode is the code of a letter in examples.
const exampleCode = "wqk5-example-code-from-the-letter"

// newPerson adds an editor of acme who takes part in nothing else.
func (s *stage) newPerson(t *testing.T, called string) vendingtest.Person {
	t.Helper()
	return s.Add(t, s.Acme, called+"-"+strings.ToLower(time.Now().Format("150405.000000"))+"@acme.test", s.Acme.Editor.Role)
}

func (s *stage) sessionsOf(t *testing.T, as func(*http.Request)) (ids []string) {
	t.Helper()
	all := webtest.Read[struct{ Sessions []struct{ ID string } }](t, s.Call("GET", "/api/v1/sessions", "", as), 200)
	for _, one := range all.Sessions {
		ids = append(ids, one.ID)
	}
	return ids
}

// announced announces a file and sends it, and returns its identifier.
func announced(t *testing.T, s *stage) string {
	t.Helper()
	return sentAs(t, s, `{"name":"report.txt","size":5,"type":"text/plain"}`)
}

// sentAs announces a file of five bytes and sends it, and returns its identifier.
func sentAs(t *testing.T, s *stage, intent string) string {
	t.Helper()
	w := s.Call("POST", "/api/v1/uploads", intent, s.admin)
	made := webtest.Read[struct {
		ID     string
		Upload struct {
			Method, URL string
			Headers     map[string]string
		}
	}](t, w, http.StatusCreated)
	r, err := http.NewRequestWithContext(t.Context(), made.Upload.Method, made.Upload.URL, strings.NewReader("hello"))
	fail(t, err)
	for name, value := range made.Upload.Headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	fail(t, err)
	fail(t, answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("sending the file: %s", answer.Status)
	}
	return made.ID
}

func sent(t *testing.T, s *stage, p *prepared) {
	t.Helper()
	p.id = announced(t, s)
}

func stored(t *testing.T, s *stage, p *prepared) {
	t.Helper()
	p.id = announced(t, s)
	if w := s.Call("POST", "/api/v1/uploads/"+p.id+"/complete", "", s.admin); w.Code != http.StatusOK {
		t.Fatalf("completing the file: %d %s", w.Code, w.Body)
	}
}

// replaced stores a file and its next version. What is prepared is the earlier one.
func replaced(t *testing.T, s *stage, p *prepared) {
	t.Helper()
	stored(t, s, p)
	next := sentAs(t, s, `{"name":"report.txt","size":5,"type":"text/plain","replaces":"`+p.id+`"}`)
	if w := s.Call("POST", "/api/v1/uploads/"+next+"/complete", "", s.admin); w.Code != http.StatusOK {
		t.Fatalf("completing the next version: %d %s", w.Code, w.Body)
	}
}

func binned(t *testing.T, s *stage, p *prepared) {
	t.Helper()
	stored(t, s, p)
	if w := s.Call("DELETE", "/api/v1/uploads/"+p.id, "", s.admin); w.Code != http.StatusNoContent {
		t.Fatalf("putting the file into the bin: %d %s", w.Code, w.Body)
	}
}

// setInspection sets how far the inspection of a file of acme's has come.
func (s *stage) setInspection(t *testing.T, id, step string) {
	t.Helper()
	_, err := s.Grant(t, s.Acme.Admin).Database().Collection("uploads").Doc(id).Update(t.Context(),
		[]firestore.Update{{Path: "inspection.step", Value: step}, {Path: "inspection.verdict", Value: "clean"}})
	fail(t, err)
}

func enforceable(t *testing.T, s *stage, p *prepared) {
	t.Helper()
	s.object(t, "providers")
	s.setPolicy(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Enabled })
	p.as = webtest.WithKey(s.TokenProven(t, s.Acme.Admin, authpolicy.WithPassword(), authpolicy.ByCode()), "acme")
}

// inFolders announces a file in each of the folders.
func (s *stage) inFolders(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if w := s.Call("POST", "/api/v1/uploads", `{"name":"a.txt","folder":"`+folder+`","size":1}`, s.admin); w.Code != http.StatusCreated {
			t.Fatalf("announcing a file in %s: %d %s", folder, w.Code, w.Body)
		}
	}
}
