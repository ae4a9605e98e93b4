package web_test

import (
	"net/http"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

const (
	askAddress = "POST /api/v1/account/address-letters"
	beginApp   = "POST /api/v1/account/app-secrets"
	removeApp  = "DELETE /api/v1/account/app"
)

// atOnesOwn provokes what is refused to people about their own account.
func atOnesOwn() map[string]func(*testing.T, *stage) provoked {
	return map[string]func(*testing.T, *stage) provoked{
		"wrong_password": func(t *testing.T, s *stage) provoked {
			return s.call(askAddress, "", `{"currentPassword":"wrong","email":"new@acme.test"}`, s.admin)
		},
		"no_password": func(t *testing.T, s *stage) provoked {
			as := webtest.WithKey(s.Token(t, s.withoutPassword(t)), "acme")
			return s.call(askAddress, "", `{"currentPassword":"none","email":"new@acme.test"}`, as)
		},
		"address_taken": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "moving")
			to := "taken-" + who.Email
			fail(t, s.Account.AskAddress(t.Context(), s.session(t, who), who.Password, to))
			code := s.letter(t, to)
			s.Add(t, s.Acme, to, tenant.Viewer)
			return s.call("POST /api/v1/addresses", "", `{"code":"`+code+`"}`, stranger)
		},
		"factor_unproven": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "unproven")
			s.giveApp(t, who)
			return s.call(beginApp, "", "", webtest.WithKey(s.Token(t, who), "acme"))
		},
		"set_up": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "proven")
			s.giveApp(t, who)
			return s.call(beginApp, "", "", s.proven(t, who))
		},
		"not_set_up": func(t *testing.T, s *stage) provoked { return s.call(removeApp, "", "", s.admin) },
		"last_factor": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "proven")
			s.giveApp(t, who)
			s.setPolicy(t, func(p *authpolicy.Policy) {
				p.SecondFactor = authpolicy.SecondFactor{Since: time.Now().Add(-time.Hour)}
			})
			return s.call(removeApp, "", "", s.proven(t, who))
		},
		"second_factor_over": func(t *testing.T, s *stage) provoked {
			return s.call("POST /api/v1/account/app", "", `{"code":"123456","state":"of nobody"}`, s.admin)
		},
		"passkey": func(t *testing.T, s *stage) provoked {
			return s.call("POST /api/v1/account/passkeys", "", `{"name":"Laptop","state":"of nobody","credential":{}}`, s.admin)
		},
		"last_login": func(t *testing.T, s *stage) provoked {
			who, p := s.newPerson(t, "connected"), new(prepared)
			way := authpolicy.AtProvider(s.connect(t, who, p))
			s.setPolicy(t, func(p *authpolicy.Policy) { p.Refused = authpolicy.SetOf(authpolicy.Password) })
			return s.call("DELETE /api/v1/account/sign-in-methods/{id}", p.id, "", webtest.WithKey(s.TokenBegun(t, who, way), "acme"))
		},
		"recovery_code": func(t *testing.T, s *stage) provoked {
			return s.call(getToken, "", withPassword(s.Acme.Admin, `,"adminRecoveryCode":"abcd-efgh-2345-ijkl"`), stranger)
		},
		"too_many_attempts": func(t *testing.T, s *stage) provoked {
			who := s.newPerson(t, "guessed")
			who.Password = "a guess"
			for range 30 {
				if p := s.call(getToken, "", withPassword(who, ""), stranger); p.answer.Code == http.StatusTooManyRequests {
					return p
				}
			}
			return provoked{}
		},
	}
}

// withoutPassword adds an editor of acme who signs in at a provider alone.
func (s *stage) withoutPassword(t *testing.T) vendingtest.Person {
	t.Helper()
	dir, err := s.Web.Identity().TenantManager.AuthForTenant(s.Acme.IdentityTenant)
	fail(t, err)
	who := vendingtest.Person{Tenant: s.Acme.Tenant, Email: "without-a-password@acme.test", Role: s.Acme.Editor.Role}
	account, err := dir.CreateUser(t.Context(), new(firebaseauth.UserToCreate).Email(who.Email).EmailVerified(true))
	fail(t, err)
	who.ID, err = tenant.ParseUserID(account.UID)
	fail(t, err)
	_, err = users.NewRepository(s.Grant(t, s.Acme.Admin)).Add(t.Context(), users.User{
		ID: who.ID, Email: who.Email, Name: who.Email, Role: who.Role, Status: users.Active,
	})
	fail(t, err)
	return who
}
