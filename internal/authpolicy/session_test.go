package authpolicy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestSessionLimitsOnlyTighten: whatever is stored, no session outlasts the platform's limits.
func TestSessionLimitsOnlyTighten(t *testing.T) {
	most := authpolicy.SessionLimits{Idle: authpolicy.MaxIdle, Absolute: tenant.MaxSession}
	short := authpolicy.SessionLimits{Idle: 15 * time.Minute, Absolute: time.Hour}
	for name, tt := range map[string]struct{ stored, want authpolicy.SessionLimits }{
		"nothing set": {authpolicy.SessionLimits{}, most},
		"shorter":     {short, short},
		"longer": {
			authpolicy.SessionLimits{Idle: authpolicy.MaxIdle + time.Minute, Absolute: tenant.MaxSession + time.Minute}, most,
		},
		"one of them": {authpolicy.SessionLimits{Idle: short.Idle}, authpolicy.SessionLimits{Idle: short.Idle, Absolute: tenant.MaxSession}},
	} {
		p := authpolicy.Policy{Sessions: tt.stored}
		if got := p.SessionLimits(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
	p := authpolicy.Policy{Sessions: authpolicy.SessionLimits{Idle: -time.Minute}}
	if err := p.Validate(); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("a negative limit: %v, want ErrInvalid", err)
	}
}

func TestSessionSettings(t *testing.T) {
	ok := func(idle, absolute int) bool {
		p := new(authpolicy.Policy)
		next, err := p.Apply(authpolicy.Settings{API: []string{"token"}, Sessions: &authpolicy.SessionSettings{
			IdleMinutes: idle, AbsoluteMinutes: absolute,
		}})
		if err != nil && !errors.Is(err, tenant.ErrInvalid) {
			t.Fatal(err)
		}
		if want := (authpolicy.SessionSettings{IdleMinutes: idle, AbsoluteMinutes: absolute}); err == nil && *next.Settings().Sessions != want {
			t.Errorf("%d and %d minutes are read as %+v", idle, absolute, *next.Settings().Sessions)
		}
		return err == nil
	}
	for _, tt := range []struct {
		idle, absolute int
		want           bool
	}{
		{5, 60, true}, {480, 1440, true}, {31, 61, true},
		{4, 60, false}, {481, 60, false}, {5, 59, false}, {5, 1441, false}, {0, 0, false}, {-5, -60, false},
		{1 << 62, 60, false}, {5, 1 << 62, false},
	} {
		if got := ok(tt.idle, tt.absolute); got != tt.want {
			t.Errorf("idle %d, absolute %d minutes: accepted %v, want %v", tt.idle, tt.absolute, got, tt.want)
		}
	}
	p := authpolicy.Policy{Sessions: authpolicy.SessionLimits{Idle: time.Hour}}
	if next, err := p.Apply(authpolicy.Settings{API: []string{"token"}}); err != nil || next.Sessions != p.Sessions {
		t.Errorf("settings that say nothing of sessions leave %+v, %v", next.Sessions, err)
	}
}

func TestSessionsEnd(t *testing.T) {
	l := authpolicy.SessionLimits{Idle: 15 * time.Minute, Absolute: time.Hour}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		began, seen time.Duration // ago
		over        bool
	}{
		"at once":       {0, 0, false},
		"the last time": {time.Hour, 15 * time.Minute, false},
		"idle":          {30 * time.Minute, 15*time.Minute + 1, true},
		"too old":       {time.Hour + 1, 0, true},
	} {
		if got := l.Over(now.Add(-tt.began), now.Add(-tt.seen), now); got != tt.over {
			t.Errorf("%s: over %v, want %v", name, got, tt.over)
		}
	}
}
