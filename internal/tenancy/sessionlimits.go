package tenancy

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// SessionLimits returns how long the tenant lets sessions last. Admission asks the absolute limit
// itself; how long a browser was idle, whoever keeps its session knows. ErrUnavailable.
func (a *Authenticator) SessionLimits(ctx context.Context, id tenant.ID) (authpolicy.SessionLimits, error) {
	p, err := a.policies.Get(ctx, id)
	if err != nil {
		return authpolicy.SessionLimits{}, err
	}
	return p.SessionLimits(), nil
}
