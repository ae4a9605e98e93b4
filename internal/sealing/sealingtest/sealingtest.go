// Package sealingtest makes keys that seal, for tests.
package sealingtest

import (
	"bytes"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/bulkhead-saas/bulkhead/internal/sealing"
)

// New returns new keys.
func New(tb testing.TB) *sealing.Keys {
	tb.Helper()
	return Open(tb, KeySets(tb, aead.XChaCha20Poly1305KeyTemplate())[0])
}

// Open returns the keys of a key set in JSON.
func Open(tb testing.TB, keysetJSON []byte) *sealing.Keys {
	tb.Helper()
	keys, err := sealing.NewKeys(keysetJSON)
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

// KeySets makes a key set of one key of each template, the last of them primary. It returns the set
// as JSON after each step.
func KeySets(tb testing.TB, templates ...*tink_go_proto.KeyTemplate) (steps [][]byte) {
	tb.Helper()
	m := keyset.NewManager()
	for _, tmpl := range templates {
		id, err := m.Add(tmpl)
		if err != nil {
			tb.Fatal(err)
		}
		if err := m.SetPrimary(id); err != nil {
			tb.Fatal(err)
		}
		h, err := m.Handle()
		if err != nil {
			tb.Fatal(err)
		}
		var buf bytes.Buffer
		if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf)); err != nil {
			tb.Fatal(err)
		}
		steps = append(steps, buf.Bytes())
	}
	return steps
}

// Pair makes the key sets of a Box and of those that seal for it, as JSON.
func Pair(tb testing.TB) (private, public []byte) {
	tb.Helper()
	own, err := keyset.NewHandle(hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template())
	if err != nil {
		tb.Fatal(err)
	}
	open, err := own.Public()
	if err != nil {
		tb.Fatal(err)
	}
	var secret, shown bytes.Buffer
	if err := insecurecleartextkeyset.Write(own, keyset.NewJSONWriter(&secret)); err != nil {
		tb.Fatal(err)
	}
	if err := open.WriteWithNoSecrets(keyset.NewJSONWriter(&shown)); err != nil {
		tb.Fatal(err)
	}
	return secret.Bytes(), shown.Bytes()
}
