package tenant

// Role names what a user may do in their tenant: see May. The zero Role may do nothing.
type Role uint8

// The roles. Their order says nothing about what they may do.
const (
	Viewer Role = iota + 1
	Editor
	Admin
)

var roleNames = [...]string{Viewer: "viewer", Editor: "editor", Admin: "admin"}

// ParseRole parses "viewer", "editor" or "admin", exactly. It returns ErrInvalid for anything else.
func ParseRole(s string) (Role, error) {
	for r := Viewer; r <= Admin; r++ {
		if s == roleNames[r] {
			return r, nil
		}
	}
	return 0, Invalid("role")
}

// IsValid reports whether r is one of the roles.
func (r Role) IsValid() bool { return Viewer <= r && r <= Admin }

// String is the role's name, as in the claim rl; "none" for an invalid role.
func (r Role) String() string {
	if !r.IsValid() {
		return "none"
	}
	return roleNames[r]
}

// MarshalText implements encoding.TextMarshaler. It refuses an invalid Role.
func (r Role) MarshalText() ([]byte, error) {
	if !r.IsValid() {
		return nil, Invalid("role")
	}
	return []byte(roleNames[r]), nil
}

// UnmarshalText implements encoding.TextUnmarshaler as ParseRole.
func (r *Role) UnmarshalText(b []byte) error { return unmarshal(r, b, ParseRole) }
