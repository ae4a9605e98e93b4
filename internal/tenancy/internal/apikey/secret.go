package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"io"
	"log/slog"
	"strings"
)

// SecretKey is a whole API key, as its holder sends it in place of a token:
//
//	bhk_<key id>_<secret>
//
// The secret is 160 random bits, in base32 as the id. Whoever makes a key is handed it once and
// nothing keeps it: the control plane has its SHA-256, which is enough for a secret that cannot be
// guessed, and needs no salt. However it is printed, logged or marshalled, a SecretKey says its id
// alone; Reveal is the one way to the rest.
type SecretKey struct {
	id     tenant.KeyID
	secret string
}

const (
	secretPrefix = "bhk_"

	base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567" // RFC 4648, section 6, in lower case

	secretBytes  = 20
	secretLength = secretBytes * 8 / 5
	secretStart  = len(secretPrefix) + tenant.KeyIDLength + 1
)

// newSecretKey makes a secret for the key of that id; of a fresh one if it is zero.
func newSecretKey(id tenant.KeyID) SecretKey {
	if id.IsZero() {
		id = tenant.NewKeyID()
	}
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // it never fails
	return SecretKey{id, strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))}
}

// ParseSecretKey parses s. It returns ErrInvalid if s is not exactly of the form, and repeats
// nothing of it.
func ParseSecretKey(s string) (SecretKey, error) {
	if len(s) != secretStart+secretLength || !IsSecretKey(s) || s[secretStart-1] != '_' || strings.Trim(s[secretStart:], base32Alphabet) != "" {
		return SecretKey{}, tenant.Invalid("API key")
	}
	id, err := tenant.ParseKeyID(s[len(secretPrefix) : secretStart-1])
	if err != nil {
		return SecretKey{}, tenant.Invalid("API key")
	}
	return SecretKey{id, s[secretStart:]}, nil
}

// IsSecretKey reports whether s claims to be an API key. No token begins so: a JWT begins with
// "ey".
func IsSecretKey(s string) bool { return strings.HasPrefix(s, secretPrefix) }

// ID is the key's public half.
func (k SecretKey) ID() tenant.KeyID { return k.id }

// Reveal is the key itself, for its holder's eyes; empty for the zero SecretKey.
func (k SecretKey) Reveal() string {
	if k.id.IsZero() {
		return ""
	}
	return secretPrefix + k.id.String() + "_" + k.secret
}

// digest is what the control plane keeps of the secret.
func (k SecretKey) digest() [sha256.Size]byte { return sha256.Sum256([]byte(k.secret)) }

// opens reports whether the secret is the one of this digest, in a time that does not depend on how
// nearly.
func (k SecretKey) opens(digest []byte) bool {
	own := k.digest()
	return subtle.ConstantTimeCompare(own[:], digest) == 1
}

// String names the key without its secret.
func (k SecretKey) String() string { return "API key " + k.id.String() }

// Format prints what String does, whatever the verb.
func (k SecretKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue is the key's id.
func (k SecretKey) LogValue() slog.Value { return slog.StringValue(k.id.String()) }

// MarshalText implements encoding.TextMarshaler with what String says: a SecretKey cannot be
// stored.
func (k SecretKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
