package identity

import (
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// SealClientSecret returns the secret of a client at a tenant's provider as it is stored. It is
// sealed with the keys of the session cookies, and opens for this tenant and this provider alone.
func (s *Sessions) SealClientSecret(id tenant.ID, p authpolicy.ProviderID, secret string) ([]byte, error) {
	if id.IsZero() || p.IsZero() || secret == "" {
		return nil, errors.New("identity: seal a client secret of nobody")
	}
	box, err := s.aead.Encrypt([]byte(secret), clientSecretOf(id, p))
	if err != nil {
		return nil, fmt.Errorf("identity: seal a client secret: %w", err)
	}
	return box, nil
}

// OpenClientSecret returns the secret that SealClientSecret sealed. ErrUnavailable for anything
// else: the key that sealed it may be gone, and then an admin has to enter the secret again.
func (s *Sessions) OpenClientSecret(id tenant.ID, p authpolicy.ProviderID, sealed []byte) (string, error) {
	secret, err := s.aead.Decrypt(sealed, clientSecretOf(id, p))
	if err != nil || id.IsZero() || p.IsZero() {
		return "", fmt.Errorf("%w: the client secret of provider %s does not open", ErrUnavailable, p)
	}
	return string(secret), nil
}

func clientSecretOf(id tenant.ID, p authpolicy.ProviderID) []byte {
	return []byte("bulkhead client secret\x00" + id.String() + "\x00" + p.String())
}
