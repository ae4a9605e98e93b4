package sealing

import (
	"bytes"
	"errors"

	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/hybrid/hpke"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Recipient seals values that another service opens, and nobody else: not even whoever sealed them
// (HPKE, RFC 9180). Safe for concurrent use.
type Recipient struct{ to tink.HybridEncrypt }

// NewRecipient takes the public part of the other service's Tink key set, in JSON. Every key must
// be of HPKE.
func NewRecipient(publicJSON []byte) (*Recipient, error) {
	h, err := keyset.ReadWithNoSecrets(keyset.NewJSONReader(bytes.NewReader(publicJSON)))
	if err != nil {
		return nil, errors.New("sealing: recipient: not a Tink key set of public keys in JSON")
	}
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err != nil {
			return nil, errors.New("sealing: recipient: unreadable key")
		}
		if _, ok := entry.Key().(*hpke.PublicKey); !ok {
			return nil, errors.New("sealing: recipient: a key is not of HPKE")
		}
	}
	to, err := hybrid.NewHybridEncrypt(h)
	if err != nil {
		return nil, errors.New("sealing: recipient: not for encryption to a public key")
	}
	return &Recipient{to}, nil
}

// Seal seals a value for a purpose.
func (r *Recipient) Seal(purpose, plain []byte) ([]byte, error) { return r.to.Encrypt(plain, purpose) }

// Box opens what Recipients have sealed for its owner. Safe for concurrent use.
type Box struct{ box tink.HybridDecrypt }

// NewBox takes the owner's Tink key set, in JSON.
func NewBox(privateJSON []byte) (*Box, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(privateJSON)))
	if err != nil {
		return nil, errors.New("sealing: box: not a Tink key set in JSON") // err may quote what it read
	}
	box, err := hybrid.NewHybridDecrypt(h)
	if err != nil {
		return nil, errors.New("sealing: box: not for decryption")
	}
	return &Box{box}, nil
}

// Open opens what was sealed for the same purpose.
func (b *Box) Open(purpose, sealed []byte) ([]byte, error) {
	plain, err := b.box.Decrypt(sealed, purpose)
	if err != nil {
		return nil, errUnopened
	}
	return plain, nil
}
