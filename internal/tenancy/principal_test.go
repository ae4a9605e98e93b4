package tenancy_test

import (
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
