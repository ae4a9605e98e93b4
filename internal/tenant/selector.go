package tenant

// Selector is a parsed, still unverified choice of tenant: a Slug or an ID. It selects; it proves
// nothing.
type Selector struct {
	slug Slug
	id   ID
}

// SelectSlug returns the Selector of a slug.
func SelectSlug(s Slug) Selector { return Selector{slug: s} }

// SelectID returns the Selector of an identifier.
func SelectID(id ID) Selector { return Selector{id: id} }

// ParseSelector takes the raw values of a header, or a raw path segment, and returns ErrInvalid for
// anything but exactly one well-formed slug or ID. It never trims, unescapes, splits or takes the
// first of several: two parties that read one request differently is how a gateway checks one
// tenant and an application serves another.
func ParseSelector(values []string) (Selector, error) {
	if len(values) != 1 {
		return Selector{}, Invalid("tenant selector: want exactly one")
	}
	if id, err := ParseID(values[0]); err == nil {
		return SelectID(id), nil
	}
	if slug, err := ParseSlug(values[0]); err == nil {
		return SelectSlug(slug), nil
	}
	return Selector{}, Invalid("tenant selector")
}

// ID is the identifier that s selects by; zero if it selects by a slug, or nothing.
func (s Selector) ID() ID { return s.id }

// Slug is the slug that s selects by; zero if it selects by an identifier, or nothing.
func (s Selector) Slug() Slug { return s.slug }

// IsZero reports whether s selects nothing.
func (s Selector) IsZero() bool { return s == Selector{} }
