package onboarding

import (
	"context"
	"errors"
	"fmt"
	"time"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// A run may be started twice, or go on after it was given up for dead. The version of the tenant's
// record is what only one run can hold: a run that finds a half-made tenant takes it over by moving
// the version on (see reserve), and changes the record only if it still has that version (see
// change). Each step asks first whether the run holds the tenant, and each makes things by names
// that follow from the tenant's, so a run that was overtaken in the middle of a step finds what the
// other has made. Google names two things itself: an Identity Platform tenant and a key. Of these a
// run that was overtaken deletes the one it has made (see leave), and the run that holds the tenant
// deletes what it finds too many of.

// author is what onboarding calls itself in a tenant's history.
const author = "onboarding"

// leaveTimeout bounds what a run does once it has been overtaken.
const leaveTimeout = time.Minute

// holds reports, by a nil error, that no other run has taken the tenant over: tenant.ErrStale.
func (j *job) holds(ctx context.Context) error {
	if j.tenant.ID.IsZero() {
		return nil // nothing is reserved yet
	}
	now, err := j.cfg.Registry.Current(ctx, j.tenant.ID)
	if err != nil {
		return err
	}
	if now.Version != j.tenant.Version {
		return fmt.Errorf("%w: another run has taken the tenant over", tenant.ErrStale)
	}
	return nil
}

// change changes the tenant's record, if the run still holds it: tenant.ErrStale. The names of the
// tenant's resources are written with each change; once written they stay. identityTenant may be
// empty.
func (j *job) change(ctx context.Context, to tenant.Status, identityTenant string) error {
	next, err := j.cfg.Registry.Transition(ctx, j.tenant.ID, registry.Transition{
		From: tenant.Provisioning, To: to, Version: j.tenant.Version, By: author,
		Set: registry.Edit{
			IdentityTenant: identityTenant,
			ServiceAccount: j.tenant.ServiceAccount, Database: j.tenant.Database, Bucket: j.tenant.Bucket,
		},
	})
	if err == nil {
		j.tenant = settled(next, j.cell)
	}
	return err
}

// leave ends a run that has failed. If the run still holds the tenant it does nothing: the next run
// finds what this one has made. If it was overtaken, nobody looks for what only this run knows of,
// so leave deletes that. It returns what could not be deleted, and ErrStale if the run was
// overtaken.
func (j *job) leave(ctx context.Context) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer done()
	overtaken := j.holds(ctx)
	if !errors.Is(overtaken, tenant.ErrStale) {
		return nil
	}
	faults := []error{overtaken}
	if j.madeKey != "" && !j.stored {
		faults = append(faults, j.deleteKey(ctx, j.madeKey))
	}
	now, err := j.cfg.Registry.Current(ctx, j.tenant.ID)
	if err != nil {
		return errors.Join(append(faults, err)...)
	}
	// As long as the record names none, the run that holds the tenant may be about to take ours,
	// and deletes it otherwise.
	if j.madeIdentity != "" && now.IdentityTenant != "" && now.IdentityTenant != j.madeIdentity {
		faults = append(faults, j.cfg.Platform.Identity().TenantManager.DeleteTenant(ctx, j.madeIdentity))
	}
	// A run that is at work may still need the right to act as the tenant. It gives it up itself.
	if now.Status != tenant.Provisioning {
		faults = append(faults, j.letGo(ctx))
	}
	return errors.Join(faults...)
}

// deleteKey deletes a key by its name. One that is gone already is no error.
func (j *job) deleteKey(ctx context.Context, name string) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	if err := accounts.DeleteServiceAccountKey(ctx, &iamadminpb.DeleteServiceAccountKeyRequest{Name: name}); !missing(err) {
		return err
	}
	return nil
}
