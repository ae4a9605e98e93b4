package identityplatform

import (
	"context"
	"fmt"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Mirror configures a provider at Identity Platform, so that Google's console shows it. It is
// disabled there: whoever signs in at it does so here. It is right to do it twice, and a provider
// that has changed is brought after. ErrUnavailable: ask again.
func (c *Client) Mirror(ctx context.Context, t tenant.Tenant, o authpolicy.OIDC) error {
	dir, err := c.Directory(t)
	if err != nil {
		return err
	}
	id := o.ID.AtGoogle()
	_, err = dir.UpdateOIDCProviderConfig(ctx, id, new(firebaseauth.OIDCProviderConfigToUpdate).
		DisplayName(o.Name).ClientID(o.ClientID).Issuer(o.Issuer).Enabled(false))
	if firebaseauth.IsConfigurationNotFound(err) {
		_, err = dir.CreateOIDCProviderConfig(ctx, new(firebaseauth.OIDCProviderConfigToCreate).
			ID(id).DisplayName(o.Name).ClientID(o.ClientID).Issuer(o.Issuer).Enabled(false))
	}
	if err != nil {
		return fmt.Errorf("%w: mirror a provider: %w", ErrUnavailable, err)
	}
	return nil
}

// Unmirror takes the provider away from Identity Platform. It is right to do it twice.
// ErrUnavailable: ask again.
func (c *Client) Unmirror(ctx context.Context, t tenant.Tenant, id authpolicy.ProviderID) error {
	dir, err := c.Directory(t)
	if err != nil {
		return err
	}
	err = dir.DeleteOIDCProviderConfig(ctx, id.AtGoogle())
	if err != nil && !firebaseauth.IsConfigurationNotFound(err) {
		return fmt.Errorf("%w: take a provider away: %w", ErrUnavailable, err)
	}
	return nil
}
