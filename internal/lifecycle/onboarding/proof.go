package onboarding

import (
	"context"
	"errors"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"math/rand/v2"
)

// otherTenants is on how many other tenants a new key is tried.
const otherTenants = 3

// prove asks the cloud what the key opens: the tenant's own database and bucket, as soon as that is
// known everywhere; and nothing of the control plane's, nor of other tenants'. It asks, too,
// whether the tenant's directory is closed, and whether a role on the project opens the tenant's
// bucket.
func (j *job) prove(ctx context.Context) error {
	if err := j.proveClosed(ctx); err != nil {
		return err
	}
	if err := eventually(ctx, j.cfg.Patience, unsettled, j.probe.Reaches); err != nil {
		return err
	}
	policy, err := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket).IAM().V3().Policy(ctx)
	if err != nil {
		return err
	}
	if err := probe.Closed(j.tenant.Bucket, policy.Bindings); err != nil {
		return err
	}
	foreign, err := j.foreign(ctx)
	if err != nil {
		return err
	}
	for _, f := range foreign {
		if err := j.denied(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// foreign is what a key must not open: a database, objects of a bucket, or both.
type foreign struct {
	project, database string
	bucket, prefix    string
}

// denied repeats a question that got no answer. An answer, either way, is final.
func (j *job) denied(ctx context.Context, f foreign) error {
	passing := func(err error) bool { return !errors.Is(err, probe.ErrNotIsolated) && unsettled(err) }
	return eventually(ctx, j.cfg.Patience, passing, func(ctx context.Context) error {
		if f.database != "" {
			if err := j.probe.DeniedDatabase(ctx, f.project, f.database); err != nil {
				return err
			}
		}
		return j.probe.DeniedBucket(ctx, f.bucket, f.prefix)
	})
}

// foreign returns what the key must not open: the control plane, and some other tenants, chosen
// anew for each key. Of two tenants in one pool, each is tried on the other's files. Their
// documents are in one database, which both may open: that they do not read each other's there is
// the guard's doing, and no question to the cloud shows it.
func (j *job) foreign(ctx context.Context) ([]foreign, error) {
	never := []foreign{{j.cfg.Project, location.PlatformDatabase, j.cfg.Vault.Bucket(j.tenant.Region), ""}}
	all, err := j.cfg.Registry.List(ctx)
	if err != nil {
		return nil, err
	}
	rand.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	for _, t := range all {
		if t.ID == j.tenant.ID || t.Status != tenant.Active {
			continue
		}
		cell, err := j.cfg.Registry.Cell(ctx, t.Cell)
		if err != nil {
			return nil, err
		}
		other := foreign{cell.Project, t.Database, t.Bucket, ""}
		if t.Isolation == tenant.Pool {
			other.prefix = location.PoolPrefix(t.ID)
		}
		if t.Database == j.tenant.Database && t.Cell == j.tenant.Cell {
			other.database = ""
		}
		if never = append(never, other); len(never) > otherTenants {
			break
		}
	}
	return never, nil
}
