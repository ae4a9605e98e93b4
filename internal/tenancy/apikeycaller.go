package tenancy

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
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
	ad := &admission{asked: s, proof: proof{
		kind: authpolicy.Key, tenant: key.Tenant, user: key.ID.User(), email: key.Label(), role: key.Role,
		issued: key.Created, expires: key.Expires, // no leeway: the time is ours to set
	}}
	if ad.expires.IsZero() {
		ad.expires = neverExpires
	}
	if _, err := a.admit(ctx, ad); err != nil {
		return Principal{}, err
	}
	p := ad.principal(a, ByAPIKey, epoch)
	p.key, p.scopes = key.ID, key.Scopes
	return Principal{p}, nil
}
