package tenancytest

import (
	"context"
	"fmt"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// SetStatus brings the tenant into a state, whatever its present one is, by the transitions that
// lead there. It loses to nobody it is not racing with, for it reads the record first.
func SetStatus(ctx context.Context, r *registry.Registry, id tenant.ID, want tenant.Status) error {
	for range 3 {
		t, err := r.Current(ctx, id)
		if err != nil || t.Status == want {
			return err
		}
		to := want
		if t.Status == tenant.Active && want == tenant.Deleted {
			to = tenant.Suspended // first
		}
		if _, err := r.Transition(ctx, id, registry.Transition{From: t.Status, To: to, Version: t.Version, By: "a test"}); err != nil {
			return err
		}
	}
	return fmt.Errorf("tenancytest: no way to %s", want)
}
