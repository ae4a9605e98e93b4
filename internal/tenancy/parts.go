package tenancy

import (
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
)

// The parts of an Authenticator are in packages that only tenancy can import, so that nobody else
// can ask them to vouch for anyone. These are their names for the program that wires them, and for
// those who read what they answer.
type (
	// VerifierConfig configures a Verifier.
	VerifierConfig = idtoken.VerifierConfig
	// Revocations is the feed of what was revoked.
	Revocations = revocation.Feed
	// APIKey is what is known of an API key: everything but its secret.
	APIKey = apikey.Key
	// FormerAPIKey is what earlier versions kept of an API key in the control plane.
	FormerAPIKey = apikey.Former
	// NewAPIKey is an API key to be made.
	NewAPIKey = apikey.Draft
	// RollingAPIKey is an API key that is to take the place of another.
	RollingAPIKey = apikey.Rolling
	// SecretKey is a whole API key, as its holder sends it.
	SecretKey = apikey.SecretKey
)

const (
	// GoogleCertificates is where Google publishes the certificates of the keys that sign ID
	// tokens.
	GoogleCertificates = idtoken.GoogleCertificates
	// MaxAPIKeys is how many live API keys a tenant has at most.
	MaxAPIKeys = apikey.MaxKeys
)

// Verifier verifies the ID tokens of Identity Platform, for an Authenticator and for Operators. It
// has no method: a token is not verified past the tenant.
type Verifier struct{ tokens *idtoken.Verifier }

// NewVerifier returns a Verifier. It fetches nothing until the first token. tenant.ErrInvalid for a
// configuration that could verify nothing.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	tokens, err := idtoken.NewVerifier(cfg)
	if err != nil {
		return nil, err
	}
	return &Verifier{tokens}, nil
}

// NewRevocations returns a feed over the database "platform". It answers nothing before the first
// Poll. now is the clock; nil: time.Now.
func NewRevocations(db *firestore.Client, now func() time.Time) *Revocations {
	return revocation.NewFeed(db, now)
}
