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
)

// world is two tenants that stand, and one of each kind that does not.
type world struct {
	*control
	*server
	acme, globex tenancy.Tenant
	suspended    tenancy.Tenant
	deleted      tenancy.Tenant
	provisioning tenancy.Tenant
	unknown      tenancy.Tenant
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := newControl(t)
	w := &world{control: c, server: c.server(t)}
	w.acme, w.globex = w.onboard(t, "acme", tenancy.EU), w.onboard(t, "globex", tenancy.US)
	w.suspended, w.deleted = w.onboard(t, "suspended", tenancy.EU), w.onboard(t, "deleted", tenancy.EU)
	w.provisioning, w.unknown = tenancytest.NewTenant(t, "provisioning", tenancy.EU), tenancytest.NewTenant(t, "unknown", tenancy.EU)
	err := errors.Join(
		tenancytest.SetStatus(t.Context(), w.registry, w.suspended.ID, tenancy.Suspended),
		tenancytest.SetStatus(t.Context(), w.registry, w.deleted.ID, tenancy.Deleted),
		w.registry.Reserve(t.Context(), w.provisioning),
	)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

type enter func(context.Context, tenancy.Selector, string) (tenancy.Principal, error)

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
		role    tenancy.Role
		expires time.Time
	}{
		"session": {w.auth.Session, w.issuer.Exchanged(w.acme, "ann", tenancy.Admin), tenancy.BySession, tenancy.Admin, second.Add(time.Hour)},
		"bearer":  {w.auth.Bearer, w.issuer.Exchanged(w.acme, "ann", tenancy.Viewer), tenancy.ByBearer, tenancy.Viewer, second.Add(time.Hour)},
		"sign-in": {w.auth.SignIn, w.issuer.Initial(w.acme, "ann"), tenancy.BySignIn, 0, second.Add(5 * time.Minute)},
	} {
		for _, s := range []tenancy.Selector{tenancy.SelectSlug(w.acme.Slug), tenancy.SelectID(w.acme.ID)} {
			p, err := c.enter(t.Context(), s, c.token)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			type facts struct {
				Tenant          tenancy.ID
				User            tenancy.UserID
				Email           string
				Role            tenancy.Role
				Region          tenancy.Region
				Method          tenancy.Method
				Issued, Expires time.Time
				Valid           bool
			}
			got := facts{p.Tenant(), p.User(), p.Email(), p.Role(), p.Region(), p.Method(), p.IssuedAt(), p.Expires(), p.Valid(w.clock.now())}
			want := facts{w.acme.ID, tenancytest.UserID(t, "ann"), "ann@example.com", c.role, tenancy.EU, c.method, second, c.expires, true}
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
	of := func(t tenancy.Tenant) string { return w.issuer.Exchanged(t, "ann", tenancy.Admin) }
	mixed := func(name string, value any) string {
		return w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenancy.Admin).Set(name, value))
	}
	within := w.issuer.ExchangedClaims(w.acme, "ann", tenancy.Admin)
	within["firebase"].(tenancytest.Claims)["tenant"] = w.globex.IdentityTenant
	acme, globex := tenancy.SelectSlug(w.acme.Slug), tenancy.SelectSlug(w.globex.Slug)

	for _, c := range []struct {
		says  string
		asks  tenancy.Selector
		token string
		want  error
	}{
		{"acme's at acme", acme, of(w.acme), nil},
		{"globex's at globex", globex, of(w.globex), nil},
		{"acme's at globex", globex, of(w.acme), tenancy.ErrTenantDenied},
		{"globex's at acme", acme, of(w.globex), tenancy.ErrTenantDenied},
		{"acme's at globex by its id", tenancy.SelectID(w.globex.ID), of(w.acme), tenancy.ErrTenantDenied},
		{"acme's identity, globex's tn, at acme", acme, mixed("tn", w.globex.ID.String()), tenancy.ErrTenantDenied},
		{"acme's identity, globex's tn, at globex", globex, mixed("tn", w.globex.ID.String()), tenancy.ErrTenantDenied},
		{"globex's identity, acme's tn, at acme", acme, w.issuer.Sign(within), tenancy.ErrTenantDenied},
		{"globex's identity, acme's tn, at globex", globex, w.issuer.Sign(within), tenancy.ErrTenantDenied},
		{"acme's with another region", acme, mixed("rg", int64(tenancy.US)), tenancy.ErrTenantDenied},

		{"acme's at a suspended tenant", tenancy.SelectSlug(w.suspended.Slug), of(w.acme), tenancy.ErrTenantDenied},
		{"acme's at a deleted tenant", tenancy.SelectSlug(w.deleted.Slug), of(w.acme), tenancy.ErrTenantDenied},
		{"acme's at a tenant to be", tenancy.SelectSlug(w.provisioning.Slug), of(w.acme), tenancy.ErrTenantDenied},
		{"acme's at a tenant that never was", tenancy.SelectSlug(w.unknown.Slug), of(w.acme), tenancy.ErrTenantDenied},
		{"a suspended tenant's own", tenancy.SelectSlug(w.suspended.Slug), of(w.suspended), tenancy.ErrTenantDenied},
		{"a deleted tenant's own", tenancy.SelectSlug(w.deleted.Slug), of(w.deleted), tenancy.ErrTenantDenied},
		{"an unknown tenant's own", tenancy.SelectSlug(w.unknown.Slug), of(w.unknown), tenancy.ErrTenantDenied},

		// The token is judged first: a bad one learns nothing of the tenant.
		{"nothing at acme", acme, "", tenancy.ErrUnauthenticated},
		{"nothing at a tenant that never was", tenancy.SelectSlug(w.unknown.Slug), "", tenancy.ErrUnauthenticated},
		{"junk at a suspended tenant", tenancy.SelectSlug(w.suspended.Slug), "a.b.c", tenancy.ErrUnauthenticated},
		{"an initial token at acme", acme, w.issuer.Initial(w.acme, "ann"), tenancy.ErrUnauthenticated},
		{"an initial token at globex", globex, w.issuer.Initial(w.acme, "ann"), tenancy.ErrUnauthenticated},
		{"an initial token with a copy of the claims", acme,
			w.issuer.Sign(w.issuer.Claims(w.acme.IdentityTenant, "ann").Set("tn", w.acme.ID.String()).Set("rl", "admin").Set("rg", 2)), tenancy.ErrUnauthenticated},
		{"acme's at nobody", tenancy.Selector{}, of(w.acme), tenancy.ErrInvalid},
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
	acme, globex := tenancy.SelectSlug(w.acme.Slug), tenancy.SelectSlug(w.globex.Slug)
	ago := func(d time.Duration) string {
		return w.issuer.Sign(w.issuer.Claims(w.acme.IdentityTenant, "ann").Set("auth_time", w.clock.now().Add(-d).Unix()))
	}
	for _, c := range []struct {
		says  string
		asks  tenancy.Selector
		token string
		want  error
	}{
		{"acme's at acme", acme, w.issuer.Initial(w.acme, "ann"), nil},
		{"acme's at globex", globex, w.issuer.Initial(w.acme, "ann"), tenancy.ErrTenantDenied},
		{"an exchanged one", acme, w.issuer.Exchanged(w.acme, "ann", tenancy.Viewer), tenancy.ErrUnauthenticated},
		{"signed in 4 minutes ago", acme, ago(4 * time.Minute), nil},
		{"signed in 5 minutes ago", acme, ago(5 * time.Minute), tenancy.ErrUnauthenticated},
		{"signed in yesterday, refreshed now", acme, ago(24 * time.Hour), tenancy.ErrUnauthenticated},
		{"a suspended tenant's", tenancy.SelectSlug(w.suspended.Slug), w.issuer.Initial(w.suspended, "ann"), tenancy.ErrTenantDenied},
		{"junk", acme, "a.b.c", tenancy.ErrUnauthenticated},
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
	if p.Role().Includes(tenancy.Viewer) || p.Role() != 0 {
		t.Errorf("an initial token has the role %v", p.Role())
	}
	early := w.issuer.Initial(w.acme, "cho")
	if err := w.revocations.RevokeUser(t.Context(), w.acme.ID, tenancytest.UserID(t, "cho")); err != nil {
		t.Fatal(err)
	}
	if p, err := w.auth.SignIn(t.Context(), acme, early); !errors.Is(err, tenancy.ErrUnauthenticated) {
		t.Errorf("signed in before being revoked: %v, %v; want ErrUnauthenticated", p, err)
	}
	w.clock.advance(5 * time.Minute)
	w.poll(t)
	if err := p.Check(t.Context()); !errors.Is(err, tenancy.ErrUnauthenticated) || p.Valid(w.clock.now()) {
		t.Errorf("five minutes on: %v, want ErrUnauthenticated", err)
	}
}

// TestSessionsEndAfterADay: a fresh token of an old session counts no more.
func TestSessionsEndAfterADay(t *testing.T) {
	w := newWorld(t)
	acme := tenancy.SelectSlug(w.acme.Slug)
	began := func(ago time.Duration) string {
		return w.issuer.Sign(w.issuer.ExchangedClaims(w.acme, "ann", tenancy.Admin).Set("auth_time", w.clock.now().Add(-ago).Unix()))
	}
	for name, door := range w.doors() {
		p, err := door(t.Context(), acme, began(tenancy.MaxSession-time.Minute))
		if err != nil {
			t.Fatalf("%s, a minute before: %v", name, err)
		}
		if _, err := door(t.Context(), acme, began(tenancy.MaxSession)); !errors.Is(err, tenancy.ErrUnauthenticated) {
			t.Errorf("%s, a day after it began: %v, want ErrUnauthenticated", name, err)
		}
		if p.Valid(w.clock.now().Add(time.Minute)) {
			t.Errorf("%s: valid beyond its session", name)
		}
	}
}

// TestPrincipalFalls: whatever takes a caller's right away, the next Check says so, whether a pulse runs or not.
func TestPrincipalFalls(t *testing.T) {
	for how, fall := range map[string]struct {
		cause func(*testing.T, *world, tenancy.Principal) error
		want  error
	}{
		"the user is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeUser(t.Context(), p.Tenant(), p.User())
		}, tenancy.ErrUnauthenticated},
		"the tenant is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeTenant(t.Context(), p.Tenant())
		}, tenancy.ErrUnauthenticated},
		"the tenant is suspended": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return tenancytest.SetStatus(t.Context(), w.registry, p.Tenant(), tenancy.Suspended)
		}, tenancy.ErrTenantDenied},
		"another user is revoked": {func(t *testing.T, w *world, p tenancy.Principal) error {
			return w.revocations.RevokeUser(t.Context(), p.Tenant(), tenancytest.UserID(t, "bob"))
		}, nil},
		"another tenant is suspended": {func(t *testing.T, w *world, _ tenancy.Principal) error {
			return tenancytest.SetStatus(t.Context(), w.registry, w.globex.ID, tenancy.Suspended)
		}, nil},
	} {
		for _, pulse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, pulse %v", how, pulse), func(t *testing.T) {
				w := newWorld(t)
				if pulse {
					w.run(t)
				}
				token := w.issuer.Exchanged(w.acme, "ann", tenancy.Admin)
				p, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), token)
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
				if _, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), token); !errors.Is(err, fall.want) {
					t.Errorf("the remembered token: %v, want %v", err, fall.want)
				}
			})
		}
	}
}

// TestPrincipalAges: without a word from anyone, a caller's time runs out, and so does our right to vouch for them.
func TestPrincipalAges(t *testing.T) {
	w := newWorld(t)
	p, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, "ann", tenancy.Admin))
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
	w.clock.advance(31 * time.Second)
	check(tenancy.ErrUnavailable) // no poll
	w.poll(t)
	check(nil)
	w.db.Close()
	w.clock.advance(5 * time.Second)
	check(tenancy.ErrUnavailable) // no registry
	w.clock.advance(time.Hour + 30*time.Second)
	check(tenancy.ErrUnauthenticated) // expired, whoever is down
}

// TestVerdictsEndWithThePulse: a verdict outlives neither its beat nor the pulse itself.
func TestVerdictsEndWithThePulse(t *testing.T) {
	w := newWorld(t)
	stop := w.run(t)
	enter := func(user string) tenancy.Principal {
		t.Helper()
		p, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, user, tenancy.Admin))
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
	w.clock.advance(31 * time.Second)
	if err := p.Check(t.Context()); !errors.Is(err, tenancy.ErrUnavailable) {
		t.Errorf("after the pulse has stopped: %v, want ErrUnavailable", err)
	}
}

// TestZeroPrincipal: what was not made by an Authenticator is nobody, and does not panic.
func TestZeroPrincipal(t *testing.T) {
	var p tenancy.Principal
	if p.Valid(time.Time{}) || p.Valid(time.Now()) {
		t.Error("valid")
	}
	if err := p.Check(t.Context()); !errors.Is(err, tenancy.ErrUnauthenticated) {
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
	token := w.issuer.Exchanged(w.acme, "ann", tenancy.Admin)
	p, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), token)
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
	p, err := w.auth.Session(t.Context(), tenancy.SelectSlug(w.acme.Slug), w.issuer.Exchanged(w.acme, "ann", tenancy.Admin))
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
