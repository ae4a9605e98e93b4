package vault

import (
	"context"
	"fmt"

	"cloud.google.com/go/auth"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// Source is how a process comes to act as a tenant's account. There are two, KeyFiles and
// Impersonation; what is vended is the same under both. A Source is safe for concurrent use.
type Source interface {
	fmt.Stringer

	// Keyless reports whether a tenant has no key: its vault object names the account and no more.
	Keyless() bool

	// Identity returns the account that a vault object is about. It makes no request.
	Identity(f *File, project string) (Identity, error)
}

// Identity acts as one service account.
type Identity interface {
	Email() string
	KeyID() string // "" if there is no key
	Credentials() *auth.Credentials

	// Sign signs the SHA-256 of b by RSASSA-PKCS1-v1_5, as a signed URL wants it.
	Sign(ctx context.Context, b []byte) ([]byte, error)

	// Renewable reports whether credentials that the cloud has rejected may be followed by good
	// ones of the same generation. A token that was taken back may be; what a deleted key signs is
	// never good again.
	Renewable() bool
}

// The names that configuration knows the sources by.
const (
	keyFileSource       = "keyfile"
	impersonationSource = "impersonation"
)

// OpenSource returns the source of this name, "keyfile" or "impersonation". creds are those of the
// account that may act as the tenants' (vending@, or jobs@ while it makes a tenant); key files have
// no use for them. Another name is an error.
func OpenSource(name string, e gcloud.Endpoints, creds *auth.Credentials) (Source, error) {
	switch name {
	case keyFileSource:
		return KeyFiles(e), nil
	case impersonationSource:
		return Impersonation(e, creds)
	}
	return nil, fmt.Errorf("vault: credentials %q are neither %s nor %s", name, keyFileSource, impersonationSource)
}

// KeyFiles is the source that takes the account's key out of the vault object. The key signs tokens
// and URLs in this process: nobody is asked.
func KeyFiles(e gcloud.Endpoints) Source { return keyFiles{e.TokenURI()} }

type keyFiles struct{ tokenURI string }

func (keyFiles) String() string { return keyFileSource }
func (keyFiles) Keyless() bool  { return false }

func (s keyFiles) Identity(f *File, project string) (Identity, error) {
	parsed, err := f.keyFields.parse(project, s.tokenURI)
	if err != nil {
		return nil, err // and not a typed nil
	}
	return parsed, nil
}
