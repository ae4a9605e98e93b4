package tenancy

import (
	"context"
	"errors"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// neverExpires is when a key expires that does not end by itself: after every clock that asks.
var neverExpires = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// APIKeys returns the keys that Bearer accepts.
func (a *Authenticator) APIKeys() *APIKeys { return &APIKeys{a.keys, a.revocations} }

// apiKey is Bearer for an API key. As with tokens, the key is judged first and then the tenant. The
// key's record says whose it is, never the request.
func (a *Authenticator) apiKey(ctx context.Context, s tenant.Selector, held string) (Principal, error) {
	epoch := a.epoch()
	key, err := a.keys.Verify(ctx, held)
	if err != nil {
		return Principal{}, err
	}
	user := key.ID.User()
	if err := a.notRevoked(key.Tenant, user, time.Time{}, key.Created); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, s)
	switch {
	case errors.Is(err, tenant.ErrTenantDenied):
		return Principal{}, a.denied(ctx, key.Tenant, user, s, err)
	case err != nil:
		return Principal{}, err
	case key.Tenant != selected.ID:
		return Principal{}, &MismatchError{Tenant: key.Tenant, User: user, Asked: selected.ID}
	}
	p := &principal{
		auth:    a,
		tenant:  selected.ID,
		user:    user,
		email:   key.Label(),
		role:    key.Role,
		region:  selected.Region,
		cell:    selected.Cell,
		method:  ByAPIKey,
		issued:  key.Created,
		expires: key.Expires,
		key:     key.ID,
	}
	if p.expires.IsZero() {
		p.expires = neverExpires
	}
	p.deadline = p.expires // no leeway: the time is ours to set
	p.checked.Store(epoch)
	return Principal{p}, nil
}
