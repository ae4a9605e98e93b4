package tenancy

import (
	"context"
	"time"
)

// Grace returns until when the caller's session goes on without a second factor, where the tenant
// requires one and the session has proven none. Zero: nothing of the sort. It decides nothing, and
// is for a page that tells the person: see settled.
func (a *Authenticator) Grace(ctx context.Context, p Principal) time.Time {
	if p.p == nil || p.SignedIn().IsZero() || !p.Factor().IsZero() {
		return time.Time{}
	}
	policy, err := a.policies.Get(ctx, p.Tenant())
	if err != nil || !policy.SecondFactor.InGrace(a.now()) {
		return time.Time{}
	}
	return policy.SecondFactor.From()
}
