package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// CreateAPIKey makes an API key of the grant's tenant; what it returns beside it is its only copy. The caller must be an
// active admin, by the truth and not by their token: a key outlives the seconds for which a token may still say so.
//
// The key is in the control plane and its entries in the tenant's database, so no transaction holds both. The entry
// "apikey.request" is appended before, and "apikey.create" after. A crash between them leaves a request of which the
// entries do not say whether a key came of it: the list of keys does. If the second entry cannot be appended, the key is
// revoked, and the error says so: nobody has seen it.
//
//	users.ErrForbidden          the caller is no active admin
//	tenant.ErrInvalid          a field is not of its form
//	tenant.ErrTooManyAPIKeys   the tenant has as many as it may
//	ErrUnavailable              something could not be asked
func (s *Service) CreateAPIKey(ctx context.Context, g vending.Grant, n tenancy.NewAPIKey) (tenancy.APIKey, tenancy.SecretKey, error) {
	if err := s.administers(ctx, g); err != nil {
		return tenancy.APIKey{}, tenancy.SecretKey{}, err
	}
	request := audit.Entry{Action: "apikey.request", Kind: "apikey", ID: "new", After: n.Role.String()}
	if err := audit.Of(g).Append(ctx, rand.Text(), request); err != nil {
		return tenancy.APIKey{}, tenancy.SecretKey{}, unavailable("audit", err)
	}
	key, secret, err := s.authenticator.APIKeys().Create(ctx, g.Principal(), n)
	if err != nil {
		return tenancy.APIKey{}, tenancy.SecretKey{}, err
	}
	if err := appendKey(ctx, g, "create", key.ID, key.Role.String()); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
		defer cancel()
		_, undone := s.authenticator.APIKeys().Revoke(ctx, g.Principal(), key.ID)
		return tenancy.APIKey{}, tenancy.SecretKey{}, errors.Join(err, undone)
	}
	s.tellOfKey(ctx, g, "API key made", key)
	return key, secret, nil
}

// RevokeAPIKey ends an API key of the grant's tenant for good. Conditions are those of CreateAPIKey; tenant.ErrNoAPIKey
// if the tenant has no such key.
//
// The entry "apikey.revocation" is appended before and "apikey.revoke" after; a crash between them leaves the first alone,
// and revoking again completes it. A second error does not undo the revocation: it is returned, and revoking again helps.
func (s *Service) RevokeAPIKey(ctx context.Context, g vending.Grant, id tenant.KeyID) error {
	if err := s.administers(ctx, g); err != nil {
		return err
	}
	if err := appendKey(ctx, g, "revocation", id, ""); err != nil {
		return err
	}
	key, err := s.authenticator.APIKeys().Revoke(ctx, g.Principal(), id)
	if err != nil {
		return err
	}
	if err := appendKey(ctx, g, "revoke", id, ""); err != nil {
		return err
	}
	s.tellOfKey(ctx, g, "API key revoked", key)
	return nil
}

// cleanUp bounds how long it takes to revoke a key that has no entry.
const cleanUp = 10 * time.Second

// appendKey appends the entry of what becomes of a key: once, however often it is asked to.
func appendKey(ctx context.Context, g vending.Grant, what string, id tenant.KeyID, role string) error {
	if id.IsZero() {
		return tenant.ErrNoAPIKey
	}
	e := audit.Entry{Action: "apikey." + what, Kind: "apikey", ID: id.String(), After: role}
	if err := audit.Of(g).Append(ctx, "apikey-"+id.String()+"-"+what, e); err != nil {
		return unavailable("audit", err)
	}
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
