package tenancy

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// EndSession ends p's session: its tokens, and those that its refresh token could still yield, are dead at once in this
// process and within 5 s in every other. ErrInvalid if p has no session: it is zero, has only just signed in, or is an API
// key. ErrUnavailable if others may not have heard of it: call it again.
func (a *Authenticator) EndSession(ctx context.Context, p Principal) error {
	if p.Role() == 0 || p.SignedIn().IsZero() {
		return tenant.Invalid("end of no session")
	}
	return a.revocations.EndSession(ctx, p.Tenant(), p.User(), p.SignedIn())
}
