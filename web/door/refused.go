package door

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// refused records a refusal that is an attempt to reach another tenant, and returns err. The
// attempt counts against the share of the tenant that it comes from, first: beyond that share the
// answer is errTooMany, and nothing is recorded. Of any other error it records nothing.
func (d *Door) refused(ctx context.Context, err error) error {
	mismatch, ok := errors.AsType[*tenancy.MismatchError](err)
	if !ok {
		return err
	}
	done, limit := d.limiter.begin(mismatch.Tenant, mismatch.User.String())
	if limit != nil {
		return limit
	}
	defer done()
	return d.config.Machine.Refused(ctx, err)
}
