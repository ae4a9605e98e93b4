package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	// ErrNoAccess reports an account that signed in rightly but that the tenant has no record of.
	// (403)
	ErrNoAccess = errors.New("people: no access to this tenant")
	// ErrAddressTaken reports an address that another person of the tenant has. (409)
	ErrAddressTaken = errors.New("people: address of another person")
)

// Unavailable wraps an error of a service that failed, as identityplatform.ErrUnavailable. It
// leaves alone one that already says what to answer: those of tenants and their people, and what
// else the caller knows.
func Unavailable(what string, err error, known ...error) error {
	for _, k := range append(known,
		identityplatform.ErrUnavailable, authpolicy.ErrWay, authpolicy.ErrSecondFactor,
		vending.ErrDenied, tenant.ErrInvalid, tenant.ErrUnauthenticated, tenant.ErrTenantDenied, tenant.ErrUnavailable,
		users.ErrNotFound, users.ErrForbidden, users.ErrLastAdmin, users.ErrExists, users.ErrInvalid, context.Canceled,
	) {
		if errors.Is(err, k) {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", identityplatform.ErrUnavailable, what, err)
}
