package vault

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

// KeyFile is the JSON key of a service account, as Google issues it. It never shows itself:
// whatever prints, logs or encodes a KeyFile gets a placeholder.
type KeyFile []byte

const redacted = "[service account key]"

func (KeyFile) String() string               { return redacted }
func (KeyFile) GoString() string             { return redacted }
func (KeyFile) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redacted)) }
func (KeyFile) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (KeyFile) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (KeyFile) GobEncode() ([]byte, error) {
	return nil, errors.New("vault: a key file is not encoded")
}

// keyFields are the members of a key file. All that Google issues are named; any other is refused.
type keyFields struct {
	Type          string `json:"type,omitzero"`
	ProjectID     string `json:"project_id,omitzero"`
	PrivateKeyID  string `json:"private_key_id,omitzero"`
	PrivateKey    string `json:"private_key,omitzero"`
	ClientEmail   string `json:"client_email,omitzero"`
	ClientID      string `json:"client_id,omitzero"`
	AuthURI       string `json:"auth_uri,omitzero"`
	TokenURI      string `json:"token_uri,omitzero"`
	ProviderCerts string `json:"auth_provider_x509_cert_url,omitzero"`
	ClientCerts   string `json:"client_x509_cert_url,omitzero"`
	Universe      string `json:"universe_domain,omitzero"`
}

// Signer is a parsed key: it signs as one service account. Like a KeyFile it never shows itself.
type Signer struct {
	Account string // e-mail
	id      string // of the key
	private *rsa.PrivateKey
}

func (s *Signer) Email() string { return s.Account }
func (s *Signer) KeyID() string { return s.id }
func (*Signer) Renewable() bool { return false }

func (s *Signer) String() string       { return "[signer of " + s.Account + "]" }
func (s *Signer) GoString() string     { return s.String() }
func (s *Signer) LogValue() slog.Value { return slog.StringValue(s.String()) }

// minKeyBits is the smallest RSA key that is accepted. Google issues 2,048.
const minKeyBits = 2048

// ParseKey parses the key file of an account of the project. It is strict, for a key file is a
// configuration that sends Credentials somewhere: it must be of a service account, of this project,
// and name tokenURI and no other.
func ParseKey(file []byte, project, tokenURI string) (*Signer, error) {
	var f keyFields
	if err := json.Unmarshal(file, &f, json.RejectUnknownMembers(true)); err != nil {
		// The error of a decoder may quote what it read.
		return nil, errors.New("vault: key file: not the JSON of a service account key")
	}
	return f.parse(project, tokenURI)
}

func (f *keyFields) parse(project, tokenURI string) (*Signer, error) {
	fault := func(format string, args ...any) (*Signer, error) {
		return nil, fmt.Errorf("vault: key file: "+format, args...)
	}
	switch {
	case f.Type != "service_account":
		return fault("type is not service_account")
	case f.Universe != "" && f.Universe != "googleapis.com":
		return fault("universe_domain is not googleapis.com")
	case f.TokenURI != tokenURI:
		return fault("token_uri is not %s", tokenURI)
	case f.ProjectID != project:
		return fault("project_id is not %s", project)
	case !accountOf(f.ClientEmail, project):
		return fault("client_email is not of project %s", project)
	case f.PrivateKeyID == "":
		return fault("private_key_id is empty")
	}
	block, rest := pem.Decode([]byte(f.PrivateKey))
	if block == nil || block.Type != "PRIVATE KEY" || strings.TrimSpace(string(rest)) != "" {
		return fault("private_key is not one PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return fault("private_key is not PKCS #8")
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < minKeyBits {
		return fault("private_key is not RSA of at least %d bits", minKeyBits)
	}
	return &Signer{Account: f.ClientEmail, id: f.PrivateKeyID, private: private}, nil
}

// accountOf reports whether email is a service account of the project.
func accountOf(email, project string) bool {
	name, ok := strings.CutSuffix(email, "@"+project+".iam.gserviceaccount.com")
	return ok && name != "" && !strings.ContainsAny(name, "@/?#% \t\r\n")
}

// Sign signs in this process. It makes no request, so ctx is not used.
func (s *Signer) Sign(_ context.Context, b []byte) ([]byte, error) {
	sum := sha256.Sum256(b)
	return rsa.SignPKCS1v15(nil, s.private, crypto.SHA256, sum[:])
}

// tokenLife is how long a token that a key signs for itself is valid.
const tokenLife = time.Hour

// Token signs a token of the account for itself, which Google's services accept as it is: no token
// endpoint is asked. It implements auth.TokenProvider.
func (s *Signer) Token(context.Context) (*auth.Token, error) {
	now := time.Now()
	expires := now.Add(tokenLife)
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss":   s.Account,
		"sub":   s.Account,
		"scope": gcloud.CloudPlatform,
		"iat":   now.Unix(),
		"exp":   expires.Unix(),
	})
	t.Header["kid"] = s.id
	value, err := t.SignedString(s.private)
	if err != nil {
		return nil, fmt.Errorf("vault: sign as %s: %w", s.Account, err)
	}
	return &auth.Token{Value: value, Type: "Bearer", Expiry: expires}, nil
}

// Credentials returns the account's credentials, which sign at the first use and again before each
// token expires. They carry no JSON, so no client can be made to give the key away.
func (s *Signer) Credentials() *auth.Credentials {
	return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: auth.NewCachedTokenProvider(s, nil)})
}
