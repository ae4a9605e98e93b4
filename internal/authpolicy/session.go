package authpolicy

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The platform's limits of a session. A tenant may set shorter ones and no longer ones.
const (
	// MaxIdle is how long a browser's session lasts without a request.
	MaxIdle = 8 * time.Hour
	// MinIdle and MinAbsolute are the shortest limits that a tenant may set.
	MinIdle     = 5 * time.Minute
	MinAbsolute = time.Hour

	// FreshLife is how long after people have proven who they are they may make sensitive changes.
	FreshLife = 10 * time.Minute
)

// SessionLimits are how long a tenant lets sessions last. A zero limit is the platform's.
type SessionLimits struct {
	Idle     time.Duration // of a browser's session without a request
	Absolute time.Duration // of each session since its sign-in
}

// SessionLimits returns the limits in force: those that the tenant has set, and never more than the
// platform's, whatever is stored.
func (p *Policy) SessionLimits() SessionLimits {
	return SessionLimits{shorter(p.Sessions.Idle, MaxIdle), shorter(p.Sessions.Absolute, tenant.MaxSession)}
}

func shorter(set, most time.Duration) time.Duration {
	if set > 0 && set < most {
		return set
	}
	return most
}

// Over reports whether a session has ended that began at a time, and made its last request at
// another.
func (l SessionLimits) Over(began, seen, now time.Time) bool {
	return now.Sub(seen) > l.Idle || now.Sub(began) > l.Absolute
}

// SessionSettings are the limits as an admin writes them, in whole minutes.
type SessionSettings struct {
	IdleMinutes     int `json:"idleMinutes" minimum:"5" maximum:"480" doc:"A browser's session ends after so long without a request."`
	AbsoluteMinutes int `json:"absoluteMinutes" minimum:"60" maximum:"1440" doc:"Each session ends so long after its sign-in."`
}

// Settings returns the limits in whole minutes.
func (l SessionLimits) Settings() *SessionSettings {
	return &SessionSettings{int(l.Idle / time.Minute), int(l.Absolute / time.Minute)}
}

// limits returns what s says. ErrInvalid for limits longer than the platform's, and for ones so
// short that nobody could work.
func (s SessionSettings) limits() (SessionLimits, error) {
	l := SessionLimits{time.Duration(s.IdleMinutes) * time.Minute, time.Duration(s.AbsoluteMinutes) * time.Minute}
	if s.IdleMinutes > int(MaxIdle/time.Minute) || l.Idle < MinIdle ||
		s.AbsoluteMinutes > int(tenant.MaxSession/time.Minute) || l.Absolute < MinAbsolute {
		return SessionLimits{}, tenant.Invalid("limits of sessions")
	}
	return l, nil
}
