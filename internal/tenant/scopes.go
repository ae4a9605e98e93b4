package tenant

import "strings"

// Scopes is what an API key was made for: to read, to write, or both, service by service. It
// narrows what the key's role may do and never widens it. The zero Scopes permits nothing.
type Scopes uint8

// The scopes. Each stands for one permission. A permission without a scope is for people alone: no
// API key has it. KeyEnd is the exception: every key can end itself, whatever it was made for.
const (
	ScopeFilesRead   Scopes = 1 << iota // list and download files
	ScopeFilesWrite                     // upload and delete files
	ScopeIntakeWrite                    // hand files in, and neither see nor delete any
	ScopePeopleRead                     // see who belongs to the tenant
)

// scopeNames is every scope with its name, in the order in which people see them.
var scopeNames = [...]struct {
	scope      Scopes
	name       string
	permission Permission
}{
	{ScopeFilesRead, "files:read", FilesRead},
	{ScopeFilesWrite, "files:write", FilesWrite},
	{ScopeIntakeWrite, "intake:write", IntakeWrite},
	{ScopePeopleRead, "people:read", PeopleRead},
}

// ParseScopes returns the scopes of the names. It returns ErrInvalid if there are none, for a name
// that is unknown and for one that comes twice.
func ParseScopes(names []string) (Scopes, error) {
	var s Scopes
	for _, name := range names {
		known := s
		for _, n := range scopeNames {
			if n.name == name {
				s |= n.scope
			}
		}
		if s == known {
			return 0, Invalid("scope of an API key")
		}
	}
	if s == 0 {
		return 0, Invalid("API key without a scope")
	}
	return s, nil
}

// Scopes returns all that a key of the role may have: nothing for a role that administers.
func (r Role) Scopes() Scopes {
	var s Scopes
	for _, n := range scopeNames {
		if r.IsForKeys() && r.May(n.permission) {
			s |= n.scope
		}
	}
	return s
}

// Role returns the least role that has every scope of s. It returns the zero Role, which may do
// nothing, if s is empty or holds what is no scope.
func (s Scopes) Role() Role {
	for _, r := range []Role{Viewer, Editor} {
		if s != 0 && s&^r.Scopes() == 0 {
			return r
		}
	}
	return 0
}

// Has reports whether s holds all scopes of other, which is not empty.
func (s Scopes) Has(other Scopes) bool { return other != 0 && s&other == other }

// May reports whether a scope of s stands for p, or p is KeyEnd and s has a scope.
func (s Scopes) May(p Permission) bool {
	for _, n := range scopeNames {
		if s.Has(n.scope) && (p == n.permission || p == KeyEnd) {
			return true
		}
	}
	return false
}

// Names returns the names of the scopes, in their order.
func (s Scopes) Names() []string {
	names := []string{}
	for _, n := range scopeNames {
		if s.Has(n.scope) {
			names = append(names, n.name)
		}
	}
	return names
}

// String is the names, with a space between two of them, as RFC 6749, section 3.3, writes scopes.
func (s Scopes) String() string { return strings.Join(s.Names(), " ") }
