package authpolicies

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var errNothingToChange = errors.New("authpolicies: nothing to change")

// Amend changes a tenant's policy whatever its version. edit may be called again, and reports
// whether there is anything to change. Errors are those of Change.
func (s *Store) Amend(ctx context.Context, id tenant.ID, edit func(*authpolicy.Policy) bool) error {
	_, err := s.Change(ctx, id, AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		if !edit(&p) {
			return p, errNothingToChange
		}
		return p, nil
	})
	if errors.Is(err, errNothingToChange) {
		return nil
	}
	return err
}
