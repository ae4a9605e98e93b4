package tenant

import (
	"crypto/rand"
	"strings"
)

// KeyID is the public half of an API key, by which lists and logs name it: sixteen lower-case
// letters or digits of base32 (RFC 4648, section 6), which are 80 random bits. Who knows it can do
// nothing with it. The zero KeyID is no key's.
type KeyID struct{ s string }

// KeyIDLength is the length of every KeyID, in bytes.
const KeyIDLength = 16

// NewKeyID returns a fresh random KeyID.
func NewKeyID() KeyID { return KeyID{strings.ToLower(rand.Text()[:KeyIDLength])} }

// ParseKeyID parses s. It returns ErrInvalid if s is not exactly of the form.
func ParseKeyID(s string) (KeyID, error) {
	if len(s) != KeyIDLength || !all(s, isBase32) {
		return KeyID{}, Invalid("API key id")
	}
	return KeyID{s}, nil
}

func (k KeyID) String() string { return k.s }

// IsZero reports whether k is the zero KeyID.
func (k KeyID) IsZero() bool { return k.s == "" }

// MarshalText implements encoding.TextMarshaler. It refuses the zero KeyID.
func (k KeyID) MarshalText() ([]byte, error) { return marshal(k.s, "API key id") }

// UnmarshalText implements encoding.TextUnmarshaler as ParseKeyID.
func (k *KeyID) UnmarshalText(b []byte) error { return unmarshal(k, b, ParseKeyID) }

// keyUser begins the user id of an API key's Principal. It is nobody's: the ids that Identity
// Platform gives hold letters and digits only, and should somebody bring about an account of such a
// name, an Authenticator refuses its tokens. So what a key did is never mistaken for what a person
// did, nor a person's record read by a key.
const keyUser = "apikey-"

// User is who a caller with this key is, within the tenant: "apikey-" and the key's id. It is zero
// for the zero KeyID.
func (k KeyID) User() UserID {
	if k.IsZero() {
		return UserID{}
	}
	return UserID{keyUser + k.s}
}

// IsKey reports whether u can only be an API key's.
func (u UserID) IsKey() bool { return strings.HasPrefix(u.s, keyUser) }

func isBase32(c byte) bool { return isLower(c) || '2' <= c && c <= '7' }
