package onboarding

import (
	"context"
	"errors"
	"fmt"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"google.golang.org/api/iterator"
)

// reconciled are the steps that may be done again over a tenant that is in service. Each leaves
// alone what is right already. None makes an account, a key or a database: where those are missing,
// data is.
var reconciled = []step{
	{"identity settings", (*job).closeSelfService},
	{"indexes", (*job).indexes},
	{"bucket", (*job).bucketSettings},
	{"notifications", (*job).notify},
	{"project binding", (*job).bindProject},
	{"bucket binding", (*job).bindBucket},
	{"account binding", (*job).bindVending},
	{"comparison of people", (*job).askToCompare},
}

// askToCompare asks a worker to compare the tenant's accounts with its records, for jobs@ reads
// none. One request a tenant is enough: one that waits, or that an operator has not seen to, stays
// as it is.
func (j *job) askToCompare(ctx context.Context) error {
	if j.cfg.Queue == nil {
		return nil
	}
	return j.cfg.Queue.Post(ctx, queue.Intent{
		ID: users.CompareKind + "-" + j.tenant.ID.String(), Kind: users.CompareKind, Tenant: j.tenant.ID, Due: j.cfg.Now(),
	})
}

// Reconcile brings the settings and bindings of an active tenant to what Provision gives a new one
// today, and asks a worker to compare the tenant's accounts at Identity Platform with its records
// of people: see people.Service.Compare. It returns ErrMismatch for a tenant in another state or
// a bucket that is not the tenant's, tenant.ErrStale if the tenant's record changes meanwhile, and
// otherwise the error of the step that failed.
func Reconcile(ctx context.Context, cfg Config, id tenant.ID) error {
	cfg = cfg.withDefaults()
	t, err := cfg.Registry.Current(ctx, id)
	if err != nil {
		return err
	}
	if t.Status != tenant.Active {
		return fmt.Errorf("%w: it is %s", ErrMismatch, t.Status)
	}
	cell, err := cfg.Registry.Cell(ctx, t.Cell)
	if err != nil {
		return err
	}
	j := &job{cfg: cfg, log: cfg.Logger, tenant: t, cell: cell}
	for _, s := range reconciled {
		if err := j.holds(ctx); err != nil {
			return fmt.Errorf("onboarding %s again: %s: %w", t.Slug, s.name, err)
		}
		if err := s.do(j, ctx); err != nil {
			return fmt.Errorf("onboarding %s again: %s: %w", t.Slug, s.name, err)
		}
	}
	return nil
}

// ReconcileAll reconciles every active tenant, and deletes the Identity Platform tenants that runs
// of Provision made too many. A fault with one tenant keeps no other from its turn; all faults are
// returned.
func ReconcileAll(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	all, err := cfg.Registry.List(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, t := range all {
		if t.Status == tenant.Active {
			faults = append(faults, Reconcile(ctx, cfg, t.ID))
		}
	}
	faults = append(faults, cfg.deleteSpares(ctx))
	return errors.Join(faults...)
}

// deleteSpares deletes each Identity Platform tenant that was made for one of our tenants whose
// record names another. A record that names none yet is a run's that is at work.
func (c Config) deleteSpares(ctx context.Context) error {
	var faults []error
	for found := c.Platform.Identity().TenantManager.Tenants(ctx, ""); ; {
		made, err := found.Next()
		if errors.Is(err, iterator.Done) {
			return errors.Join(faults...)
		}
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		id, err := tenant.ParseID(made.DisplayName)
		if err != nil {
			continue // not ours
		}
		switch t, err := c.Registry.Current(ctx, id); {
		case errors.Is(err, tenant.ErrTenantDenied): // not ours either
		case err != nil:
			faults = append(faults, err)
		case t.IdentityTenant != "" && t.IdentityTenant != made.ID:
			faults = append(faults, c.deleteSpare(ctx, made.ID))
		}
	}
}
