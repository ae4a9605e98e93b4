package identity

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxSealed is the longest cookie value that every browser keeps, with room for its name and attributes.
const maxSealed = 3800

// Session is a browser's session in one tenant.
type Session struct {
	Tokens
	Created time.Time // sign-in
	Seen    time.Time // the last request that was noted
}

// Sessions seals and opens sessions. Safe for concurrent use.
type Sessions struct{ aead tink.AEAD }

// NewSessions takes a Tink key set in JSON. It seals with the primary key and opens with any, so keys rotate by adding
// one, making it primary, and removing the old one after the longest session. Every key must be AES-256-GCM or
// XChaCha20-Poly1305.
func NewSessions(keysetJSON []byte) (*Sessions, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(keysetJSON)))
	if err != nil {
		return nil, errors.New("identity: sealing keys: not a Tink key set in JSON") // err may quote what it read
	}
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err != nil {
			return nil, errors.New("identity: sealing keys: unreadable key")
		}
		switch p := entry.Key().Parameters().(type) {
		case *xchacha20poly1305.Parameters:
		case *aesgcm.Parameters:
			if p.KeySizeInBytes() < 32 {
				return nil, fmt.Errorf("identity: sealing keys: key %d has %d bits, 256 are needed", entry.KeyID(), 8*p.KeySizeInBytes())
			}
		default:
			return nil, fmt.Errorf("identity: sealing keys: key %d is neither AES-256-GCM nor XChaCha20-Poly1305", entry.KeyID())
		}
	}
	primitive, err := aead.New(h)
	if err != nil {
		return nil, errors.New("identity: sealing keys: not for authenticated encryption")
	}
	return &Sessions{primitive}, nil
}

// Seal returns s as the value of a cookie that opens for the tenant id alone.
func (s *Sessions) Seal(id tenant.ID, session Session) (string, error) {
	if id.IsZero() {
		return "", errors.New("identity: seal a session for no tenant")
	}
	return s.seal(associated(id), session)
}

// SealOperator returns s as the value of a cookie that opens for OpenOperator alone.
func (s *Sessions) SealOperator(session Session) (string, error) { return s.seal(operators, session) }

// seal leaves the ID token out if the value would be too long for a cookie: the name and the picture in it may be of any
// length. Such a session asks for a new token with each request.
func (s *Sessions) seal(purpose []byte, session Session) (string, error) {
	box, err := s.aead.Encrypt(compact(session), purpose)
	if err != nil {
		return "", fmt.Errorf("identity: seal a session: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(box)
	switch {
	case len(value) <= maxSealed:
		return value, nil
	case session.ID == "":
		return "", fmt.Errorf("identity: a sealed session of %d bytes is too long for a cookie", len(value))
	}
	session.ID, session.Expires = "", time.UnixMilli(0)
	return s.seal(purpose, session)
}

// Open returns the session that Seal sealed for the tenant id. ErrSessionExpired for anything else: a value of another
// tenant, of a key that is gone, or one that was tampered with.
func (s *Sessions) Open(id tenant.ID, value string) (Session, error) {
	if id.IsZero() {
		return Session{}, errUnopened
	}
	return s.open(associated(id), value)
}

// OpenOperator returns the session that SealOperator sealed. ErrSessionExpired for anything else, a tenant's session above
// all.
func (s *Sessions) OpenOperator(value string) (Session, error) { return s.open(operators, value) }

func (s *Sessions) open(purpose []byte, value string) (Session, error) {
	if len(value) > maxSealed || strings.ContainsAny(value, "\r\n") { // which base64 would skip
		return Session{}, errUnopened
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return Session{}, errUnopened
	}
	plain, err := s.aead.Decrypt(box, purpose)
	if err != nil {
		return Session{}, errUnopened
	}
	session, err := expand(plain)
	if err != nil {
		return Session{}, errUnopened
	}
	return session, nil
}

var errUnopened = fmt.Errorf("%w: the cookie does not open", ErrSessionExpired)

// associated names what the box is for, besides whom.
func associated(id tenant.ID) []byte { return []byte("bulkhead session\x00" + id.String()) }

// operators is what an operator's session is for. It is no tenant's: their purpose begins otherwise.
var operators = []byte("bulkhead operator")
