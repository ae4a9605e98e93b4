package authsettings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
)

// TestLimitsThatEndOnesOwnSession: an admin sets no limit that their own session has passed, for
// they could not take it back.
func TestLimitsThatEndOnesOwnSession(t *testing.T) {
	w := newWorld(t)
	admin := w.Grant(t, w.Acme.Admin)
	limits := authpolicy.Settings{
		API: []string{"token"}, Sessions: &authpolicy.SessionSettings{IdleMinutes: 30, AbsoluteMinutes: 60},
	}
	later := w.service(t, func(c *authsettings.Config) { c.Now = func() time.Time { return time.Now().Add(61 * time.Minute) } })
	if _, err := later.Apply(t.Context(), admin, w.version(t), limits); !errors.Is(err, authsettings.ErrOwnAge) {
		t.Errorf("an hour for a session of 61 minutes: %v, want ErrOwnAge", err)
	}
	if p := w.policy(t, w.Acme.ID); p.SessionLimits().Absolute == time.Hour {
		t.Error("it is set")
	}
	p, err := w.Apply(t.Context(), admin, w.version(t), limits)
	must(t, err)
	if p.SessionLimits().Absolute != time.Hour {
		t.Errorf("an hour for a new session: %v", p.SessionLimits())
	}
}
