package apikeys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Roll makes an API key with the name, the scopes and the length of life of another, which
// goes on for the overlap and then ends: 0 ends it at once. What it returns beside the new key is
// its only copy. Conditions are those of Create.
//
// The entry "apikey.rolling" is appended before, and "apikey.roll" after. If the second cannot be
// appended, the new key is revoked, and the error says so: nobody has seen it. The old key's end
// stays as it was set, and while it is live it can be rolled again.
//
//	tenant.ErrNoAPIKey        the tenant has no such key
//	tenant.ErrAPIKeyRolled    another key has taken its place already
//	tenant.ErrAPIKeyEnded     it was revoked, or has expired
//	tenant.ErrInvalid         the overlap is below 0 or above seven days
//	and those of Create
func (s *Service) Roll(ctx context.Context, g vending.Grant, id tenant.KeyID, overlap time.Duration) (Key, tenancy.SecretKey, error) {
	if err := authorize(ctx, g); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	old, err := s.keyOf(ctx, g, id)
	if err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	next := tenant.NewKeyID()
	if err := s.writeName(ctx, g, next, old.Name); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	if err := appendRoll(ctx, g, "rolling", id, next); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	notice, err := s.intendNotice(ctx, g, next, old.life())
	if err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	key, secret, err := s.authenticator.APIKeys().Roll(ctx, g.Principal(), tenancy.RollingAPIKey{Old: id, ID: next, Overlap: overlap})
	if err != nil {
		if refusesRoll(err) { // nothing was made, so nothing is left of it
			_ = notice.Drop(ctx)
			_, undone := nameOf(g, next).Delete(ctx)
			err = errors.Join(err, undone)
		}
		return Key{}, tenancy.SecretKey{}, err
	}
	if err := appendRoll(ctx, g, "roll", id, next); err != nil {
		return Key{}, tenancy.SecretKey{}, s.unmake(ctx, g, key.ID, err)
	}
	s.tellOfKey(ctx, g, "API key rolled", key)
	s.sweepNames(ctx, g)
	return Key{APIKey: key, Name: old.Name, CreatorEmail: g.Principal().Email()}, secret, nil
}

// keyOf returns a key of the grant's tenant with its name. tenant.ErrNoAPIKey if there is none.
func (s *Service) keyOf(ctx context.Context, g vending.Grant, id tenant.KeyID) (Key, error) {
	keys, err := s.List(ctx, g)
	if err != nil {
		return Key{}, err
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return Key{}, tenant.ErrNoAPIKey
}

// life is how long the key was made for; 0: it does not end by itself.
func (k Key) life() time.Duration {
	if k.Expires.IsZero() {
		return 0
	}
	return k.Expires.Sub(k.Created)
}

func refusesRoll(err error) bool {
	for _, known := range []error{
		tenant.ErrNoAPIKey, tenant.ErrAPIKeyRolled, tenant.ErrAPIKeyEnded, tenant.ErrTooManyAPIKeys, tenant.ErrInvalid,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// unmake revokes a key that was made and whose entry could not be appended: nobody has seen it.
func (s *Service) unmake(ctx context.Context, g vending.Grant, id tenant.KeyID, because error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	_, undone := s.authenticator.APIKeys().Revoke(ctx, g.Principal(), id)
	if undone != nil {
		return fmt.Errorf("%w, and the key is not revoked: %v", because, undone)
	}
	return because
}

// appendRoll appends the entry of a key that another is to follow, or follows.
func appendRoll(ctx context.Context, g vending.Grant, what string, old, next tenant.KeyID) error {
	e := audit.Entry{Action: "apikey." + what, Kind: "apikey", ID: old.String(), After: next.String()}
	if err := audit.Of(g).Append(ctx, "apikey-"+next.String()+"-"+what, e); err != nil {
		return unavailable("audit", err)
	}
	return nil
}
