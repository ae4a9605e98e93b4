package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	// ErrNoAccess reports an account that signed in rightly but that the tenant has no record of.
	// (403)
	ErrNoAccess = errors.New("identity: no access to this tenant")
	// ErrNoPassword reports somebody who signs in without a password. (409)
	ErrNoPassword = errors.New("identity: no password")
)

// unavailable wraps an error of a service that failed, and leaves alone one that already says what
// to answer.
func unavailable(what string, err error) error {
	for _, known := range []error{
		identityplatform.ErrUnavailable, authpolicy.ErrWay, authpolicy.ErrSecondFactor, ErrPending, ErrLastFactor, ErrUnproven, vending.ErrDenied, tenant.ErrInvalid, tenant.ErrUnauthenticated, tenant.ErrTenantDenied,
		tenant.ErrUnavailable, users.ErrNotFound, users.ErrForbidden, users.ErrLastAdmin, users.ErrExists, users.ErrInvalid, context.Canceled,
		secondfactor.ErrCode, secondfactor.ErrCodeUsed, secondfactor.ErrClock, secondfactor.ErrLocked, secondfactor.ErrRecovery,
		secondfactor.ErrPasskey, secondfactor.ErrNotSetUp, secondfactor.ErrSetUp, secondfactor.ErrTooMany, secondfactor.ErrName,
	} {
		if errors.Is(err, known) {
			return fmt.Errorf("identity: %s: %w", what, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", identityplatform.ErrUnavailable, what, err)
}
