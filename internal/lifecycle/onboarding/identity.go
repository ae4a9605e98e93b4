package onboarding

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	identitytoolkit "google.golang.org/api/identitytoolkit/v2"
	"google.golang.org/api/iterator"
)

// identity makes the tenant of Identity Platform. Google assigns its id, so ours is its display
// name: that is how a later run finds it.
func (j *job) identity(ctx context.Context) error {
	if j.fresh { // nobody else can have made one
		id, err := j.createIdentity(ctx)
		if err != nil {
			return err
		}
		return j.change(ctx, tenant.Provisioning, id)
	}
	found, err := j.identityTenants(ctx)
	if err != nil {
		return err
	}
	if j.tenant.IdentityTenant == "" {
		if len(found) == 0 {
			made, err := j.createIdentity(ctx)
			if err != nil {
				return err
			}
			found = []string{made}
		}
		if err := j.change(ctx, tenant.Provisioning, found[0]); err != nil {
			return err
		}
		// Now that the record names one, a run that was overtaken deletes its own. One that ended
		// before that has left it to us, so we look again.
		if found, err = j.identityTenants(ctx); err != nil {
			return err
		}
	}
	for _, id := range found {
		if id == j.tenant.IdentityTenant {
			continue
		}
		if err := j.cfg.deleteSpare(ctx, id); err != nil {
			return err
		}
	}
	return j.closeSelfService(ctx)
}

// createIdentity makes an Identity Platform tenant in which people sign in with passwords, and in
// which nobody registers or deletes himself.
func (j *job) createIdentity(ctx context.Context) (string, error) {
	settings, err := j.cfg.Platform.IdentitySettings(ctx)
	if err != nil {
		return "", err
	}
	made, err := settings.Projects.Tenants.Create("projects/"+j.cfg.Project, &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Tenant{
		DisplayName:         j.tenant.ID.String(),
		AllowPasswordSignup: true,
		Client:              noSelfService(),
	}).Context(ctx).Do()
	if err != nil {
		return "", err
	}
	name := "projects/" + j.cfg.Project + "/tenants/"
	if len(made.Name) <= len(name) {
		return "", fmt.Errorf("onboarding: Identity Platform made a tenant without a name: %q", made.Name)
	}
	j.madeIdentity = made.Name[len(name):]
	return j.madeIdentity, nil
}

// noSelfService takes from end users what Identity Platform lets everybody do who knows the public
// API key: to make an account, and to delete their own. Accounts are an admin's to make and to
// delete.
func noSelfService() *identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientPermissionConfig {
	return &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientPermissionConfig{
		Permissions: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientPermissions{
			DisabledUserSignup: true, DisabledUserDeletion: true,
		},
	}
}

// ErrOpenDirectory reports an Identity Platform tenant in which end users may register or delete
// themselves.
var ErrOpenDirectory = errors.New("onboarding: end users may register or delete themselves")

// closeSelfService makes the settings of noSelfService those of a tenant that was made without
// them, and proves it.
func (j *job) closeSelfService(ctx context.Context) error {
	if err := j.proveClosed(ctx); !errors.Is(err, ErrOpenDirectory) {
		return err
	}
	settings, err := j.cfg.Platform.IdentitySettings(ctx)
	if err != nil {
		return err
	}
	change := &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Tenant{Client: noSelfService()}
	if _, err := settings.Projects.Tenants.Patch(j.identityName(), change).
		UpdateMask("client.permissions.disabledUserSignup,client.permissions.disabledUserDeletion").
		Context(ctx).Do(); err != nil {
		return err
	}
	return j.proveClosed(ctx)
}

// proveClosed returns ErrOpenDirectory unless the tenant at Identity Platform says that nobody
// registers or deletes themselves.
func (j *job) proveClosed(ctx context.Context) error {
	settings, err := j.cfg.Platform.IdentitySettings(ctx)
	if err != nil {
		return err
	}
	now, err := settings.Projects.Tenants.Get(j.identityName()).Context(ctx).Do()
	if err != nil {
		return err
	}
	c := now.Client
	if c == nil || c.Permissions == nil || !c.Permissions.DisabledUserSignup || !c.Permissions.DisabledUserDeletion {
		return ErrOpenDirectory
	}
	return nil
}

func (j *job) identityName() string {
	return "projects/" + j.cfg.Project + "/tenants/" + j.tenant.IdentityTenant
}

// identityTenants returns the ids of the Identity Platform tenants that were made for this tenant.
func (j *job) identityTenants(ctx context.Context) ([]string, error) {
	var found []string
	all := j.cfg.Platform.Identity().TenantManager.Tenants(ctx, "")
	for {
		t, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if t.DisplayName == j.tenant.ID.String() {
			found = append(found, t.ID)
		}
	}
}

// deleteSpare deletes an Identity Platform tenant that no record names. Two runs at once can make
// one too many. It has no accounts then, for those are made only once the record names it: one with
// accounts is nothing that a run has left behind, and is an error.
func (c Config) deleteSpare(ctx context.Context, id string) error {
	people, err := c.Platform.Identity().TenantManager.AuthForTenant(id)
	if err != nil {
		return err
	}
	switch _, err := people.Users(ctx, "").Next(); {
	case errors.Is(err, iterator.Done):
		return c.Platform.Identity().TenantManager.DeleteTenant(ctx, id)
	case err != nil:
		return err
	}
	return fmt.Errorf("onboarding: no record names the Identity Platform tenant %s, which has accounts", id)
}
