package identity

import (
	"context"
	"errors"
	"log/slog"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// CreateAPIKey makes an API key of the grant's tenant; what it returns beside it is its only copy. The caller must be an
// active admin, by the truth and not by their token: a key outlives the seconds for which a token may still say so.
//
//	users.ErrForbidden          the caller is no active admin
//	tenant.ErrInvalid          a field is not of its form
//	tenant.ErrTooManyAPIKeys   the tenant has as many as it may
//	ErrUnavailable              something could not be asked
func (s *Service) CreateAPIKey(ctx context.Context, g vending.Grant, n tenancy.NewAPIKey) (tenancy.APIKey, tenancy.SecretKey, error) {
	if err := s.administers(ctx, g); err != nil {
		return tenancy.APIKey{}, tenancy.SecretKey{}, err
	}
	key, secret, err := s.authenticator.APIKeys().Create(ctx, g.Principal(), n)
	if err != nil {
		return tenancy.APIKey{}, tenancy.SecretKey{}, err
	}
	s.tellOfKey(ctx, g, "API key made", key)
	return key, secret, nil
}

// RevokeAPIKey ends an API key of the grant's tenant for good. Conditions are those of CreateAPIKey; tenant.ErrNoAPIKey
// if the tenant has no such key.
func (s *Service) RevokeAPIKey(ctx context.Context, g vending.Grant, id tenant.KeyID) error {
	if err := s.administers(ctx, g); err != nil {
		return err
	}
	key, err := s.authenticator.APIKeys().Revoke(ctx, g.Principal(), id)
	if err != nil {
		return err
	}
	s.tellOfKey(ctx, g, "API key revoked", key)
	return nil
}

// APIKeys are the API keys of the grant's tenant, newest first, those that have ended included. The caller must be an
// admin: tenant.ErrForbidden; tenant.ErrUnavailable.
func (s *Service) APIKeys(ctx context.Context, g vending.Grant) ([]tenancy.APIKey, error) {
	return s.authenticator.APIKeys().List(ctx, g.Principal())
}

// administers returns users.ErrForbidden unless the caller is an active admin by their record.
func (s *Service) administers(ctx context.Context, g vending.Grant) error {
	u, err := users.NewRepository(g).Get(ctx, g.Principal().User())
	switch {
	case errors.Is(err, users.ErrNotFound):
		return users.ErrForbidden
	case err != nil:
		return unavailable("own record", err)
	case !u.May(tenant.KeysManage) || !g.Principal().May(tenant.KeysManage):
		return users.ErrForbidden
	}
	return nil
}

// tellOfKey logs what became of a key.
func (s *Service) tellOfKey(ctx context.Context, g vending.Grant, what string, key tenancy.APIKey) {
	s.log.InfoContext(ctx, what,
		slog.Any("by", g.Principal()), slog.String("key", key.ID.String()), slog.String("keyRole", key.Role.String()))
}
