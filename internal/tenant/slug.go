package tenant

// Slug is the name of a tenant in addresses and on pages: "acme". It is for people; the ID is for
// machines. A slug once given is never given to another tenant, not even after the first is
// deleted: old links would mislead.
type Slug struct{ s string }

const (
	slugMin = 3
	slugMax = 32
)

// reservedSlugs are words that addresses and people already take to mean something of ours.
var reservedSlugs = map[string]bool{
	"admin": true, "api": true, "app": true, "assets": true, "auth": true, "billing": true, "bulkhead": true,
	"console": true, "docs": true, "events": true, "files": true, "healthz": true, "help": true, "jobs": true,
	"login": true, "mail": true, "operator": true, "people": true, "platform": true, "public": true, "root": true,
	"security": true, "sign-in": true, "sign-out": true, "static": true, "status": true, "support": true,
	"system": true, "tenant": true, "tenants": true, "vault": true, "www": true,
}

// ParseSlug parses s: 3 to 32 of [a-z0-9-], a letter first, a letter or digit last, not reserved,
// not of an ID's form. It returns ErrInvalid otherwise.
func ParseSlug(s string) (Slug, error) {
	if len(s) < slugMin || len(s) > slugMax || !isLower(s[0]) || !isLowerOrDigit(s[len(s)-1]) || !all(s, isSlugByte) {
		return Slug{}, Invalid("slug")
	}
	if _, err := ParseID(s); err == nil || reservedSlugs[s] {
		return Slug{}, Invalid("slug is reserved")
	}
	return Slug{s}, nil
}

func isSlugByte(c byte) bool { return isLowerOrDigit(c) || c == '-' }

func (s Slug) String() string { return s.s }

// IsZero reports whether s is the zero Slug.
func (s Slug) IsZero() bool { return s.s == "" }

// MarshalText implements encoding.TextMarshaler. It refuses the zero Slug.
func (s Slug) MarshalText() ([]byte, error) { return marshal(s.s, "slug") }

// UnmarshalText implements encoding.TextUnmarshaler as ParseSlug.
func (s *Slug) UnmarshalText(b []byte) error { return unmarshal(s, b, ParseSlug) }
