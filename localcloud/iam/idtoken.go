package iam

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

const (
	// googleIssuer issues the ID tokens of service accounts.
	googleIssuer = "https://accounts.google.com"
	// issuerSecret is the name of its signing key in the secrets bucket.
	issuerSecret = "issuer"
)

// signingKey signs ID tokens.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func parseSigningKey(pkcs8 []byte) (*signingKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the signing key is a %T", parsed)
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&private.PublicKey))
	return &signingKey{id: hex.EncodeToString(sum[:20]), private: private}, nil
}

// issuer returns the key that signs ID tokens, made at its first use.
func (s *Service) issuer() (*signingKey, error) {
	s.mu.RLock()
	k := s.state.issuer
	s.mu.RUnlock()
	if k != nil {
		return k, nil
	}
	return k, s.update(func(c *change) error {
		if k = s.state.issuer; k != nil { // made by another call, meanwhile; only changes write it
			return nil
		}
		private, err := s.cfg.NewKey()
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return err
		}
		if k, err = parseSigningKey(der); err != nil {
			return err
		}
		return c.put(secretsBucket, []byte(issuerSecret), der, func(st *state) { st.issuer = k })
	})
}

// IDToken issues a Google-signed OIDC token that names the account of that e-mail address to
// audience, good for an hour. It is for the cloud's own use: no permission is asked. The errors are
// NotFound and FailedPrecondition: the account is disabled.
func (s *Service) IDToken(email, audience string) (string, error) {
	a := s.account(email)
	switch {
	case a == nil || a.Email != email:
		return "", noAccount(email)
	case a.Disabled:
		return "", status.Errorf(codes.FailedPrecondition, "Service account %s is disabled.", email)
	}
	return s.idToken(a, audience, true)
}

// idToken issues a Google-signed OIDC token that names the account to audience, good for an hour.
func (s *Service) idToken(a *account, audience string, withEmail bool) (string, error) {
	k, err := s.issuer()
	if err != nil {
		return "", err
	}
	now := s.cfg.Now()
	claims := jwt.MapClaims{
		"iss": googleIssuer,
		"aud": audience,
		"azp": a.UniqueID,
		"sub": a.UniqueID,
		"iat": now.Unix(),
		"exp": now.Add(time.Hour).Unix(),
	}
	if withEmail {
		claims["email"], claims["email_verified"] = a.Email, true
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = k.id
	return t.SignedString(k.private)
}

// serveIssuerKeys answers GET /oauth2/v3/certs: the keys that verify ID tokens, as a JWK set.
func (s *Service) serveIssuerKeys(w http.ResponseWriter, _ *http.Request) {
	k, err := s.issuer()
	if err != nil {
		rest.WriteError(w, err)
		return
	}
	type jwk struct {
		Kid string `json:"kid"`
		Kty string `json:"kty"`
		Alg string `json:"alg"`
		Use string `json:"use"`
		N   string `json:"n"`
		E   string `json:"e"`
	}
	encode := base64.RawURLEncoding.EncodeToString
	public := k.private.PublicKey
	rest.WriteJSON(w, http.StatusOK, map[string][]jwk{"keys": {{
		Kid: k.id,
		Kty: "RSA",
		Alg: "RS256",
		Use: "sig",
		N:   encode(public.N.Bytes()),
		E:   encode(big.NewInt(int64(public.E)).Bytes()),
	}}})
}
