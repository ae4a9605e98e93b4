package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func (s *server) dead(t *testing.T, id tenant.ID, u tenant.UserID, iat time.Time) bool {
	t.Helper()
	dead, err := s.revocations.Revoked(id, u, iat, iat)
	if err != nil {
		t.Fatal(err)
	}
	return dead
}

func (s *server) poll(t *testing.T) {
	t.Helper()
	if err := s.revocations.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRevocationTravels(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t)
	acme, ann, bob := tenant.NewID(), tenancytest.UserID(t, "ann"), tenancytest.UserID(t, "bob")
	iat := c.clock.now().Truncate(time.Second)

	if err := one.revocations.RevokeUser(t.Context(), acme, ann); err != nil {
		t.Fatal(err)
	}
	if !one.dead(t, acme, ann, iat) {
		t.Error("the process that revoked does not know")
	}
	if other.dead(t, acme, ann, iat) {
		t.Error("another knows before it has asked: the test proves nothing")
	}
	other.poll(t)
	late := c.server(t) // a process that starts afterwards
	for name, s := range map[string]*server{"another": other, "a late one": late} {
		if !s.dead(t, acme, ann, iat) || s.dead(t, acme, bob, iat) || s.dead(t, acme, ann, iat.Add(2*time.Second)) {
			t.Errorf("%s does not know who is revoked", name)
		}
	}

	if err := other.revocations.RevokeTenant(t.Context(), acme); err != nil {
		t.Fatal(err)
	}
	one.poll(t)
	if !one.dead(t, acme, bob, iat) || !one.dead(t, acme, ann, iat) || one.dead(t, tenant.NewID(), bob, iat) {
		t.Error("the tenant is not revoked")
	}
}

// TestEndOfASessionTravels: signing out in one process ends the session in another, and leaves the
// person's others alone.
func TestEndOfASessionTravels(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t)
	acme := one.onboard(t, "acme", tenant.US)
	token := func(began time.Time) string {
		return c.issuer.Sign(c.issuer.ExchangedClaims(acme, "ann", tenant.Editor).Set("auth_time", began.Unix()))
	}
	began := c.clock.now().Add(-time.Minute).Truncate(time.Second)
	laptop, phone := token(began), token(began.Add(-time.Second))
	p, err := one.auth.Session(t.Context(), tenant.SelectID(acme.ID), laptop)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := other.auth.Session(t.Context(), tenant.SelectID(acme.ID), laptop)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.auth.EndSession(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	other.poll(t)
	for name, s := range map[string]*server{"the process that ended it": one, "another": other, "a late one": c.server(t)} {
		if _, err := s.auth.Session(t.Context(), tenant.SelectID(acme.ID), laptop); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s lets the session go on: %v", name, err)
		}
		if _, err := s.auth.Session(t.Context(), tenant.SelectID(acme.ID), phone); err != nil {
			t.Errorf("%s ends another session: %v", name, err)
		}
	}
	for name, p := range map[string]tenancy.Principal{"ended": p, "elsewhere": elsewhere} {
		if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("a principal in use, %s: %v", name, err)
		}
	}
}

// TestRevocationIsHeardWhileRunning is the feed as a server has it.
func TestRevocationIsHeardWhileRunning(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t)
	stop := other.run(t)
	acme, ann := tenant.NewID(), tenancytest.UserID(t, "ann")
	iat := c.clock.now().Truncate(time.Second)
	if err := one.revocations.RevokeUser(t.Context(), acme, ann); err != nil {
		t.Fatal(err)
	}
	for !other.dead(t, acme, ann, iat) {
		time.Sleep(10 * time.Millisecond) // the test's own deadline ends this
	}
	stop()
}

// TestRevocationsInAnOutage: nobody is vouched for without news, and an order that did not get out
// is an error.
func TestRevocationsInAnOutage(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme, ann, bob := tenant.NewID(), tenancytest.UserID(t, "ann"), tenancytest.UserID(t, "bob")
	iat := c.clock.now().Truncate(time.Second)
	s.db.Close()
	if err := s.revocations.RevokeUser(t.Context(), acme, ann); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if !s.dead(t, acme, ann, iat) {
		t.Error("the order does not even hold here")
	}
	if err := s.revocations.Poll(t.Context()); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if s.dead(t, acme, bob, iat) {
		t.Error("one failed poll condemns everybody")
	}
	c.clock.advance(31 * time.Second)
	if _, err := s.revocations.Revoked(acme, bob, iat, iat); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}

// TestUnreadableOrderFailsThePoll: it may concern anyone.
func TestUnreadableOrderFailsThePoll(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	for name, order := range map[string]map[string]any{
		"no tenant":    {"user": "ann"},
		"odd tenant":   {"tenant": "../x", "user": "ann"},
		"odd user":     {"tenant": tenant.NewID().String(), "user": "a/b"},
		"odd type":     {"tenant": tenant.NewID().String(), "user": 7},
		"text in time": {"tenant": tenant.NewID().String(), "before": "now"},
		"no time":      {"tenant": tenant.NewID().String(), "user": "ann"},
		"no one's":     {"tenant": tenant.NewID().String(), "session": 7, "before": time.Now()},
		"before 1970":  {"tenant": tenant.NewID().String(), "user": "ann", "session": -7, "before": time.Now()},
	} {
		doc := s.db.Collection("revocations").Doc("x")
		order["updated"] = time.Now()
		if _, err := doc.Set(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		if err := s.revocations.Poll(t.Context()); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", name, err)
		}
		if _, err := doc.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.poll(t)
	}
}
