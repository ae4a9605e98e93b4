package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// SecretKey is a whole API key, as its holder sends it in place of a token: see package keytext for
// how it is written.
//
// The secret is 160 random bits and their checksum. Whoever makes a key is handed it once and
// nothing keeps it: the control plane has the SHA-256 of all that follows the id, which is enough
// for a secret that cannot be guessed, and needs no salt. However it is printed, logged or
// marshalled, a SecretKey says its id alone; Reveal is the one way to the rest.
type SecretKey struct {
	id     tenant.KeyID
	secret string // with the checksum, where the key has one
}

const secretBytes = keytext.SecretLength * 5 / 8

// newSecretKey makes a secret for the key of that id; of a fresh one if it is zero.
func newSecretKey(id tenant.KeyID) SecretKey {
	if id.IsZero() {
		id = tenant.NewKeyID()
	}
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // it never fails
	made := keytext.Make(id.String(), strings.ToLower(base32.StdEncoding.EncodeToString(random[:])))
	_, secret, _ := keytext.Parse(made)
	return SecretKey{id, secret}
}

// ParseSecretKey parses s. It returns ErrInvalid if s is not exactly of the form or its checksum is
// wrong, and repeats nothing of it. Older keys have no checksum: they are good until they end.
func ParseSecretKey(s string) (SecretKey, error) {
	text, secret, ok := keytext.Parse(s)
	if !ok {
		return SecretKey{}, tenant.Invalid("API key")
	}
	id, err := tenant.ParseKeyID(text)
	if err != nil {
		return SecretKey{}, tenant.Invalid("API key")
	}
	return SecretKey{id, secret}, nil
}

// IsSecretKey reports whether s claims to be an API key. No token begins so: a JWT begins with
// "ey".
func IsSecretKey(s string) bool { return strings.HasPrefix(s, keytext.Prefix) }

// ID is the key's public half.
func (k SecretKey) ID() tenant.KeyID { return k.id }

// Reveal is the key itself, for its holder's eyes; empty for the zero SecretKey.
func (k SecretKey) Reveal() string {
	if k.id.IsZero() {
		return ""
	}
	return keytext.Prefix + k.id.String() + "_" + k.secret
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
