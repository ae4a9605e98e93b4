package tenant

import "strings"

// providerUser begins the user id of somebody who has signed in at one of the tenant's own
// providers and is not known yet. It is nobody's, for the reasons that an API key's is nobody's:
// see KeyID.User.
const providerUser = "provider-"

// ProviderUser is who acts for somebody who is signing in at the provider that is called so within
// a tenant: "provider-" and the name. It is zero if the name cannot be part of a user id.
func ProviderUser(name string) UserID {
	u, err := ParseUserID(providerUser + name)
	if err != nil || name == "" {
		return UserID{}
	}
	return u
}

// IsProvider reports whether u can only be such a caller's.
func (u UserID) IsProvider() bool { return strings.HasPrefix(u.s, providerUser) }
