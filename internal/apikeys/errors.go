package apikeys

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// unavailable wraps an error of a service that failed, and leaves alone one that already says what
// to answer.
func unavailable(what string, err error) error {
	for _, known := range []error{
		vending.ErrDenied, tenant.ErrInvalid, tenant.ErrUnauthenticated, tenant.ErrTenantDenied, tenant.ErrUnavailable,
		users.ErrNotFound, users.ErrForbidden, users.ErrInvalid, context.Canceled,
	} {
		if errors.Is(err, known) {
			return fmt.Errorf("apikeys: %s: %w", what, err)
		}
	}
	return tenant.Unavailable(what, err)
}
