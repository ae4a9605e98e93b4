// Package sealingtest makes keys that seal, for tests.
package sealingtest

import (
	"bytes"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
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
