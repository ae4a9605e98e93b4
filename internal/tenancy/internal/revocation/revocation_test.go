package revocation_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"pgregory.net/rapid"
)

func TestRevokedByTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acme, globex := tenant.NewID(), tenant.NewID()
		ann, bob := tenancytest.UserID(t, "ann"), tenancytest.UserID(t, "bob")
		at := time.Now().Add(700 * time.Millisecond)
		second := at.Truncate(time.Second)
		began := second.Add(-2 * time.Hour)
		f := revocation.NewFeed(nil, nil)
		f.Polled(revocation.Revocation{Tenant: acme, User: ann, Before: at}, revocation.Revocation{Tenant: globex, Before: at})
		for _, c := range []struct {
			who    string
			tenant tenant.ID
			user   tenant.UserID
			iat    time.Time
			want   bool
		}{
			{"the revoked, before", acme, ann, second.Add(-time.Hour), true},
			{"the revoked, in that second", acme, ann, second, true},
			{"the revoked, a second later", acme, ann, second.Add(time.Second), false},
			{"a colleague", acme, bob, second.Add(-time.Hour), false},
			{"a namesake elsewhere, before", globex, ann, second, true},
			{"a namesake elsewhere, later", globex, ann, second.Add(time.Second), false},
			{"anyone of a revoked tenant", globex, bob, second, true},
			{"a third tenant", tenant.NewID(), ann, second, false},
		} {
			if got, err := f.Revoked(c.tenant, c.user, began, c.iat); err != nil || got != c.want {
				t.Errorf("%s: %v, %v; want %v", c.who, got, err, c.want)
			}
		}
		f.Polled(revocation.Revocation{Tenant: acme, User: ann, Before: at.Add(-time.Hour)}) // an older order undoes nothing
		if got, _ := f.Revoked(acme, ann, began, second); !got {
			t.Error("a revocation was taken back")
		}
	})
}

func TestRevocationsFailClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := revocation.NewFeed(nil, nil)
		f.ReadBy(func(context.Context) ([]revocation.Revocation, error) { return nil, errors.New("away") })
		acme, ann := tenant.NewID(), tenancytest.UserID(t, "ann")
		ask := func(want error) {
			t.Helper()
			dead, err := f.Revoked(acme, ann, time.Now(), time.Now())
			if !errors.Is(err, want) || dead != (want != nil) {
				t.Errorf("%v, %v; want %v", dead, err, want)
			}
		}
		ask(tenant.ErrUnavailable) // nothing heard yet
		f.Polled()
		ask(nil)
		time.Sleep(30 * time.Second)
		ask(nil)
		time.Sleep(time.Nanosecond)
		ask(tenant.ErrUnavailable)
		f.Polled()
		ask(nil)
	})
}

// TestStaleFeedIsPolledInTheRequest: a process that was frozen answers its first callers, and knows
// what was revoked meanwhile.
func TestStaleFeedIsPolledInTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := revocation.NewFeed(nil, nil)
		f.Polled()
		acme, ann, bob := tenant.NewID(), tenancytest.UserID(t, "ann"), tenancytest.UserID(t, "bob")
		polls := 0
		f.ReadBy(func(context.Context) ([]revocation.Revocation, error) {
			polls++
			time.Sleep(50 * time.Millisecond)
			return []revocation.Revocation{{Tenant: acme, User: ann, Before: time.Now()}}, nil
		})
		iat := time.Now()
		time.Sleep(time.Minute)
		var asking sync.WaitGroup
		for range 64 {
			asking.Go(func() {
				if dead, err := f.Revoked(acme, bob, iat, iat); err != nil || dead {
					t.Errorf("a caller: %v, %v", dead, err)
				}
				if dead, err := f.Revoked(acme, ann, iat, iat); err != nil || !dead {
					t.Errorf("one who was revoked meanwhile: %v, %v", dead, err)
				}
			})
		}
		asking.Wait()
		if polls != 1 {
			t.Errorf("%d polls, want 1 for all", polls)
		}
	})
}

// TestStaleFeedThatIsAwayIsNotWaitedFor: while the feed does not answer, requests are refused after
// two seconds at the most, and most of them at once.
func TestStaleFeedThatIsAwayIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := revocation.NewFeed(nil, nil)
		f.Polled()
		acme, ann := tenant.NewID(), tenancytest.UserID(t, "ann")
		polls := 0
		f.ReadBy(func(ctx context.Context) ([]revocation.Revocation, error) {
			polls++
			<-ctx.Done()
			return nil, ctx.Err()
		})
		time.Sleep(time.Minute)
		start := time.Now()
		for range 100 {
			if dead, err := f.Revoked(acme, ann, start, start); !errors.Is(err, tenant.ErrUnavailable) || !dead {
				t.Errorf("%v, %v; want ErrUnavailable", dead, err)
			}
		}
		if took := time.Since(start); polls != 1 || took > 2*time.Second { // of the bubble's clock
			t.Errorf("%d polls in %v, want one of at most 2s", polls, took)
		}
		time.Sleep(time.Second)
		_, _ = f.Revoked(acme, ann, start, start)
		if polls != 2 {
			t.Errorf("%d polls a second later, want 2", polls)
		}
	})
}

// TestEndedSession: the end of a session kills what was issued in it and what will be, and no other
// session's.
func TestEndedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acme, ann, bob := tenant.NewID(), tenancytest.UserID(t, "ann"), tenancytest.UserID(t, "bob")
		began := time.Now().Truncate(time.Second).Add(-time.Hour)
		f := revocation.NewFeed(nil, nil)
		f.Polled(revocation.Revocation{Tenant: acme, User: ann, Session: began.Unix(), Before: time.Now()})
		for _, c := range []struct {
			who        string
			user       tenant.UserID
			began, iat time.Time
			want       bool
		}{
			{"the session, before", ann, began, began, true},
			{"the session, refreshed afterwards", ann, began, time.Now().Add(20 * time.Hour), true},
			{"another session of theirs, begun before", ann, began.Add(-time.Second), began, false},
			{"another session of theirs, begun later", ann, began.Add(time.Second), began.Add(time.Second), false},
			{"a colleague's of the same second", bob, began, began, false},
		} {
			if got, err := f.Revoked(acme, c.user, c.began, c.iat); err != nil || got != c.want {
				t.Errorf("%s: %v, %v; want %v", c.who, got, err, c.want)
			}
		}
		time.Sleep(tenant.MaxSession + 2*idtoken.Leeway)
		if f.Polled(); f.Held() != 1 {
			t.Error("forgotten while the session could be refreshed")
		}
		time.Sleep(6 * time.Minute)
		if f.Polled(); f.Held() != 0 {
			t.Error("kept for ever")
		}
	})
}

// TestRevocationsAreForgottenWhenTheyCannotMatter: not before the last token that they concern is
// dead of age.
func TestRevocationsAreForgottenWhenTheyCannotMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := revocation.NewFeed(nil, nil)
		f.Polled(revocation.Revocation{Tenant: tenant.NewID(), Before: time.Now()})
		time.Sleep(time.Hour + 2*idtoken.Leeway)
		if f.Polled(); f.Held() != 1 {
			t.Error("forgotten while a token of its time may live")
		}
		time.Sleep(6 * time.Minute)
		if f.Polled(); f.Held() != 0 {
			t.Error("kept for ever")
		}
	})
}

func TestRevocationOfNobody(t *testing.T) {
	f := revocation.NewFeed(nil, nil)
	for name, err := range map[string]error{
		"a user of no tenant": f.RevokeUser(t.Context(), tenant.ID{}, tenancytest.UserID(t, "ann")),
		"no user":             f.RevokeUser(t.Context(), tenant.NewID(), tenant.UserID{}), // must not become: all users
		"no tenant":           f.RevokeTenant(t.Context(), tenant.ID{}),
		"no session":          new(tenancy.Authenticator).EndSession(t.Context(), tenancy.Principal{}),
	} {
		if !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// TestRevocationNamesAreInjective: no two subjects share a document, whatever their users are
// called.
func TestRevocationNamesAreInjective(t *testing.T) {
	ids := rapid.Custom(func(t *rapid.T) revocation.Revocation {
		id, err := tenant.ParseID(rapid.StringMatching(`tn-[ab]{10}`).Draw(t, "id"))
		if err != nil {
			t.Fatal(err)
		}
		var u tenant.UserID
		if s := rapid.StringMatching(`[ab_-]{0,3}|tn-[ab]{10}`).Draw(t, "user"); s != "" {
			if u, err = tenant.ParseUserID(s); err != nil {
				t.Fatal(err)
			}
		}
		r := revocation.Revocation{Tenant: id, User: u}
		if !u.IsZero() {
			r.Session = rapid.Int64Range(0, 12).Draw(t, "session")
		}
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		if (a.DocumentID() == b.DocumentID()) != (a == b) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}
