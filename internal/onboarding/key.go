package onboarding

import (
	"context"
	"errors"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// key takes the tenant's bundle out of the vault or, on the way to its first one, makes it, with a key unless the source is
// keyless. A key that an interrupted run made but did not store is lost, for Google shows it once: it is deleted, so that
// no live key is left that nobody holds.
func (j *job) key(ctx context.Context) error {
	if !j.fresh {
		b, _, err := j.cfg.Vault.Get(ctx, j.tenant.ID, j.tenant.Region)
		if err == nil {
			j.bundle, j.stored = b, true
			return j.openTrial()
		}
		if !errors.Is(err, vending.ErrNoBundle) {
			return err
		}
		if err := j.deleteLostKeys(ctx); err != nil {
			return err
		}
	}
	j.bundle = vending.Bundle{
		Tenant:     j.tenant.ID,
		Account:    j.tenant.ServiceAccount,
		Database:   j.tenant.Database,
		Bucket:     j.tenant.Bucket,
		Region:     j.tenant.Region,
		Cell:       j.tenant.Cell,
		Isolation:  j.tenant.Isolation,
		Generation: 1,
	}
	if !j.cfg.Source.Keyless() {
		if err := j.makeKey(ctx); err != nil {
			return err
		}
	}
	return j.openTrial()
}

func (j *job) makeKey(ctx context.Context) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	return eventually(ctx, j.cfg.Patience, unsettled, func(ctx context.Context) error {
		made, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: j.accountName()})
		j.bundle.Key = made.GetPrivateKeyData()
		return err
	})
}

func (j *job) accountName() string {
	return "projects/" + j.cell.Project + "/serviceAccounts/" + j.tenant.ServiceAccount
}

func (j *job) openTrial() (err error) {
	j.trial, err = vending.OpenTrial(j.cell, j.cfg.Endpoints, j.cfg.Source, j.bundle)
	return err
}

func (j *job) deleteLostKeys(ctx context.Context) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	keys, err := accounts.ListServiceAccountKeys(ctx, &iamadminpb.ListServiceAccountKeysRequest{
		Name:     j.accountName(),
		KeyTypes: []iamadminpb.ListServiceAccountKeysRequest_KeyType{iamadminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	if err != nil {
		return err
	}
	for _, k := range keys.GetKeys() {
		if err := accounts.DeleteServiceAccountKey(ctx, &iamadminpb.DeleteServiceAccountKeyRequest{Name: k.GetName()}); err != nil {
			return err
		}
	}
	return nil
}

// vault stores the key that has been proven. The object must not be there yet: of two runs, one loses, and says so.
func (j *job) vault(ctx context.Context) error {
	if j.stored {
		return nil
	}
	if err := j.cfg.Vault.Put(ctx, j.bundle, 0); err != nil {
		return err
	}
	j.stored = true
	return nil
}
