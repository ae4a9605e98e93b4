package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
)

// serveCertificates serves the map from key id to certificate that verifiers fetch.
func (k *keyring) serveCertificates(w http.ResponseWriter, r *http.Request) {
	keys, err := k.published()
	if err != nil {
		writeError(w, k.log, r.URL.Path, err)
		return
	}
	certs := make(map[string]string, len(keys))
	for _, key := range keys {
		certs[key.ID] = key.Certificate
	}
	w.Header().Set("Cache-Control", cacheControl)
	writeJSON(w, http.StatusOK, certs)
}

// serveJWKs serves the same keys as a JSON Web Key Set.
func (k *keyring) serveJWKs(w http.ResponseWriter, r *http.Request) {
	type jwk struct {
		Kty string `json:"kty"`
		Alg string `json:"alg"`
		Use string `json:"use"`
		Kid string `json:"kid"`
		N   string `json:"n"`
		E   string `json:"e"`
	}
	keys, err := k.published()
	if err != nil {
		writeError(w, k.log, r.URL.Path, err)
		return
	}
	b64 := base64.RawURLEncoding.EncodeToString
	set := make([]jwk, len(keys))
	for i, key := range keys {
		public := key.private.PublicKey
		set[i] = jwk{"RSA", "RS256", "sig", key.ID, b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())}
	}
	w.Header().Set("Cache-Control", cacheControl)
	writeJSON(w, http.StatusOK, struct {
		Keys []jwk `json:"keys"`
	}{set})
}

var cacheControl = fmt.Sprintf("public, max-age=%d, must-revalidate, no-transform", int(certMaxAge.Seconds()))

// sign returns a token with the given claims under the key that signs now.
func (k *keyring) sign(claims jwt.MapClaims) (string, error) {
	key, err := k.current()
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = key.ID
	return token.SignedString(key.private)
}

// find is the published key that a token names.
func (k *keyring) find(token *jwt.Token) (any, error) {
	keys, err := k.published()
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if token.Header["kid"] == key.ID {
			return &key.private.PublicKey, nil
		}
	}
	return nil, errors.New("unknown key")
}
