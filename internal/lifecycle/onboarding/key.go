package onboarding

import (
	"context"
	"errors"
	"slices"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
)

// key takes the tenant's bundle out of the vault or makes it, with a key unless the source is
// keyless. A key that is not in the vault is lost, for Google shows it once: it is deleted, so that
// no live key is left that nobody holds. A bundle whose key is dead, because a run that was
// overtaken has stored it, is replaced.
func (j *job) key(ctx context.Context) error {
	if !j.fresh {
		b, generation, err := j.cfg.Vault.Get(ctx, j.tenant.ID, j.tenant.Region)
		if err != nil && !errors.Is(err, vault.ErrNoBundle) {
			return err
		}
		live, listing := j.keys(ctx)
		if listing != nil {
			return listing
		}
		if err == nil && (b.Key == nil || slices.Contains(live, j.keyName(b.KeyID()))) {
			j.bundle, j.stored = b, true
			return j.openProbe()
		}
		j.replaces = generation
		for _, name := range live {
			if err := j.deleteKey(ctx, name); err != nil {
				return err
			}
		}
	}
	j.bundle = vault.Bundle{
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
	return j.openProbe()
}

func (j *job) makeKey(ctx context.Context) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	return eventually(ctx, j.cfg.Patience, unsettled, func(ctx context.Context) error {
		made, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: j.accountName()})
		j.bundle.Key, j.madeKey = made.GetPrivateKeyData(), made.GetName()
		return err
	})
}

func (j *job) accountName() string {
	return "projects/" + j.cell.Project + "/serviceAccounts/" + j.tenant.ServiceAccount
}

func (j *job) openProbe() (err error) {
	j.probe, err = probe.Open(j.cell, j.cfg.Endpoints, j.cfg.Source, j.bundle)
	return err
}

// keys returns the names of the account's live keys.
func (j *job) keys(ctx context.Context) ([]string, error) {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := accounts.ListServiceAccountKeys(ctx, &iamadminpb.ListServiceAccountKeysRequest{
		Name:     j.accountName(),
		KeyTypes: []iamadminpb.ListServiceAccountKeysRequest_KeyType{iamadminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, k := range keys.GetKeys() {
		names = append(names, k.GetName())
	}
	return names, nil
}

func (j *job) keyName(id string) string { return j.accountName() + "/keys/" + id }

// vault stores the key that has been proven, over the object that was found and no other: of two
// runs, one loses, and says so.
func (j *job) vault(ctx context.Context) error {
	if j.stored {
		return nil
	}
	if err := j.cfg.Vault.Put(ctx, j.bundle, j.replaces); err != nil {
		return err
	}
	j.stored = true
	return nil
}
