package sealing

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys seals and opens values. Safe for concurrent use.
type Keys struct{ aead tink.AEAD }

// NewKeys takes a Tink key set in JSON. It seals with the primary key and opens with any, so keys
// rotate by adding one, making it primary, and removing the old one after the longest session.
// Every key must be AES-256-GCM or XChaCha20-Poly1305.
func NewKeys(keysetJSON []byte) (*Keys, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(keysetJSON)))
	if err != nil {
		return nil, errors.New("sealing: keys: not a Tink key set in JSON") // err may quote what it read
	}
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err != nil {
			return nil, errors.New("sealing: keys: unreadable key")
		}
		switch p := entry.Key().Parameters().(type) {
		case *xchacha20poly1305.Parameters:
		case *aesgcm.Parameters:
			if p.KeySizeInBytes() < 32 {
				return nil, fmt.Errorf("sealing: keys: key %d has %d bits, 256 are needed", entry.KeyID(), 8*p.KeySizeInBytes())
			}
		default:
			return nil, fmt.Errorf("sealing: keys: key %d is neither AES-256-GCM nor XChaCha20-Poly1305", entry.KeyID())
		}
	}
	primitive, err := aead.New(h)
	if err != nil {
		return nil, errors.New("sealing: keys: not for authenticated encryption")
	}
	return &Keys{primitive}, nil
}

// SealFor seals a value for a purpose.
func (k *Keys) SealFor(purpose, plain []byte) ([]byte, error) {
	return k.aead.Encrypt(plain, purpose)
}

// OpenFor opens what SealFor sealed for the same purpose.
func (k *Keys) OpenFor(purpose, sealed []byte) ([]byte, error) {
	return k.aead.Decrypt(sealed, purpose)
}
