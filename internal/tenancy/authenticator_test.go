package tenancy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// world is two tenants that stand, and one of each kind that does not.
type world struct {
	*control
	*server
	acme, globex tenant.Tenant
	suspended    tenant.Tenant
	deleted      tenant.Tenant
	provisioning tenant.Tenant
	unknown      tenant.Tenant
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := newControl(t)
	w := &world{control: c, server: c.server(t)}
	w.acme, w.globex = w.onboard(t, "acme", tenant.EU), w.onboard(t, "globex", tenant.US)
	w.suspended, w.deleted = w.onboard(t, "suspended", tenant.EU), w.onboard(t, "deleted", tenant.EU)
	w.provisioning, w.unknown = tenancytest.NewTenant(t, "provisioning", tenant.EU), tenancytest.NewTenant(t, "unknown", tenant.EU)
	err := errors.Join(
		tenancytest.SetStatus(t.Context(), w.registry, w.suspended.ID, tenant.Suspended),
		tenancytest.SetStatus(t.Context(), w.registry, w.deleted.ID, tenant.Deleted),
		w.registry.Reserve(t.Context(), w.provisioning),
	)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

type enter func(context.Context, tenant.Selector, string) (tenancy.Principal, error)

// doors are the ways in for an exchanged token.
func (w *world) doors() map[string]enter {
	return map[string]enter{"session": w.auth.Session, "bearer": w.auth.Bearer}
}

// TestAcrossTenants is the dialogue at the door: who shows what, asks for whom, and hears what.
func TestAcrossTenants(t *testing.T) {
	w := newWorld(t)
	of := func(t tenant.Tenant) string { return w.issuer.Exchanged(t, "ann", tenant.Admin) }
	mixed := func(name string, value any) string {
		return w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenant.Admin).Set(name, value))
	}
	within := w.issuer.ExchangedClaims(w.acme, "ann", tenant.Admin)
	within["firebase"].(tenancytest.Claims)["tenant"] = w.globex.IdentityTenant
	acme, globex := tenant.SelectSlug(w.acme.Slug), tenant.SelectSlug(w.globex.Slug)

	for _, c := range []struct {
		says  string
		asks  tenant.Selector
		token string
		want  error
	}{
		{"acme's at acme", acme, of(w.acme), nil},
		{"globex's at globex", globex, of(w.globex), nil},
		{"acme's at globex", globex, of(w.acme), tenant.ErrTenantDenied},
		{"globex's at acme", acme, of(w.globex), tenant.ErrTenantDenied},
		{"acme's at globex by its id", tenant.SelectID(w.globex.ID), of(w.acme), tenant.ErrTenantDenied},
		{"acme's identity, globex's tn, at acme", acme, mixed("tn", w.globex.ID.String()), tenant.ErrTenantDenied},
		{"acme's identity, globex's tn, at globex", globex, mixed("tn", w.globex.ID.String()), tenant.ErrTenantDenied},
		{"globex's identity, acme's tn, at acme", acme, w.issuer.Sign(within), tenant.ErrTenantDenied},
		{"globex's identity, acme's tn, at globex", globex, w.issuer.Sign(within), tenant.ErrTenantDenied},
		{"acme's with another region", acme, mixed("rg", int64(tenant.US)), tenant.ErrTenantDenied},

		{"acme's at a suspended tenant", tenant.SelectSlug(w.suspended.Slug), of(w.acme), tenant.ErrTenantDenied},
		{"acme's at a deleted tenant", tenant.SelectSlug(w.deleted.Slug), of(w.acme), tenant.ErrTenantDenied},
		{"acme's at a tenant to be", tenant.SelectSlug(w.provisioning.Slug), of(w.acme), tenant.ErrTenantDenied},
		{"acme's at a tenant that never was", tenant.SelectSlug(w.unknown.Slug), of(w.acme), tenant.ErrTenantDenied},
		{"a suspended tenant's own", tenant.SelectSlug(w.suspended.Slug), of(w.suspended), tenant.ErrTenantDenied},
		{"a deleted tenant's own", tenant.SelectSlug(w.deleted.Slug), of(w.deleted), tenant.ErrTenantDenied},
		{"an unknown tenant's own", tenant.SelectSlug(w.unknown.Slug), of(w.unknown), tenant.ErrTenantDenied},

		// The token is judged first: a bad one learns nothing of the tenant.
		{"nothing at acme", acme, "", tenant.ErrUnauthenticated},
		{"nothing at a tenant that never was", tenant.SelectSlug(w.unknown.Slug), "", tenant.ErrUnauthenticated},
		{"junk at a suspended tenant", tenant.SelectSlug(w.suspended.Slug), "a.b.c", tenant.ErrUnauthenticated},
		{"an initial token at acme", acme, w.issuer.Initial(w.acme, "ann"), tenant.ErrUnauthenticated},
		{"an initial token at globex", globex, w.issuer.Initial(w.acme, "ann"), tenant.ErrUnauthenticated},
		{"an initial token with a copy of the claims", acme,
			w.issuer.Sign(w.issuer.Claims(w.acme.IdentityTenant, "ann").Set("tn", w.acme.ID.String()).Set("rl", "admin").Set("rg", 2)), tenant.ErrUnauthenticated},
		{"acme's at nobody", tenant.Selector{}, of(w.acme), tenant.ErrInvalid},
	} {
		for name, door := range w.doors() {
			p, err := door(t.Context(), c.asks, c.token)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (p == tenancy.Principal{}) != (c.want != nil) {
				t.Errorf("%s, by %s: %v, %v; want %v", c.says, name, p, err, c.want)
			}
			if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
				t.Errorf("%s: the error repeats the token", c.says)
			}
		}
	}
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	acme, globex := tenant.SelectSlug(w.acme.Slug), tenant.SelectSlug(w.globex.Slug)
	ago := func(d time.Duration) string {
		return w.issuer.Sign(w.issuer.Claims(w.acme.IdentityTenant, "ann").Set("auth_time", w.clock.now().Add(-d).Unix()))
	}
	by := func(provider string) string {
		c := w.issuer.Claims(w.acme.IdentityTenant, "ann")
		c["firebase"].(tenancytest.Claims)["sign_in_provider"] = provider
		return w.issuer.Sign(c)
	}
	for _, c := range []struct {
		says  string
		asks  tenant.Selector
		token string
		want  error
	}{
		{"at acme's provider, past this program", acme, by("oidc.aaaaaaaaaa"), tenant.ErrUnauthenticated},
		{"at Google", acme, by("google.com"), tenant.ErrUnauthenticated},
		{"by a link in a mail", acme, by("emailLink"), tenant.ErrUnauthenticated},
		{"anonymously", acme, by("anonymous"), tenant.ErrUnauthenticated},
		{"acme's at acme", acme, w.issuer.Initial(w.acme, "ann"), nil},
		{"acme's at globex", globex, w.issuer.Initial(w.acme, "ann"), tenant.ErrTenantDenied},
		{"an exchanged one", acme, w.issuer.Exchanged(w.acme, "ann", tenant.Viewer), tenant.ErrUnauthenticated},
		{"signed in 4 minutes ago", acme, ago(4 * time.Minute), nil},
		{"signed in 5 minutes ago", acme, ago(5 * time.Minute), tenant.ErrUnauthenticated},
		{"signed in yesterday, refreshed now", acme, ago(24 * time.Hour), tenant.ErrUnauthenticated},
		{"a suspended tenant's", tenant.SelectSlug(w.suspended.Slug), w.issuer.Initial(w.suspended, "ann"), tenant.ErrTenantDenied},
		{"junk", acme, "a.b.c", tenant.ErrUnauthenticated},
	} {
		p, err := w.auth.SignIn(t.Context(), c.asks, c.token)
		if !errors.Is(err, c.want) || (p == tenancy.Principal{}) != (c.want != nil) {
			t.Errorf("%s: %v, %v; want %v", c.says, p, err, c.want)
		}
	}

	p, err := w.auth.SignIn(t.Context(), acme, w.issuer.Initial(w.acme, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	if p.May(tenant.FilesRead) || p.Role() != 0 {
		t.Errorf("an initial token has the role %v", p.Role())
	}
	early := w.issuer.Initial(w.acme, "cho")
	if err := w.revocations.RevokeUser(t.Context(), w.acme.ID, tenancytest.UserID(t, "cho")); err != nil {
		t.Fatal(err)
	}
	if p, err := w.auth.SignIn(t.Context(), acme, early); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("signed in before being revoked: %v, %v; want ErrUnauthenticated", p, err)
	}
	w.clock.advance(5 * time.Minute)
	w.poll(t)
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) || p.Valid(w.clock.now()) {
		t.Errorf("five minutes on: %v, want ErrUnauthenticated", err)
	}
}

// TestWhoReachesAcross: the refusal of a token of another tenant says whose it is; that of a token
// of one's own tenant, from before it moved to another region, says nothing of the kind.
func TestWhoReachesAcross(t *testing.T) {
	w := newWorld(t)
	globex := tenant.SelectSlug(w.globex.Slug)
	want := tenancy.MismatchError{Tenant: w.acme.ID, User: tenancytest.UserID(t, "ann"), Asked: w.globex.ID}
	_, initial := w.auth.SignIn(t.Context(), globex, w.issuer.Initial(w.acme, "ann"))
	_, session := w.auth.Session(t.Context(), globex, w.issuer.Exchanged(w.acme, "ann", tenant.Admin))
	for name, err := range map[string]error{"initial": initial, "exchanged": session} {
		mismatch, ok := errors.AsType[*tenancy.MismatchError](err)
		if !ok || *mismatch != want {
			t.Errorf("%s: %v, want %+v", name, err, want)
		}
	}
	moved := w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenant.Admin).Set("rg", int(tenant.US)))
	_, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), moved)
	if _, ok := errors.AsType[*tenancy.MismatchError](err); ok || !errors.Is(err, tenant.ErrTenantDenied) {
		t.Errorf("another region of one's own tenant: %v, want ErrTenantDenied alone", err)
	}
}

// TestSessionsEndAfterADay: a fresh token of an old session counts no more.
func TestSessionsEndAfterADay(t *testing.T) {
	w := newWorld(t)
	acme := tenant.SelectSlug(w.acme.Slug)
	began := func(ago time.Duration) string {
		return w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenant.Admin).Set("auth_time", w.clock.now().Add(-ago).Unix()))
	}
	for name, door := range w.doors() {
		p, err := door(t.Context(), acme, began(tenant.MaxSession-time.Minute))
		if err != nil {
			t.Fatalf("%s, a minute before: %v", name, err)
		}
		if _, err := door(t.Context(), acme, began(tenant.MaxSession)); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s, a day after it began: %v, want ErrUnauthenticated", name, err)
		}
		if p.Valid(w.clock.now().Add(time.Minute)) {
			t.Errorf("%s: valid beyond its session", name)
		}
	}
}
