// Package secondfactortest is an authenticator for tests: what answers the challenges of passkeys
// in a browser (WebAuthn), made of a key in memory.
package secondfactortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Authenticator holds one passkey. Its fields may be changed between two answers.
type Authenticator struct {
	Origin  string // that the browser says it is at
	RP      string // whose passkey it is
	Counter uint32

	id  []byte
	key *ecdsa.PrivateKey
}

// New returns an authenticator in a browser that is at origin, for the party of that name.
func New(tb testing.TB, origin, rp string) *Authenticator {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &Authenticator{Origin: origin, RP: rp, id: id, key: key}
}

// Flags of authenticator data: WebAuthn, section 6.1.
const (
	userPresent  = 1
	userVerified = 4
	attested     = 64
)

func (a *Authenticator) data(flags byte, more []byte) []byte {
	a.Counter++
	sum := sha256.Sum256([]byte(a.RP))
	data := append(sum[:], flags|userPresent|userVerified)
	data = binary.BigEndian.AppendUint32(data, a.Counter)
	return append(data, more...)
}

func (a *Authenticator) client(tb testing.TB, kind string, options []byte) []byte {
	tb.Helper()
	var o struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(options, &o); err != nil || o.Challenge == "" {
		tb.Fatalf("options without a challenge: %s", options)
	}
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func encode(b []byte) string { return strings.TrimRight(base64.URLEncoding.EncodeToString(b), "=") }

func (a *Authenticator) answer(tb testing.TB, response map[string]any) []byte {
	tb.Helper()
	text, err := json.Marshal(map[string]any{"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "response": response})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// Create answers the options to set a passkey up.
func (a *Authenticator) Create(tb testing.TB, options []byte) []byte {
	tb.Helper()
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}) // RFC 9053
	if err != nil {
		tb.Fatal(err)
	}
	more := make([]byte, 16, 64) // no maker
	more = binary.BigEndian.AppendUint16(more, uint16(len(a.id)))
	more = append(append(more, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(attested, more)})
	if err != nil {
		tb.Fatal(err)
	}
	return a.answer(tb, map[string]any{
		"clientDataJSON": encode(a.client(tb, "webauthn.create", options)), "attestationObject": encode(object),
		"transports": []string{"internal"},
	})
}

// Get answers the options to prove the passkey.
func (a *Authenticator) Get(tb testing.TB, options []byte) []byte {
	tb.Helper()
	client, data := a.client(tb, "webauthn.get", options), a.data(0, nil)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		tb.Fatal(err)
	}
	return a.answer(tb, map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature),
	})
}
