package tenant

import (
	"crypto/rand"
	"strings"
)

// ID is a tenant's identifier: "tn-" and ten lower-case letters or digits. Made by us, never
// reused. The zero ID is invalid and equals no tenant's.
type ID struct{ s string }

const (
	idPrefix = "tn-"
	idLength = len(idPrefix) + 10
)

// NewID returns a fresh random ID of 50 bits; the registry refuses the rare one that exists.
func NewID() ID { return ID{idPrefix + strings.ToLower(rand.Text()[:10])} }

// ParseID parses s. It returns ErrInvalid if s is not exactly of the form.
func ParseID(s string) (ID, error) {
	if len(s) != idLength || s[:len(idPrefix)] != idPrefix || !all(s[len(idPrefix):], isLowerOrDigit) {
		return ID{}, Invalid("tenant id")
	}
	return ID{s}, nil
}

func (id ID) String() string { return id.s }

// IsZero reports whether id is the zero ID.
func (id ID) IsZero() bool { return id.s == "" }

// MarshalText implements encoding.TextMarshaler. It refuses the zero ID.
func (id ID) MarshalText() ([]byte, error) { return marshal(id.s, "tenant id") }

// UnmarshalText implements encoding.TextUnmarshaler as ParseID.
func (id *ID) UnmarshalText(b []byte) error { return unmarshal(id, b, ParseID) }

// UserID is a user's identifier (Identity Platform localId): 1 to 128 of [A-Za-z0-9_-]. It names
// the user's document too, so the form that Firestore reserves, __x__, is refused.
type UserID struct{ s string }

const userIDMax = 128

// ParseUserID parses s. It returns ErrInvalid if s is not of the form.
func ParseUserID(s string) (UserID, error) {
	reserved := len(s) >= 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
	if s == "" || len(s) > userIDMax || reserved || !all(s, isUserIDByte) {
		return UserID{}, Invalid("user id")
	}
	return UserID{s}, nil
}

func (u UserID) String() string { return u.s }

// IsZero reports whether u is the zero UserID.
func (u UserID) IsZero() bool { return u.s == "" }

// MarshalText implements encoding.TextMarshaler. It refuses the zero UserID.
func (u UserID) MarshalText() ([]byte, error) { return marshal(u.s, "user id") }

// UnmarshalText implements encoding.TextUnmarshaler as ParseUserID.
func (u *UserID) UnmarshalText(b []byte) error { return unmarshal(u, b, ParseUserID) }

// The parsers look at bytes, so whatever is not ASCII is refused with the rest: look-alikes,
// full-width forms, NUL.

func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool        { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isLowerOrDigit(c byte) bool { return isLower(c) || isDigit(c) }
func isUserIDByte(c byte) bool {
	return isLowerOrDigit(c) || 'A' <= c && c <= 'Z' || c == '_' || c == '-'
}

func marshal(s, what string) ([]byte, error) {
	if s == "" {
		return nil, Invalid(what)
	}
	return []byte(s), nil
}

func unmarshal[T any](dst *T, b []byte, parse func(string) (T, error)) error {
	v, err := parse(string(b))
	if err == nil {
		*dst = v
	}
	return err
}
