package authpolicy

import (
	"maps"
	"slices"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Issuer is an issuer of access tokens (RFC 9068) that a tenant's programs may bring to the API.
type Issuer struct {
	Name       string // for people
	Issuer     string // exactly as the tokens have it in iss
	JWKS       string
	Audience   string // what the tokens must name in aud
	Algorithms []string
	Clients    []string // client_id of the programs that may come; at least one

	// Scopes maps a scope of the token to the role that the program has. A token of which no scope
	// is named here is refused. No program is an admin. It is empty if People is true.
	Scopes map[string]tenant.Role

	// People says whom a token stands for: true, the person whom the tenant knows by the token's
	// issuer and subject, with the role of their record; false, a program.
	People bool
}

const (
	maxAudience = 256
	maxClients  = 32
)

// Validate reports whether i may be stored: ErrInvalid names the first fault.
func (i Issuer) Validate() error {
	switch {
	case !tenant.IsName(i.Name):
		return tenant.Invalid("issuer name")
	case i.Audience == "" || !tenant.IsPrintable(i.Audience, maxAudience):
		return tenant.Invalid("audience")
	case len(i.Algorithms) == 0:
		return tenant.Invalid("algorithms")
	case len(i.Clients) == 0 || len(i.Clients) > maxClients:
		return tenant.Invalid("clients")
	case i.People != (len(i.Scopes) == 0) || len(i.Scopes) > maxGroups:
		return tenant.Invalid("scopes")
	}
	for _, client := range i.Clients {
		if client == "" || !tenant.IsPrintable(client, maxClientID) {
			return tenant.Invalid("clients")
		}
	}
	for scope, role := range i.Scopes {
		if scope == "" || !tenant.IsPrintable(scope, maxGroup) || !role.IsForKeys() {
			return tenant.Invalid("scopes")
		}
	}
	for _, address := range []string{i.Issuer, i.JWKS} {
		if err := checkURL(address); err != nil {
			return err
		}
	}
	return nil
}

// RoleOf returns the role of a program whose token has these scopes: editor before viewer. ok is
// false if none of them maps to a role.
func (i Issuer) RoleOf(scopes []string) (_ tenant.Role, ok bool) {
	for _, role := range []tenant.Role{tenant.Editor, tenant.Viewer} {
		for _, scope := range scopes {
			if i.Scopes[scope] == role {
				return role, true
			}
		}
	}
	return 0, false
}

func (i Issuer) clone() Issuer {
	i.Algorithms = slices.Clone(i.Algorithms)
	i.Clients = slices.Clone(i.Clients)
	i.Scopes = maps.Clone(i.Scopes)
	return i
}
