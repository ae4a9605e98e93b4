package vendingtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Tenant is an onboarded tenant with one person of each role.
type Tenant struct {
	tenant.Tenant
	Admin, Editor, Viewer Person
}

// Person is somebody who can sign in.
type Person struct {
	Tenant   tenant.Tenant
	ID       tenant.UserID
	Email    string
	Password string
	Role     tenant.Role
}

// TwoTenants starts a world with two active tenants, acme in the United States and globex in the
// European Union.
func TwoTenants(tb testing.TB, options ...Option) *World {
	tb.Helper()
	w := Start(tb, options...)
	w.Acme = w.Onboard(tb, "acme", tenant.US)
	w.Globex = w.Onboard(tb, "globex", tenant.EU)
	return w
}

// TwoPooled is TwoTenants in one pool, in the European Union.
func TwoPooled(tb testing.TB, options ...Option) *World {
	tb.Helper()
	w := Start(tb, options...)
	w.Acme = w.OnboardAs(tb, "acme", tenant.EU, tenant.Pool)
	w.Globex = w.OnboardAs(tb, "globex", tenant.EU, tenant.Pool)
	return w
}

// Onboard makes a tenant in a silo; its admin then adds an editor and a viewer.
func (w *World) Onboard(tb testing.TB, slug string, region tenant.Region) Tenant {
	tb.Helper()
	return w.OnboardAs(tb, slug, region, tenant.Silo)
}

// OnboardAs is Onboard for a level of isolation.
func (w *World) OnboardAs(tb testing.TB, slug string, region tenant.Region, isolation tenant.Isolation) Tenant {
	tb.Helper()
	s, err := tenant.ParseSlug(slug)
	must(tb, err)
	first := onboarding.Admin{Email: "admin@" + slug + ".test", Name: "Admin of " + slug, Password: "password-of-the-admin"}
	made, err := onboarding.Provision(tb.Context(), w.Onboarding, onboarding.Request{
		Slug: s, Name: slug, Region: region, Isolation: isolation, Admin: first,
	})
	must(tb, err)
	t := Tenant{Tenant: made}
	t.Admin = Person{Tenant: made, Email: first.Email, Password: first.Password, Role: tenant.Admin}
	account, err := w.people(tb, made).GetUserByEmail(tb.Context(), first.Email)
	must(tb, err)
	t.Admin.ID, err = tenant.ParseUserID(account.UID)
	must(tb, err)
	t.Editor = w.Add(tb, t, "editor@"+slug+".test", tenant.Editor)
	t.Viewer = w.Add(tb, t, "viewer@"+slug+".test", tenant.Viewer)
	return t
}

// Add has the tenant's admin add a person.
func (w *World) Add(tb testing.TB, t Tenant, email string, role tenant.Role) Person {
	tb.Helper()
	p := Person{Tenant: t.Tenant, Email: email, Password: "password-of-" + role.String(), Role: role}
	account, err := w.people(tb, t.Tenant).CreateUser(tb.Context(),
		new(firebaseauth.UserToCreate).Email(email).EmailVerified(true).Password(p.Password))
	must(tb, err)
	p.ID, err = tenant.ParseUserID(account.UID)
	must(tb, err)
	_, err = users.NewRepository(w.Grant(tb, t.Admin)).Add(tb.Context(), users.User{
		ID: p.ID, Email: email, Name: email, Role: role, Status: users.Active,
	})
	must(tb, err)
	return p
}

// SignIn signs the person in with their password and returns the Principal of the initial token.
func (w *World) SignIn(tb testing.TB, p Person) tenancy.Principal {
	tb.Helper()
	principal, err := w.Authenticator.SignIn(tb.Context(), tenant.SelectID(p.Tenant.ID), w.InitialToken(tb, p))
	must(tb, err)
	return principal
}

// Principal signs the person in, exchanges the token, and returns the Principal of a bearer.
func (w *World) Principal(tb testing.TB, p Person) tenancy.Principal {
	tb.Helper()
	principal, err := w.Authenticator.Bearer(tb.Context(), tenant.SelectID(p.Tenant.ID), w.Token(tb, p))
	if errors.Is(err, tenant.ErrUnauthenticated) { // a revocation kills what is issued in its own second, too
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		principal, err = w.Authenticator.Bearer(tb.Context(), tenant.SelectID(p.Tenant.ID), w.Token(tb, p))
	}
	must(tb, err)
	return principal
}

// Grant signs the person in and vends to them.
func (w *World) Grant(tb testing.TB, p Person) vending.Grant {
	tb.Helper()
	g, err := w.Machine.Vend(tb.Context(), w.Principal(tb, p))
	must(tb, err)
	return g
}

// GrantBy is Grant for a session that began in this way.
func (w *World) GrantBy(tb testing.TB, p Person, way authpolicy.Way) vending.Grant {
	tb.Helper()
	principal, err := w.Authenticator.Bearer(tb.Context(), tenant.SelectID(p.Tenant.ID), w.token(tb, p, map[string]any{"si": way.String()}))
	must(tb, err)
	g, err := w.Machine.Vend(tb.Context(), principal)
	must(tb, err)
	return g
}

// InitialToken is the ID token that a sign-in with the password gives.
func (w *World) InitialToken(tb testing.TB, p Person) string {
	tb.Helper()
	return w.idToken(tb, "signInWithPassword", map[string]any{
		"email": p.Email, "password": p.Password, "tenantId": p.Tenant.IdentityTenant, "returnSecureToken": true,
	})
}

// Token is the exchanged ID token, with the claims tn, rl and rg.
func (w *World) Token(tb testing.TB, p Person) string {
	tb.Helper()
	return w.TokenBegun(tb, p, authpolicy.WithPassword())
}

// TokenBegun is Token for a session that began in this way.
func (w *World) TokenBegun(tb testing.TB, p Person, way authpolicy.Way) string {
	tb.Helper()
	return w.token(tb, p, map[string]any{"si": way.String()})
}

// TokenProven is Token for a session that has proven a second factor.
func (w *World) TokenProven(tb testing.TB, p Person, way authpolicy.Way, by authpolicy.Factor) string {
	tb.Helper()
	return w.token(tb, p, map[string]any{"si": way.String(), "sf": by.String()})
}

// TokenWith is Token with these claims besides, as the exchange would put them in.
func (w *World) TokenWith(tb testing.TB, p Person, claims map[string]any) string {
	tb.Helper()
	return w.token(tb, p, maps.Clone(claims))
}

func (w *World) token(tb testing.TB, p Person, claims map[string]any) string {
	tb.Helper()
	claims["tn"], claims["rl"], claims["rg"] = p.Tenant.ID.String(), p.Role.String(), int64(p.Tenant.Region)
	custom, err := w.people(tb, p.Tenant).CustomTokenWithClaims(tb.Context(), p.ID.String(), claims)
	must(tb, err)
	return w.idToken(tb, "signInWithCustomToken", map[string]any{
		"token": custom, "tenantId": p.Tenant.IdentityTenant, "returnSecureToken": true,
	})
}

func (w *World) people(tb testing.TB, t tenant.Tenant) *firebaseauth.TenantClient {
	tb.Helper()
	c, err := w.Web.Identity().TenantManager.AuthForTenant(t.IdentityTenant)
	must(tb, err)
	return c
}

// idToken asks Identity Platform, as a browser would, and returns the ID token of the answer.
func (w *World) idToken(tb testing.TB, method string, question map[string]any) string {
	tb.Helper()
	token, err := w.ask(tb.Context(), method, question)
	must(tb, err)
	return token
}

func (w *World) ask(ctx context.Context, method string, question map[string]any) (string, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return "", err
	}
	address := "https://identitytoolkit.googleapis.com/v1/accounts:" + method + "?key=" + w.Cloud.APIKey()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.Web.HTTP().Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", method, resp.Status, answer)
	}
	var tokens struct {
		ID string `json:"idToken"`
	}
	err = json.Unmarshal(answer, &tokens)
	return tokens.ID, err
}
