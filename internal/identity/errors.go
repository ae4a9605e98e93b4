package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	// ErrBadCredentials reports a wrong password or an unknown e-mail address: one error for both.
	// (401)
	ErrBadCredentials = errors.New("identity: wrong e-mail address or password")
	// ErrDisabled reports an account that may not sign in. (403)
	ErrDisabled = errors.New("identity: account disabled")
	// ErrTooManyAttempts reports an account locked for a while after wrong passwords. (429)
	ErrTooManyAttempts = errors.New("identity: too many attempts")
	// ErrNoAccess reports an account that signed in rightly but that the tenant has no record of.
	// (403)
	ErrNoAccess = errors.New("identity: no access to this tenant")
	// ErrCode reports a mailed code that is none, was used, or is too old. (400)
	ErrCode = errors.New("identity: no such code")
	// ErrPassword reports a new password that is too short or too easily guessed. (422)
	ErrPassword = errors.New("identity: weak password")
	// ErrNoPassword reports somebody who signs in without a password. (409)
	ErrNoPassword = errors.New("identity: no password")
	// ErrUnavailable reports that Identity Platform or the tenant's database could not be asked.
	// (503)
	ErrUnavailable = errors.New("identity: unavailable")
)

// unavailable wraps an error of a service that failed, and leaves alone one that already says what
// to answer.
func unavailable(what string, err error) error {
	for _, known := range []error{
		ErrUnavailable, authpolicy.ErrWay, authpolicy.ErrSecondFactor, ErrPending, ErrLastFactor, ErrUnproven, vending.ErrDenied, tenant.ErrInvalid, tenant.ErrUnauthenticated, tenant.ErrTenantDenied,
		tenant.ErrUnavailable, users.ErrNotFound, users.ErrForbidden, users.ErrLastAdmin, users.ErrExists, users.ErrInvalid, context.Canceled,
		secondfactor.ErrCode, secondfactor.ErrCodeUsed, secondfactor.ErrClock, secondfactor.ErrLocked, secondfactor.ErrRecovery,
		secondfactor.ErrPasskey, secondfactor.ErrNotSetUp, secondfactor.ErrSetUp, secondfactor.ErrTooMany, secondfactor.ErrName,
	} {
		if errors.Is(err, known) {
			return fmt.Errorf("identity: %s: %w", what, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}
