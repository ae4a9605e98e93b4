package tenancy

import (
	"context"
	"errors"
)

// APIKeys makes, lists and revokes the API keys of a caller's own tenant. An Authenticator has one and lends it out, so
// that a key revoked through it is never accepted again by the same process.
type APIKeys struct{ store *apiKeyStore }

// Create makes a key of p's tenant. The SecretKey is its only copy. ErrForbidden unless p is an admin, ErrInvalid,
// ErrTooManyAPIKeys if the tenant has MaxAPIKeys live ones, ErrUnavailable.
func (k *APIKeys) Create(ctx context.Context, p Principal, n NewAPIKey) (APIKey, SecretKey, error) {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return APIKey{}, SecretKey{}, err
	}
	return k.store.create(ctx, apiKeyMaker{Tenant: p.Tenant(), User: p.User(), Email: p.Email()}, n)
}

// Revoke ends a key of p's tenant for good: at once in this process, within 5 s in every other. Revoking it again changes
// nothing. ErrForbidden unless p is an admin; ErrNoAPIKey if there is none of this id, or it is another tenant's;
// ErrUnavailable.
func (k *APIKeys) Revoke(ctx context.Context, p Principal, id KeyID) (APIKey, error) {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return APIKey{}, err
	}
	return k.store.revoke(ctx, p.Tenant(), id)
}

// List returns the keys of p's tenant, newest first, those that have ended included: at most 2*MaxAPIKeys. It reads past
// the memory. ErrForbidden unless p is an admin, ErrUnavailable.
func (k *APIKeys) List(ctx context.Context, p Principal) ([]APIKey, error) {
	if err := administers(p); err != nil {
		return nil, err
	}
	return k.store.list(ctx, p.Tenant())
}

// administers returns ErrForbidden unless p is a person who administers their tenant.
func administers(p Principal) error {
	if !p.Role().Includes(Admin) || p.Method() == ByAPIKey {
		return ErrForbidden
	}
	return nil
}
