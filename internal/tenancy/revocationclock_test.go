package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// feed is a process's feed whose clock differs by that much from the database's.
func (c *control) feed(t *testing.T, skew time.Duration) *revocation.Feed {
	t.Helper()
	f := revocation.NewFeed(c.open(t), func() time.Time { return time.Now().Add(skew) })
	if err := f.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRevocationByAClockThatIsOff: what was issued before it is dead, and what is issued a second
// later lives, whatever the clock of the process that revoked.
func TestRevocationByAClockThatIsOff(t *testing.T) {
	c := newControl(t)
	acme, ann := tenant.NewID(), tenancytest.UserID(t, "ann")
	for name, skew := range map[string]time.Duration{"slow": -20 * time.Second, "fast": 20 * time.Second} {
		one := c.feed(t, skew)
		issued := time.Now().Add(-2 * time.Second).Truncate(time.Second)
		if err := one.RevokeUser(t.Context(), acme, ann); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Truncate(time.Second).Add(time.Second)
		for who, f := range map[string]*revocation.Feed{"the process itself": one, "another": c.feed(t, 0)} {
			if dead, err := f.Revoked(acme, ann, issued, issued); err != nil || !dead {
				t.Errorf("%s clock, %s: an older token is let in: %v", name, who, err)
			}
			if dead, err := f.Revoked(acme, ann, later, later); err != nil || dead {
				t.Errorf("%s clock, %s: a later token is refused: %v", name, who, err)
			}
			wait, dead, err := f.Outwait(acme, ann, issued)
			if err != nil || !dead || wait <= 0 || wait > time.Second {
				t.Errorf("%s clock, %s: wait %v, %v, %v; want a second at most", name, who, wait, dead, err)
			}
		}
	}
}

// TestLaterRevocationUndoesNone: a process whose clock is behind revokes after another.
func TestLaterRevocationUndoesNone(t *testing.T) {
	c := newControl(t)
	acme, ann := tenant.NewID(), tenancytest.UserID(t, "ann")
	fast, slow := c.feed(t, 0), c.feed(t, -20*time.Second)
	changed := time.Now().Truncate(time.Microsecond)
	issued := changed.Add(-time.Second).Truncate(time.Second)
	for _, f := range []*revocation.Feed{fast, slow} {
		if err := f.RevokeUser(t.Context(), acme, ann); err != nil {
			t.Fatal(err)
		}
	}
	late := c.feed(t, 0)
	if dead, err := late.Revoked(acme, ann, issued, issued); err != nil || !dead {
		t.Errorf("a process that starts later lets the token in: %v", err)
	}
	if covered, err := late.Covers(t.Context(), acme, ann, changed); err != nil || !covered {
		t.Errorf("the order that was written last took the first one's time: %v", err)
	}
}

// TestOperatorSignsOutByASlowClock: a session that began just before is over, in every process.
func TestOperatorSignsOutByASlowClock(t *testing.T) {
	c := newControl(t)
	olga := tenancytest.UserID(t, "olga")
	slow := tenancy.NewOperators(c.issuer.Verifier(t), c.open(t), func() time.Time { return time.Now().Add(-20 * time.Second) })
	if err := slow.Admit(t.Context(), olga, "olga@example.com"); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-2 * time.Second)
	token := c.issuer.Sign(operatorClaims(c.issuer, "olga").Set("auth_time", began.Unix()).Set("iat", began.Unix()).Set("exp", began.Add(time.Hour).Unix()))
	o, err := slow.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if err := slow.SignOut(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	other := tenancy.NewOperators(c.issuer.Verifier(t), c.open(t), nil)
	for name, list := range map[string]*tenancy.Operators{"the process itself": slow, "another": other} {
		if _, err := list.Authenticate(t.Context(), token); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s lets the session go on: %v", name, err)
		}
	}
}

// TestAPIKeyMadeWhileTheTenantIsRevoked is dead, or was never made: now, and when the feed has
// forgotten the revocation. Its making has come to its beginning, or to its end, when the
// revocation comes.
func TestAPIKeyMadeWhileTheTenantIsRevoked(t *testing.T) {
	for _, step := range []string{"BeginTransaction", "Commit"} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			_, held, err := w.makeMeanwhile(t, step, func() error { return w.revocations.RevokeTenant(t.Context(), w.acme.ID) })
			switch {
			case errors.Is(err, tenant.ErrUnauthenticated): // never made
				if keys, err := w.db.Collection("apikeys").Documents(t.Context()).GetAll(); err != nil || len(keys) != 0 {
					t.Errorf("%d keys are stored, %v", len(keys), err)
				}
				return
			case err != nil || step == "BeginTransaction":
				t.Fatalf("made after the revocation: %v, want ErrUnauthenticated", err)
			}
			w.clock.advance(2 * tenant.MaxSession) // longer than the feed remembers
			w.poll(t)
			if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held.Reveal()); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("let in two days on: %v", err)
			}
		})
	}
}

// TestAPIKeyMadeByASlowClock: a process whose clock is behind the database's makes a key after the
// tenant was revoked. By that clock the key is older than the revocation, and yet it lives.
func TestAPIKeyMadeByASlowClock(t *testing.T) {
	w := newWorld(t)
	if err := w.revocations.RevokeTenant(t.Context(), w.acme.ID); err != nil {
		t.Fatal(err)
	}
	w.issuer.Now = func() time.Time { return time.Now().Add(2 * time.Second) } // Google's: past the second of the revocation
	w.clock.advance(-20 * time.Second)
	_, held, err := w.auth.APIKeys().Create(t.Context(), w.admin(t, w.control, w.acme), editorKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*server{"the process itself": w.server, "another": w.control.server(t)} {
		if _, err := s.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held.Reveal()); err != nil {
			t.Errorf("%s refuses the key: %v", name, err)
		}
	}
}

// TestAPIKeyOfAMakerWhoIsRevokedMeanwhile is never made: the maker's token was good when the
// request came.
func TestAPIKeyOfAMakerWhoIsRevokedMeanwhile(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.makeMeanwhile(t, "BeginTransaction", func() error {
		return w.revocations.RevokeUser(t.Context(), w.acme.ID, tenancytest.UserID(t, "ann"))
	})
	if !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("%v, want ErrUnauthenticated", err)
	}
}

// makeMeanwhile makes a key of acme's in another process, and does what is to happen at that step
// of it.
func (w *world) makeMeanwhile(t *testing.T, step string, happen func() error) (apikey.Key, tenancy.SecretKey, error) {
	t.Helper()
	other := w.control.server(t)
	admin := other.admin(t, w.control, w.acme)
	slow := w.cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/" + step, Times: 1, Delay: 2 * time.Second,
	})
	defer slow.Remove()
	var key apikey.Key
	var held tenancy.SecretKey
	made := make(chan error, 1)
	go func() {
		var err error
		key, held, err = other.auth.APIKeys().Create(t.Context(), admin, editorKey())
		made <- err
	}()
	for slow.Hits() == 0 {
		time.Sleep(time.Millisecond) // the test's own deadline ends this
	}
	if err := happen(); err != nil {
		t.Fatal(err)
	}
	err := <-made
	return key, held, err
}
