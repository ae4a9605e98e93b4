package authpolicy

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Credential is a kind of proof that somebody may bring. The zero Credential is none.
type Credential uint8

// The credentials. The first two begin a session; the others come with a request of the API.
const (
	Password Credential = 1 << iota // a password at Identity Platform
	Provider                        // a sign-in at one of the tenant's OpenID providers
	Token                           // an ID token that the exchange issued
	Key                             // an API key of the tenant
	Access                          // an access token of one of the tenant's own issuers (RFC 9068)
)

var credentialNames = []struct {
	c    Credential
	name string
}{
	{Password, "password"}, {Provider, "provider"}, {Token, "token"}, {Key, "key"}, {Access, "access"},
}

// String is the credential's name in settings and in explanations; "none" for any other value.
func (c Credential) String() string {
	for _, n := range credentialNames {
		if n.c == c {
			return n.name
		}
	}
	return "none"
}

// IsValid reports whether c is one of the credentials.
func (c Credential) IsValid() bool { return bits.OnesCount8(uint8(c)) == 1 && c <= Access }

// ParseCredential returns the credential of the name. tenant.ErrInvalid if there is none.
func ParseCredential(name string) (Credential, error) {
	for _, n := range credentialNames {
		if n.name == name {
			return n.c, nil
		}
	}
	return 0, tenant.Invalid("credential")
}

// Set is a set of credentials. The zero Set holds none, and so lets nobody in.
type Set uint8

// SetOf returns the set of these credentials.
func SetOf(all ...Credential) Set {
	var s Set
	for _, c := range all {
		if c.IsValid() {
			s |= Set(c)
		}
	}
	return s
}

// Has reports whether c is in s.
func (s Set) Has(c Credential) bool { return c.IsValid() && s&Set(c) != 0 }

// Meet returns what is in both sets. There is no method that joins two sets: nothing that a tenant
// says adds a credential.
func (s Set) Meet(other Set) Set { return s & other }

// Names returns the names of what is in s, in the order of the constants.
func (s Set) Names() []string {
	names := []string{}
	for _, n := range credentialNames {
		if s.Has(n.c) {
			names = append(names, n.name)
		}
	}
	return names
}

// String lists the names; "nothing" for the empty set.
func (s Set) String() string {
	if s == 0 {
		return "nothing"
	}
	return strings.Join(s.Names(), ", ")
}

// ParseSet returns the set of the names. tenant.ErrInvalid for a name that is unknown or that comes
// twice.
func ParseSet(names []string) (Set, error) {
	var s Set
	for i, name := range names {
		c, err := ParseCredential(name)
		if err != nil {
			return 0, err
		}
		if slices.Contains(names[:i], name) {
			return 0, tenant.Invalid("credential named twice")
		}
		s |= Set(c)
	}
	return s, nil
}

// What the platform accepts at all. A tenant's setting is met with these.
const (
	signIns = Set(Password) | Set(Provider)
	bearers = Set(Token) | Set(Key) | Set(Access)
)

// Minimum is what the platform accepts where no tenant says otherwise.
func Minimum() Set { return signIns | bearers }

// SignIns are the credentials that begin a session.
func SignIns() Set { return signIns }

// Bearers are the credentials that come with a request of the API.
func Bearers() Set { return bearers }
