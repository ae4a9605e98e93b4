package apikey

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Key is what is known of a tenant's API key: everything but its secret. A key is the tenant's, not
// its maker's: it stays when they leave, until it is revoked or ends.
//
// It holds identifiers, and nothing that a person has written: the control plane is in one region,
// and the tenant's content in the tenant's own. What the key is called stands in the tenant's
// database (see package apikeys).
type Key struct {
	ID      tenant.KeyID
	Tenant  tenant.ID
	Role    tenant.Role // Viewer or Editor: the least that has the scopes
	Scopes  tenant.Scopes
	Created time.Time
	Creator tenant.UserID
	Expires time.Time // zero: never
	Revoked time.Time // zero: not revoked

	// Successor is the key that took this one's place when it was rolled; zero: none did.
	Successor tenant.KeyID `json:",omitzero"`

	Former Former // zero for a key that was made by this version

	digest []byte // SHA-256 of the secret
}

// Former is what earlier versions kept of a key in the control plane. It is read so that it can be
// moved to where it belongs: see Store.Forget.
type Former struct {
	Name  string
	Email string // the maker's
}

// Live reports whether the key is good at that time: neither revoked nor expired.
func (k Key) Live(now time.Time) bool { return k.Revoked.IsZero() && !k.Expired(now) }

// Expired reports whether the key has come to its end by then, revoked or not.
func (k Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Label is the key's id, marked as a key's: it stands where a person's address would.
func (k Key) Label() string { return "API key: " + k.ID.String() }

// ended is when the key stopped being good, as far as is known at that time; zero if it has not.
func (k Key) ended(now time.Time) time.Time {
	switch {
	case !k.Revoked.IsZero():
		return k.Revoked
	case k.Expired(now):
		return k.Expires
	}
	return time.Time{}
}

// MaxKeys is how many live keys a tenant has at most. Of those that have ended as many are kept,
// for people to read about.
const MaxKeys = 50

// MaxDays is the longest life of a key that is to end by itself, in days.
const MaxDays = 365

// Draft is a key to be made. It has either scopes or a role.
type Draft struct {
	ID     tenant.KeyID // zero: a fresh one
	Scopes tenant.Scopes
	Role   tenant.Role // Viewer or Editor, for all scopes of it: no key administers a tenant
	Days   int         // 1 to 365; 0: it does not end by itself
}

// Granted is the scopes of the key: those of the role if the draft has one.
func (n Draft) Granted() tenant.Scopes {
	if n.Role != 0 {
		return n.Role.Scopes()
	}
	return n.Scopes
}

// Validate returns tenant.ErrInvalid if no key can be made so.
func (n Draft) Validate() error {
	switch {
	case n.Role != 0 && n.Scopes != 0:
		return tenant.Invalid("API key with a role and scopes")
	case !n.Granted().Role().IsForKeys():
		return tenant.Invalid("API key role or scopes")
	case n.Days < 0 || n.Days > MaxDays:
		return tenant.Invalid("API key life")
	}
	return nil
}

// validate reports whether k is a key that this package made: ErrInvalid names the first fault.
func (k Key) validate() error {
	switch {
	case k.ID.IsZero() || k.Tenant.IsZero() || k.Creator.IsZero():
		return tenant.Invalid("API key of nobody")
	case len(k.digest) == 0 || k.Created.IsZero():
		return tenant.Invalid("API key without a digest or a beginning")
	}
	return Draft{Scopes: k.Scopes}.Validate()
}

// day is what a key's life is counted in.
const day = 24 * time.Hour
