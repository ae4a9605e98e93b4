package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

type edit = func(*http.Request)

// provoked is a request, and the operation of the description that it is for.
type provoked struct {
	op     string // "GET /api/v1/users"
	answer *httptest.ResponseRecorder
}

// call makes a request for an operation. id stands in for the path's.
func (s *stage) call(op, id, body string, edits ...edit) provoked {
	method, path, _ := strings.Cut(op, " ")
	return provoked{op, s.Call(method, strings.ReplaceAll(path, "{id}", id), body, edits...)}
}

// change is call for a change of the settings as they are now.
func (s *stage) change(op, id, body string, as edit) provoked {
	tag := s.Call("GET", "/api/v1/settings/authentication", "", s.admin).Header().Get("ETag")
	return s.call(op, id, body, as, webtest.Header("If-Match", tag))
}

// givenTo does what an example is based on, for an operation that has none of its own.
func (s *stage) givenTo(t *testing.T, given string) prepared {
	t.Helper()
	return s.prepare(t, &apiOperation{Given: given, Security: []any{"bearer"}, Path: "/api/v1/"})
}

func stranger(r *http.Request) {
	r.Header.Set("X-TenantId", "acme")
	r.Header.Set("Content-Type", "application/json")
}

func withPassword(p vendingtest.Person, more string) string {
	return `{"email":"` + p.Email + `","password":"` + p.Password + `"` + more + `}`
}

// failing is a body that breaks off with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

const (
	readFiles = "GET /api/v1/uploads"
	makeFile  = "POST /api/v1/uploads"
	getToken  = "POST /api/v1/token"
	twoWays   = "a provider is enabled, and the caller has proven a second factor"
	aFile     = `{"name":"a.txt","size":1}`
	aProvider = `{"issuer":"%s","name":"Acme ID","clientId":"bulkhead","clientSecret":"a-client-secret"}`
)

// atTheDoor provokes what the door refuses, whatever the operation.
func atTheDoor() map[string]func(*testing.T, *stage) provoked {
	return map[string]func(*testing.T, *stage) provoked{
		"malformed": func(t *testing.T, s *stage) provoked {
			return s.call(readFiles, "", "", s.admin, webtest.Header("X-TenantId", "ACME"))
		},
		"tenant_denied": func(t *testing.T, s *stage) provoked {
			return s.call(readFiles, "", "", s.admin, webtest.Header("X-TenantId", "globex"))
		},
		"misdirected": func(t *testing.T, s *stage) provoked {
			return s.call(readFiles, "", "", s.admin, func(r *http.Request) { r.Host = "evil.example" })
		},
		"unsupported_media_type": func(t *testing.T, s *stage) provoked {
			return s.call(makeFile, "", aFile, s.admin, webtest.Header("Content-Type", "text/plain"))
		},
		"unauthenticated":    func(t *testing.T, s *stage) provoked { return s.call(readFiles, "", "", stranger) },
		"forbidden":          func(t *testing.T, s *stage) provoked { return s.call("GET /api/v1/keys", "", "", s.key) },
		"credential_refused": func(t *testing.T, s *stage) provoked { return s.call("POST /api/v1/intake", "", aFile, s.admin) },
		"cross_origin": func(t *testing.T, s *stage) provoked {
			return s.call(makeFile, "", aFile, s.admin, webtest.Header("Sec-Fetch-Site", "cross-site"))
		},
		"body_too_large": func(t *testing.T, s *stage) provoked {
			return s.call(getToken, "", strings.Repeat(" ", 65<<10), stranger)
		},
		"invalid": func(t *testing.T, s *stage) provoked { return s.call(getToken, "", "{}", stranger) },
		"bad_cursor": func(t *testing.T, s *stage) provoked {
			return provoked{readFiles, s.Call("GET", "/api/v1/uploads?cursor=x", "", s.admin)}
		},
		"timeout": func(t *testing.T, s *stage) provoked {
			return s.call(makeFile, "", "", s.admin, func(r *http.Request) {
				r.Body, r.ContentLength = io.NopCloser(failing{os.ErrDeadlineExceeded}), 10
			})
		},
		"unavailable": func(t *testing.T, s *stage) provoked {
			return s.call(readFiles, "", "", s.admin, func(r *http.Request) {
				ctx, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
				t.Cleanup(cancel)
				*r = *r.WithContext(ctx)
			})
		},
		"internal": func(t *testing.T, s *stage) provoked {
			id := strings.Repeat("e", 32)
			_, err := s.Grant(t, s.Acme.Admin).Database().Collection("uploads").Doc(id).Set(t.Context(), map[string]any{"created": time.Now(), "state": 7})
			fail(t, err)
			p := s.call("GET /api/v1/uploads/{id}", id, "", s.admin)
			_, err = s.Grant(t, s.Acme.Admin).Database().Collection("uploads").Doc(id).Delete(t.Context())
			fail(t, err)
			return p
		},
		"too_many_requests": func(t *testing.T, s *stage) provoked {
			limited := *s
			limited.House = new(*s.House)
			limited.House.Handler = s.Site(t, door.Limits{Rate: 1, InFlight: 10, SignIns: 1e6})
			for range 20 {
				if p := limited.call(readFiles, "", "", s.admin); p.answer.Code != http.StatusOK {
					return p
				}
			}
			return provoked{}
		},
		"reauthentication_required": func(t *testing.T, s *stage) provoked {
			late := *s
			late.House = new(*s.House)
			late.House.Handler = s.SiteAt(t, func() time.Time { return time.Now().Add(11 * time.Minute) })
			return late.call("POST /api/v1/keys", "", `{"name":"x","role":"viewer","neverExpires":true}`, s.admin)
		},
		"idempotency_key_reused": func(t *testing.T, s *stage) provoked {
			s.call(makeFile, "", aFile, s.admin, webtest.Header("Idempotency-Key", "reused"))
			return s.call(makeFile, "", `{"name":"b.txt","size":1}`, s.admin, webtest.Header("Idempotency-Key", "reused"))
		},
		"condition_required": func(t *testing.T, s *stage) provoked { return s.call("DELETE /api/v1/enforcement", "", "", s.admin) },
		"stale": func(t *testing.T, s *stage) provoked {
			return s.call("DELETE /api/v1/enforcement", "", "", s.admin, webtest.Header("If-Match", `"0"`))
		},
	}
}

// atTheFeatures provokes what single operations refuse.
func atTheFeatures() map[string]func(*testing.T, *stage) provoked {
	return map[string]func(*testing.T, *stage) provoked{
		"not_found": func(t *testing.T, s *stage) provoked {
			return s.call("GET /api/v1/uploads/{id}", strings.Repeat("a", 32), "", s.admin)
		},
		"file_too_large": func(t *testing.T, s *stage) provoked {
			return s.call(makeFile, "", `{"name":"a","size":99999999}`, s.admin)
		},
		"quota_exceeded": func(t *testing.T, s *stage) provoked {
			usage := s.Grant(t, s.Acme.Admin).Database().Collection("usage")
			docs, err := usage.Documents(t.Context()).GetAll()
			fail(t, err)
			full := []*firestore.DocumentRef{usage.Doc("files-0")}
			for _, d := range docs {
				full = append(full, d.Ref)
			}
			for _, ref := range full {
				_, err := ref.Set(t.Context(), map[string]any{"bytes": vending.DefaultQuota})
				fail(t, err)
			}
			asked := s.call(makeFile, "", `{"name":"a","size":1}`, s.admin)
			for _, ref := range full {
				_, err := ref.Delete(t.Context())
				fail(t, err)
			}
			return asked
		},
		"no_parts": func(t *testing.T, s *stage) provoked {
			return s.call("POST /api/v1/uploads/{id}/parts", s.object(t, "uploads"), `{"numbers":[1]}`, s.admin)
		},
		"not_uploaded": func(t *testing.T, s *stage) provoked {
			return s.call("POST /api/v1/uploads/{id}/complete", s.object(t, "uploads"), "", s.admin)
		},
		"not_owner": func(t *testing.T, s *stage) provoked {
			given := s.givenTo(t, "a file was sent whose inspection waits for its owner")
			return s.call("POST /api/v1/uploads/{id}/inspection", given.id, "", s.Bearer(t, s.Acme.Editor, "acme"))
		},
		"harmful": func(t *testing.T, s *stage) provoked {
			given := s.givenTo(t, "a file was sent whose inspection waits for its owner")
			s.setInspection(t, given.id, "done")
			_, err := s.Grant(t, s.Acme.Admin).Database().Collection("uploads").Doc(given.id).Update(t.Context(),
				[]firestore.Update{{Path: "inspection.verdict", Value: "harmful"}})
			fail(t, err)
			return s.call("GET /api/v1/uploads/{id}/download", given.id, "", s.admin)
		},
		"withheld": func(t *testing.T, s *stage) provoked {
			given := s.givenTo(t, "a file was sent whose inspection waits for its owner")
			repo := uploads.NewRepository(s.Grant(t, s.Acme.Admin))
			set, err := repo.SetSettings(t.Context(), 0, uploads.Settings{OnlyInspected: true}, uploads.MaxSize)
			fail(t, err)
			asked := s.call("GET /api/v1/uploads/{id}/download", given.id, "", s.admin)
			_, err = repo.SetSettings(t.Context(), set.Version, uploads.Settings{}, uploads.MaxSize)
			fail(t, err)
			return asked
		},
		"in_bin": func(t *testing.T, s *stage) provoked {
			return s.call("GET /api/v1/uploads/{id}/download", s.givenTo(t, "a file was put into the bin").id, "", s.admin)
		},
		"replaced": func(t *testing.T, s *stage) provoked {
			return s.call("GET /api/v1/uploads/{id}", s.givenTo(t, "a file was replaced").id, "", s.admin)
		},
		"not_in_bin": func(t *testing.T, s *stage) provoked {
			return s.call("DELETE /api/v1/binned-uploads/{id}", s.givenTo(t, "a file was sent").id, "", s.admin)
		},
		"inspected": func(t *testing.T, s *stage) provoked {
			given := s.givenTo(t, "a file was sent whose inspection waits for its owner")
			s.setInspection(t, given.id, "done")
			return s.call("POST /api/v1/uploads/{id}/inspection", given.id, "", s.admin)
		},
		"last_admin": func(t *testing.T, s *stage) provoked {
			return s.call("PATCH /api/v1/users/{id}", s.Acme.Admin.ID.String(), `{"role":"viewer"}`, s.admin)
		},
		"already_rolled": func(t *testing.T, s *stage) provoked {
			id := s.object(t, "keys")
			s.call("POST /api/v1/keys/{id}/roll", id, `{"overlap":"7d"}`, s.admin)
			return s.call("POST /api/v1/keys/{id}/roll", id, `{"overlap":"7d"}`, s.admin)
		},
		"key_ended": func(t *testing.T, s *stage) provoked {
			id := s.object(t, "keys")
			s.call("DELETE /api/v1/keys/{id}", id, "", s.admin)
			return s.call("POST /api/v1/keys/{id}/roll", id, `{"overlap":"7d"}`, s.admin)
		},
		"code": func(t *testing.T, s *stage) provoked {
			return s.call("POST /api/v1/passwords", "", `{"code":"guess","password":"a new password, and long"}`, stranger)
		},
		"weak_password": func(t *testing.T, s *stage) provoked {
			p := s.givenTo(t, "a letter was asked for")
			return s.call("POST /api/v1/passwords", "", p.real(`{"code":"`+exampleCode+`","password":"1234567"}`), stranger)
		},
		"bad_address": func(t *testing.T, s *stage) provoked {
			return s.change("POST /api/v1/providers", "", fmt.Sprintf(aProvider, "https://10.0.0.1"), s.admin)
		},
		"already_there": func(t *testing.T, s *stage) provoked {
			return s.change("POST /api/v1/domains", "", `{"name":"`+s.object(t, "domains")+`"}`, s.admin)
		},
		"too_many": func(t *testing.T, s *stage) provoked {
			s.setPolicy(t, func(p *authpolicy.Policy) {
				for i := range authpolicy.MaxDomains {
					p.Domains = append(p.Domains, authpolicy.Domain{Name: "d" + strconv.Itoa(i) + ".bulkhead.test", Challenge: authpolicy.NewChallenge()})
				}
			})
			return s.change("POST /api/v1/domains", "", `{"name":"acme.bulkhead.test"}`, s.admin)
		},
		"not_tested": func(t *testing.T, s *stage) provoked {
			return s.change("POST /api/v1/providers/{id}/enable", s.object(t, "providers"), "", s.admin)
		},
		"own_session": func(t *testing.T, s *stage) provoked {
			return s.change("PUT /api/v1/settings/authentication/second-factor", "", `{"required":true}`, s.admin)
		},
		"no_provider": func(t *testing.T, s *stage) provoked {
			p := s.givenTo(t, twoWays)
			s.setPolicy(t, func(p *authpolicy.Policy) { p.Providers = nil })
			return s.change("POST /api/v1/enforcement", "", "", p.as)
		},
		"provider_required": func(t *testing.T, s *stage) provoked {
			p := s.givenTo(t, "a provider is required")
			var id string
			s.setPolicy(t, func(p *authpolicy.Policy) { id = p.Providers[0].ID.String() })
			return s.change("POST /api/v1/providers/{id}/disable", id, "", p.as)
		},
		"already_required": func(t *testing.T, s *stage) provoked {
			p := s.givenTo(t, "a provider is required")
			return s.change("POST /api/v1/enforcement", "", "", p.as)
		},
		"no_record": func(t *testing.T, s *stage) provoked {
			id := s.object(t, "domains")
			d := webtest.Read[struct{ Record string }](t, s.Call("GET", "/api/v1/domains/"+id, "", s.admin), 200)
			fail(t, s.Cloud.DNS().Set(d.Record))
			return s.call("POST /api/v1/domains/{id}/check", id, "", s.admin)
		},
		"dns_unavailable": func(t *testing.T, s *stage) provoked {
			id := s.object(t, "domains")
			d := webtest.Read[struct{ Record string }](t, s.Call("GET", "/api/v1/domains/"+id, "", s.admin), 200)
			defer s.Cloud.DNS().Fail(d.Record, dns.ServFail)()
			return s.call("POST /api/v1/domains/{id}/check", id, "", s.admin)
		},
	}
}

// atSignIn provokes what the exchange of a credential refuses.
func atSignIn() map[string]func(*testing.T, *stage) provoked {
	exchange := func(more func(secret string, now time.Time) string) func(*testing.T, *stage) provoked {
		return func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "coded")
			secret := s.giveApp(t, who)
			return s.call(getToken, "", withPassword(who, more(secret, time.Now())), stranger)
		}
	}
	code := func(off time.Duration) func(string, time.Time) string {
		return func(secret string, now time.Time) string {
			c, err := secondfactor.Code(secret, now.Add(off))
			if err != nil {
				return err.Error()
			}
			return `,"code":"` + c + `"`
		}
	}
	return map[string]func(*testing.T, *stage) provoked{
		"bad_credentials": func(t *testing.T, s *stage) provoked {
			return s.call(getToken, "", `{"email":"editor@acme.test","password":"wrong"}`, stranger)
		},
		"account_disabled": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "disabled")
			_, err := s.People.SetDisabled(t.Context(), s.Grant(t, s.Acme.Admin), who.ID, true)
			fail(t, err)
			return s.call(getToken, "", withPassword(who, ""), stranger)
		},
		"sign_in_way": func(t *testing.T, s *stage) provoked {
			s.givenTo(t, "a provider is required")
			return s.call(getToken, "", `{"email":"editor@acme.test","password":"password-of-editor"}`, stranger)
		},
		"second_factor_required": exchange(func(string, time.Time) string { return "" }),
		"second_factor":          exchange(func(string, time.Time) string { return `,"code":"abcdef"` }),
		"second_factor_used":     exchange(code(0)),
		"second_factor_clock":    exchange(code(2 * time.Minute)),
		"recovery_code_used":     exchange(func(string, time.Time) string { return `,"recoveryCode":"abcd-efgh-2345-ijkl"` }),
		"second_factor_locked": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "locked")
			s.giveApp(t, who)
			for range 30 {
				if p := s.call(getToken, "", withPassword(who, `,"code":"000000"`), stranger); p.answer.Code == http.StatusTooManyRequests {
					return p
				}
			}
			return provoked{}
		},
	}
}

// TestEveryProblemIsProvoked: each problem of the description is provoked by a request, at an
// operation that says so, and is answered as its example says. Its type leads to where it stands on
// the page for people.
func TestEveryProblemIsProvoked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	doc := readDocument(t, s.Handler)
	page := s.Call("GET", "/api/docs", "").Body.String()
	provoke := map[string]func(*testing.T, *stage) provoked{}
	for _, some := range []map[string]func(*testing.T, *stage) provoked{atTheDoor(), atTheFeatures(), atSignIn(), atOnesOwn()} {
		for code, f := range some {
			provoke[code] = f
		}
	}
	for code, example := range doc.Components.Examples {
		if example.Summary == "" || !strings.HasSuffix(example.Summary, ".") {
			t.Errorf("%s has no sentence", code)
		}
		if example.Value["type"] != vendingtest.Origin+"/api/docs#problem-"+code || !strings.Contains(page, `id="problem-`+code+`"`) {
			t.Errorf("%s: its type, %v, leads nowhere", code, example.Value["type"])
		}
		do, known := provoke[code]
		if _, other := elsewhere()[code]; known == other {
			t.Errorf("%s is provoked by no request, or by one too many: add it to web/provoked_test.go", code)
		}
		if !known {
			continue
		}
		t.Run(code, func(t *testing.T) {
			s.setPolicy(t, func(p *authpolicy.Policy) { *p = authpolicy.Policy{Version: p.Version, Changed: p.Changed} })
			got := do(t, s)
			if got.answer == nil {
				t.Fatal("not provoked")
			}
			answer := webtest.Read[map[string]any](t, got.answer, int(example.Value["status"].(float64)))
			loose := cmpopts.IgnoreMapEntries(func(name string, _ any) bool { return name == "requestId" || name == "detail" || name == "errors" })
			if diff := cmp.Diff(example.Value, answer, loose); diff != "" {
				t.Errorf("the example (-) and the answer (+):\n%s", diff)
			}
			if answer["detail"] == "" || answer["requestId"] == "" {
				t.Errorf("no detail or no request id: %v", answer)
			}
			method, path, _ := strings.Cut(got.op, " ")
			if op := doc.Paths[path][strings.ToLower(method)]; op == nil || !slices.Contains(op.problems(), code) {
				t.Errorf("%s does not say that it answers so", got.op)
			}
		})
	}
	for code := range provoke {
		if _, ok := doc.Components.Examples[code]; !ok {
			t.Errorf("the description does not know %s", code)
		}
	}
}
