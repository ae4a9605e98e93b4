package onboarding

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// otherTenants is on how many other tenants a new key is tried.
const otherTenants = 3

// prove asks the cloud what the key opens: the tenant's own database and bucket, as soon as that is known everywhere; and
// nothing of the control plane's, nor of other tenants'.
func (j *job) prove(ctx context.Context) error {
	if err := eventually(ctx, j.cfg.Patience, unsettled, j.trial.Reaches); err != nil {
		return err
	}
	databases, buckets, err := j.foreign(ctx)
	if err != nil {
		return err
	}
	for _, d := range databases {
		if err := j.denied(ctx, d, j.trial.DeniedDatabase); err != nil {
			return err
		}
	}
	for _, b := range buckets {
		if err := j.denied(ctx, b, j.trial.DeniedBucket); err != nil {
			return err
		}
	}
	return nil
}

// denied repeats a question that got no answer. An answer, either way, is final.
func (j *job) denied(ctx context.Context, name string, ask func(context.Context, string) error) error {
	passing := func(err error) bool { return !errors.Is(err, vending.ErrNotIsolated) && unsettled(err) }
	return eventually(ctx, j.cfg.Patience, passing, func(ctx context.Context) error { return ask(ctx, name) })
}

// foreign returns what the key must not open: the control plane, and some other tenants, chosen anew for each key.
func (j *job) foreign(ctx context.Context) (databases, buckets []string, err error) {
	databases = []string{vending.PlatformDatabase}
	buckets = []string{j.cfg.Vault.Bucket(j.tenant.Region)}
	all, err := j.cfg.Registry.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	rand.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	n := 0
	for _, t := range all {
		if t.ID == j.tenant.ID || t.Status != tenancy.Active {
			continue
		}
		databases, buckets = append(databases, t.Database), append(buckets, t.Bucket)
		if n++; n == otherTenants {
			break
		}
	}
	return databases, buckets, nil
}
