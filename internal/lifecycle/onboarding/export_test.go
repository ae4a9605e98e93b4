package onboarding

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ProvisionWatched is Provision; after is told of each step that is done, and an error of it cuts
// the run off there.
func ProvisionWatched(ctx context.Context, cfg Config, r Request, after func(step string) error) (tenant.Tenant, error) {
	return provision(ctx, cfg, r, watch{after: after})
}

// ProvisionPaused is Provision; before is told of each step that is about to be done, once the run
// has been found to hold the tenant.
func ProvisionPaused(ctx context.Context, cfg Config, r Request, before func(step string) error) (tenant.Tenant, error) {
	return provision(ctx, cfg, r, watch{before: before})
}

// Steps are the names of the steps, in order.
func Steps() []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.name
	}
	return names
}
