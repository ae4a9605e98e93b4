package authpolicy

import (
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ErrSecondFactor reports a session that has proven no second factor, where one is needed. (403)
var ErrSecondFactor = errors.New("authpolicy: second factor required")

// MaxGrace is the longest time that people have to set a second factor up.
const MaxGrace = 30 * 24 * time.Hour

// SecondFactor says whether people must prove a second factor. The zero value requires none, which
// is the platform's minimum for people of a tenant. Whoever has set one up is asked for it in any
// case.
type SecondFactor struct {
	// Since is when it was first required; zero: it is not. A change of the grace keeps it, so that
	// the grace never starts again.
	Since time.Time
	// Grace is how long after Since a session goes on without one.
	Grace time.Duration
}

// Require requires a second factor, with a grace that began when it was first required.
func (s SecondFactor) Require(grace time.Duration, now time.Time) SecondFactor {
	if s.Since.IsZero() {
		s.Since = now
	}
	s.Grace = grace
	return s
}

// IsRequired reports whether people must prove a second factor, now or once the grace is over.
func (s SecondFactor) IsRequired() bool { return !s.Since.IsZero() }

// From is when a session without a second factor ends; zero if none is required.
func (s SecondFactor) From() time.Time {
	if !s.IsRequired() {
		return time.Time{}
	}
	return s.Since.Add(s.Grace)
}

// InGrace reports whether one is required and the grace is not over.
func (s SecondFactor) InGrace(now time.Time) bool { return s.IsRequired() && now.Before(s.From()) }

// Admits returns nil if a session may begin or go on that has proven f. ErrSecondFactor.
func (s SecondFactor) Admits(f Factor, now time.Time) error {
	if f.IsZero() && s.IsRequired() && !s.InGrace(now) {
		return ErrSecondFactor
	}
	return nil
}

// Validate reports whether s may be stored. ErrInvalid.
func (s SecondFactor) Validate() error {
	if s.Grace < 0 || s.Grace > MaxGrace || s.Since.IsZero() && s.Grace != 0 {
		return tenant.Invalid("grace of the second factor")
	}
	return nil
}
