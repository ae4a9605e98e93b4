package onboarding

import (
	"context"
	"errors"

	firebaseauth "firebase.google.com/go/v4/auth"
	"google.golang.org/api/iterator"
)

// identity makes the tenant of Identity Platform. Google assigns its id, so ours is its display name: that is how an
// interrupted run finds it again.
func (j *job) identity(ctx context.Context) error {
	if j.tenant.IdentityTenant != "" {
		return nil
	}
	id, err := j.findIdentity(ctx)
	if err != nil {
		return err
	}
	if id == "" {
		made, err := j.cfg.Platform.Identity().TenantManager.CreateTenant(ctx, new(firebaseauth.TenantToCreate).
			DisplayName(j.tenant.ID.String()).
			AllowPasswordSignUp(true).
			EnableEmailLinkSignIn(false))
		if err != nil {
			return err
		}
		id = made.ID
	}
	t := j.tenant
	t.IdentityTenant = id
	if err := j.cfg.Registry.Update(ctx, t); err != nil {
		return err
	}
	j.tenant = t
	return nil
}

// findIdentity returns the id of the Identity Platform tenant that an earlier run made, "" if there is none.
func (j *job) findIdentity(ctx context.Context) (string, error) {
	if j.fresh {
		return "", nil
	}
	all := j.cfg.Platform.Identity().TenantManager.Tenants(ctx, "")
	for {
		t, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if t.DisplayName == j.tenant.ID.String() {
			return t.ID, nil
		}
	}
}
