package apikey

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// Key is what is known of a tenant's API key: everything but its secret. A key is the tenant's, not its maker's: it
// stays when they leave, until it is revoked or ends.
type Key struct {
	ID           tenant.KeyID
	Tenant       tenant.ID
	Name         string      // for people: 1 to 80 printable characters
	Role         tenant.Role // Viewer or Editor
	Created      time.Time
	Creator      tenant.UserID
	CreatorEmail string    // as it was then
	Expires      time.Time // zero: never
	Revoked      time.Time // zero: not revoked

	digest []byte // SHA-256 of the secret
}

// Live reports whether the key is good at that time: neither revoked nor expired.
func (k Key) Live(now time.Time) bool { return k.Revoked.IsZero() && !k.Expired(now) }

// Expired reports whether the key has come to its end by then, revoked or not.
func (k Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Label is the key's name, marked as a key's: it stands where a person's address would, and whoever names a key
// "ada@acme.example" is still not Ada.
func (k Key) Label() string { return "API key: " + k.Name }

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

// MaxKeys is how many live keys a tenant has at most. Of those that have ended as many are kept, for people to read
// about.
const MaxKeys = 50

// MaxDays is the longest life of a key that is to end by itself, in days.
const MaxDays = 365

// Draft is a key to be made.
type Draft struct {
	Name string      // 1 to 80 printable characters
	Role tenant.Role // Viewer or Editor: no key administers a tenant
	Days int         // 1 to 365; 0: it does not end by itself
}

func (n Draft) validate() error {
	switch {
	case !tenant.IsName(n.Name):
		return tenant.Invalid("API key name")
	case !n.Role.IsForKeys():
		return tenant.Invalid("API key role")
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
	return Draft{Name: k.Name, Role: k.Role}.validate()
}

// day is what a key's life is counted in.
const day = 24 * time.Hour
