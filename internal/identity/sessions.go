package identity

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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

// sealed is a session as it is written. Times are Unix milliseconds.
type sealed struct {
	ID      string `json:"i"`
	Refresh string `json:"r"`
	Expires int64  `json:"e"`
	Created int64  `json:"c"`
	Seen    int64  `json:"s"`
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

func (s *Sessions) seal(purpose []byte, session Session) (string, error) {
	plain, err := json.Marshal(sealed{
		session.ID, session.Refresh, session.Expires.UnixMilli(), session.Created.UnixMilli(), session.Seen.UnixMilli(),
	})
	if err != nil {
		return "", err
	}
	box, err := s.aead.Encrypt(plain, purpose)
	if err != nil {
		return "", fmt.Errorf("identity: seal a session: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(box)
	if len(value) > maxSealed {
		return "", fmt.Errorf("identity: a sealed session of %d bytes is too long for a cookie", len(value))
	}
	return value, nil
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
	var v sealed
	if err := json.Unmarshal(plain, &v); err != nil {
		return Session{}, errUnopened
	}
	return Session{
		Tokens:  Tokens{v.ID, v.Refresh, time.UnixMilli(v.Expires)},
		Created: time.UnixMilli(v.Created), Seen: time.UnixMilli(v.Seen),
	}, nil
}

var errUnopened = fmt.Errorf("%w: the cookie does not open", ErrSessionExpired)

// associated names what the box is for, besides whom.
func associated(id tenant.ID) []byte { return []byte("bulkhead session\x00" + id.String()) }

// operators is what an operator's session is for. It is no tenant's: their purpose begins otherwise.
var operators = []byte("bulkhead operator")
