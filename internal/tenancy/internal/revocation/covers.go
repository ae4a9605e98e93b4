package revocation

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Covers reports whether the control plane knows that the tokens which the user had at that time
// are dead: a revocation of the user says so, or they have come to their end. It asks the control
// plane and not this process, whose own memory may hold a revocation that was never written.
// ErrUnavailable.
func (r *Feed) Covers(ctx context.Context, t tenant.ID, u tenant.UserID, at time.Time) (bool, error) {
	if r.now().Sub(at) > revocationLife {
		return true, nil
	}
	doc, err := r.doc(subject{tenant: t, user: u}).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return false, nil
	}
	if err != nil {
		return false, tenant.Unavailable("revocations", err)
	}
	var rec revocationRecord
	if err := doc.DataTo(&rec); err != nil {
		return false, tenant.Unavailable("revocations", fmt.Errorf("record %s: %w", doc.Ref.ID, err))
	}
	return !rec.Before.Before(at), nil
}
