package federation

import (
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ClientSecrets seals and opens the secrets of clients at the tenants' providers. Safe for
// concurrent use.
type ClientSecrets struct{ keys *sealing.Keys }

// NewClientSecrets returns what seals with these keys.
func NewClientSecrets(keys *sealing.Keys) ClientSecrets { return ClientSecrets{keys} }

// SealClientSecret returns the secret of a client at a tenant's provider as it is stored. It opens
// for this tenant and this provider alone.
func (c ClientSecrets) SealClientSecret(id tenant.ID, p authpolicy.ProviderID, secret string) ([]byte, error) {
	if id.IsZero() || p.IsZero() || secret == "" {
		return nil, errors.New("federation: seal a client secret of nobody")
	}
	box, err := c.keys.SealFor(clientSecretOf(id, p), []byte(secret))
	if err != nil {
		return nil, fmt.Errorf("federation: seal a client secret: %w", err)
	}
	return box, nil
}

// OpenClientSecret returns the secret that SealClientSecret sealed. identityplatform.ErrUnavailable
// for anything else: the key that sealed it may be gone, and then an admin has to enter the secret
// again.
func (c ClientSecrets) OpenClientSecret(id tenant.ID, p authpolicy.ProviderID, sealed []byte) (string, error) {
	secret, err := c.keys.OpenFor(clientSecretOf(id, p), sealed)
	if err != nil || id.IsZero() || p.IsZero() {
		return "", fmt.Errorf("%w: the client secret of provider %s does not open", identityplatform.ErrUnavailable, p)
	}
	return string(secret), nil
}

func clientSecretOf(id tenant.ID, p authpolicy.ProviderID) []byte {
	return []byte("bulkhead client secret\x00" + id.String() + "\x00" + p.String())
}
