package tenancy

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// APIKeys makes, lists and revokes the API keys of a caller's own tenant. An Authenticator has one
// and lends it out, so that a key revoked through it is never accepted again by the same process.
type APIKeys struct {
	store       *apikey.Store
	revocations *revocation.Feed
}

// Create makes a key of p's tenant. The SecretKey is its only copy. ErrForbidden unless p is an
// admin, ErrInvalid, ErrAPIKeyExists if there is a key of the draft's id, ErrTooManyAPIKeys if the
// tenant has MaxAPIKeys live ones, ErrUnauthenticated if p or the tenant is revoked while the key
// is being made, ErrUnavailable.
func (k *APIKeys) Create(ctx context.Context, p Principal, n apikey.Draft) (apikey.Key, apikey.SecretKey, error) {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return apikey.Key{}, apikey.SecretKey{}, err
	}
	return k.store.Create(ctx, k.maker(p), n)
}

// Roll makes a key of p's tenant that takes the place of another, whose end it sets: what was
// written bites at once in this process, within 5 s in every other. Errors are those of Create, and
// ErrNoAPIKey, ErrAPIKeyRolled and ErrAPIKeyEnded of what cannot be rolled.
func (k *APIKeys) Roll(ctx context.Context, p Principal, r apikey.Rolling) (apikey.Key, apikey.SecretKey, error) {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return apikey.Key{}, apikey.SecretKey{}, err
	}
	return k.store.Roll(ctx, k.maker(p), r)
}

func (k *APIKeys) maker(p Principal) apikey.Maker {
	return apikey.Maker{
		Tenant: p.Tenant(), User: p.User(),
		Standing: func(tx *firestore.Transaction) (time.Time, error) {
			return k.revocations.Standing(tx, p.Tenant(), p.User(), p.IssuedAt())
		},
	}
}

// Revoke ends a key of p's tenant for good: at once in this process, within 5 s in every other.
// Revoking it again changes nothing. ErrForbidden unless p is an admin; ErrNoAPIKey if there is
// none of this id, or it is another tenant's; ErrUnavailable.
func (k *APIKeys) Revoke(ctx context.Context, p Principal, id tenant.KeyID) (apikey.Key, error) {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return apikey.Key{}, err
	}
	return k.store.Revoke(ctx, p.Tenant(), id)
}

// End ends the API key that p is, for good, as Revoke does. ErrForbidden unless p is a key;
// ErrUnauthenticated where it has ended already, ErrUnavailable.
func (k *APIKeys) End(ctx context.Context, p Principal) (apikey.Key, error) {
	if p.Method() != ByAPIKey || !p.May(tenant.KeyEnd) {
		return apikey.Key{}, tenant.ErrForbidden
	}
	if err := p.Check(ctx); err != nil {
		return apikey.Key{}, err
	}
	return k.store.Revoke(ctx, p.Tenant(), p.Key())
}

// Forget takes out of the control plane what earlier versions kept there of a key's name and its
// maker's address, once it stands elsewhere. Conditions and errors are those of Revoke.
func (k *APIKeys) Forget(ctx context.Context, p Principal, id tenant.KeyID) error {
	if err := errors.Join(administers(p), p.Check(ctx)); err != nil {
		return err
	}
	return k.store.Forget(ctx, p.Tenant(), id)
}

// List returns the keys of p's tenant, newest first, those that have ended included: at most
// 2*MaxAPIKeys. It reads past the memory. ErrForbidden unless p is an admin, ErrUnavailable.
func (k *APIKeys) List(ctx context.Context, p Principal) ([]apikey.Key, error) {
	if err := administers(p); err != nil {
		return nil, err
	}
	return k.store.List(ctx, p.Tenant())
}

// Of returns a key of the tenant of a job, live or not. It reads past the memory. ErrForbidden
// unless p is a job; ErrNoAPIKey as Revoke, ErrUnavailable.
func (k *APIKeys) Of(ctx context.Context, p Principal, id tenant.KeyID) (apikey.Key, error) {
	if p.Method() != ByJob {
		return apikey.Key{}, tenant.ErrForbidden
	}
	if err := p.Check(ctx); err != nil {
		return apikey.Key{}, err
	}
	return k.store.Of(ctx, p.Tenant(), id)
}

// administers returns ErrForbidden unless p is a person who manages their tenant's keys.
func administers(p Principal) error {
	if !p.May(tenant.KeysManage) {
		return tenant.ErrForbidden
	}
	return nil
}
