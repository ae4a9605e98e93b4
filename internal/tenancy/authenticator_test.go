package tenancy_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

func TestPrincipal(t *testing.T) {
	w := newWorld(t)
	second := w.clock.now().Truncate(time.Second)
	w.issuer.Now = func() time.Time { return second }
	for name, c := range map[string]struct {
		enter   enter
		token   string
		method  tenancy.Method
		role    tenant.Role
		expires time.Time
	}{
		"session": {w.auth.Session, w.issuer.Exchanged(w.acme, "ann", tenant.Admin), tenancy.BySession, tenant.Admin, second.Add(time.Hour)},
		"bearer":  {w.auth.Bearer, w.issuer.Exchanged(w.acme, "ann", tenant.Viewer), tenancy.ByBearer, tenant.Viewer, second.Add(time.Hour)},
		"sign-in": {w.auth.SignIn, w.issuer.Initial(w.acme, "ann"), tenancy.BySignIn, 0, second.Add(5 * time.Minute)},
	} {
		for _, s := range []tenant.Selector{tenant.SelectSlug(w.acme.Slug), tenant.SelectID(w.acme.ID)} {
			p, err := c.enter(t.Context(), s, c.token)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			type facts struct {
				Tenant          tenant.ID
				User            tenant.UserID
				Email           string
				Role            tenant.Role
				Region          tenant.Region
				Method          tenancy.Method
				Issued, Expires time.Time
				Valid           bool
			}
			got := facts{p.Tenant(), p.User(), p.Email(), p.Role(), p.Region(), p.Method(), p.IssuedAt(), p.Expires(), p.Valid(w.clock.now())}
			want := facts{w.acme.ID, tenancytest.UserID(t, "ann"), "ann@example.com", c.role, tenant.EU, c.method, second, c.expires, true}
			if d := tenancytest.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
			if err := p.Check(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
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
	for _, c := range []struct {
		says  string
		asks  tenant.Selector
		token string
		want  error
	}{
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

// TestPrincipalFalls: whatever takes a caller's right away, the next Check says so, whether a pulse
// runs or not.
func TestPrincipalFalls(t *testing.T) {
	for how, fall := range map[string]struct {
		cause func(*testing.T, *world, tenancy.Principal) error
		want  error
	}{
		"the user is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeUser(t.Context(), p.Tenant(), p.User())
		}, tenant.ErrUnauthenticated},
		"the tenant is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeTenant(t.Context(), p.Tenant())
		}, tenant.ErrUnauthenticated},
		"the tenant is suspended": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return tenancytest.SetStatus(t.Context(), w.registry, p.Tenant(), tenant.Suspended)
		}, tenant.ErrTenantDenied},
		"another user is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeUser(t.Context(), p.Tenant(), tenancytest.UserID(t, "bob"))
		}, nil},
		"another tenant is suspended": {func(t *testing.T, w *world, _ tenancy.Principal) error {
			return tenancytest.SetStatus(t.Context(), w.registry, w.globex.ID, tenant.Suspended)
		}, nil},
	} {
		for _, pulse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, pulse %v", how, pulse), func(t *testing.T) {
				w := newWorld(t)
				if pulse {
					w.run(t)
				}
				token := w.issuer.Exchanged(w.acme, "ann", tenant.Admin)
				p, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), token)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if err := p.Check(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if err := fall.cause(t, w, p); err != nil {
					t.Fatal(err)
				}
				if err := p.Check(t.Context()); !errors.Is(err, fall.want) {
					t.Errorf("Check: %v, want %v", err, fall.want)
				}
				if _, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), token); !errors.Is(err, fall.want) {
					t.Errorf("the remembered token: %v, want %v", err, fall.want)
				}
			})
		}
	}
}

// TestPrincipalAges: without a word from anyone, a caller's time runs out, and so does our right to
// vouch for them.
func TestPrincipalAges(t *testing.T) {
	w := newWorld(t)
	p, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, "ann", tenant.Admin))
	if err != nil {
		t.Fatal(err)
	}
	check := func(want error) {
		t.Helper()
		if err := p.Check(t.Context()); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	check(nil)
	heard := w.silence()
	w.clock.advance(31 * time.Second)
	check(tenant.ErrUnavailable) // no poll
	heard()
	w.poll(t)
	check(nil)
	w.db.Close()
	w.clock.advance(5 * time.Second)
	check(tenant.ErrUnavailable) // no registry
	w.clock.advance(time.Hour + 30*time.Second)
	check(tenant.ErrUnauthenticated) // expired, whoever is down
}

// TestVerdictsEndWithThePulse: a verdict outlives neither its beat nor the pulse itself.
func TestVerdictsEndWithThePulse(t *testing.T) {
	w := newWorld(t)
	stop := w.run(t)
	enter := func(user string) tenancy.Principal {
		t.Helper()
		p, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, user, tenant.Admin))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := enter("ann")
	w.clock.advance(time.Hour + time.Minute)
	for p.Check(t.Context()) == nil {
		time.Sleep(10 * time.Millisecond) // until the next beat; the test's own deadline ends this
	}

	w.clock.advance(-time.Hour - time.Minute) // back to when the certificates and the feed are fresh
	w.poll(t)
	p = enter("bob")
	stop()
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.silence()
	w.clock.advance(31 * time.Second)
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("after the pulse has stopped: %v, want ErrUnavailable", err)
	}
}

// TestZeroPrincipal: what was not made by an Authenticator is nobody, and does not panic.
func TestZeroPrincipal(t *testing.T) {
	var p tenancy.Principal
	if p.Valid(time.Time{}) || p.Valid(time.Now()) {
		t.Error("valid")
	}
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("Check: %v, want ErrUnauthenticated", err)
	}
	if !p.Tenant().IsZero() || !p.User().IsZero() || p.Role() != 0 || p.Region() != 0 || p.Method() != 0 || p.Email() != "" ||
		!p.IssuedAt().IsZero() || !p.Expires().IsZero() || p.String() != "nobody" {
		t.Errorf("nobody is somebody: %+v", p)
	}
	if p.LogValue().Kind() != slog.KindGroup {
		t.Errorf("LogValue: %v", p.LogValue())
	}
}

// TestPrincipalKeepsNoSecret prints a Principal in every way that Go has.
func TestPrincipalKeepsNoSecret(t *testing.T) {
	w := newWorld(t)
	token := w.issuer.Exchanged(w.acme, "ann", tenant.Admin)
	p, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), token)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "principal", p)
	if want := "principal.tenant=" + w.acme.ID.String() + " principal.user=ann principal.role=admin principal.method=session"; !strings.Contains(log.String(), want) {
		t.Errorf("log %q, want %q", log.String(), want)
	}
	all := log.String() + fmt.Sprintf("%v %+v %#v %s %q", p, p, p, p, p) + fmt.Sprintf("%+v %#v %+v", w.auth, w.auth, *w.auth) + tenancytest.JSON(p)
	for segment := range strings.SplitSeq(token, ".") {
		if strings.Contains(all, segment) {
			t.Errorf("a segment of the token is printed:\n%s", all)
		}
	}
	if strings.Contains(all, "ann@example.com") {
		t.Errorf("the address is printed:\n%s", all)
	}
}

// TestWarmPathAllocatesNothing: Check is on the path of each vend.
func TestWarmPathAllocatesNothing(t *testing.T) {
	w := newWorld(t)
	p, err := w.auth.Session(t.Context(), tenant.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, "ann", tenant.Admin))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	check := func() {
		if err := p.Check(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(1000, check); n > 0 {
		t.Errorf("without a pulse: %v allocations, want 0", n)
	}
	w.run(t)
	if n := testing.AllocsPerRun(1000, check); n > 0 {
		t.Errorf("with a pulse: %v allocations, want 0", n)
	}
}
