package mfa

import (
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
)

var (
	// ErrPending reports that no first factor was proven in this browser, or too long ago. (400)
	ErrPending = errors.New("mfa: no sign-in waits for a second factor")
	// ErrLastFactor reports a change that would leave somebody without a second factor where the
	// tenant requires one. (409)
	ErrLastFactor = errors.New("mfa: last second factor")
	// ErrUnproven reports a change of second factors in a session that has proven none, by somebody
	// who has one. (403)
	ErrUnproven = errors.New("mfa: change of second factors without one")
)

// unavailable wraps an error of a service that failed, and leaves alone one that already says what
// to answer.
func unavailable(what string, err error) error {
	return people.Unavailable(what, err, ErrPending, ErrLastFactor, ErrUnproven,
		secondfactor.ErrCode, secondfactor.ErrCodeUsed, secondfactor.ErrClock, secondfactor.ErrLocked, secondfactor.ErrRecovery,
		secondfactor.ErrPasskey, secondfactor.ErrNotSetUp, secondfactor.ErrSetUp, secondfactor.ErrTooMany, secondfactor.ErrName)
}
