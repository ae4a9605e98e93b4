package identity_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	certificatePath = "/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
	jwkPath         = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
)

// verifyWithCertificates is what any verifier does: the certificate of the token's kid must verify
// it.
func (w *world) verifyWithCertificates(token string) error {
	w.t.Helper()
	code, certs := w.do("GET", certificatePath, "", nil, "")
	if code != 200 {
		w.t.Fatalf("certificates: %d", code)
	}
	_, err := jwt.Parse(token, func(tok *jwt.Token) (any, error) {
		text, _ := certs[tok.Header["kid"].(string)].(string)
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, jwt.ErrTokenUnverifiable
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	}, jwt.WithTimeFunc(w.now), jwt.WithValidMethods([]string{"RS256"}))
	return err
}

func TestKeysRotate(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	seen := map[string]bool{}
	for day := range 16 {
		token := w.signIn(tc.TenantID(), "ann@example.com", "correct horse")["idToken"].(string)
		tok, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
		if err != nil {
			t.Fatal(err)
		}
		kid := tok.Header["kid"].(string)
		if _, certs := w.do("GET", certificatePath, "", nil, ""); len(certs) > 3 {
			t.Errorf("day %d: %d keys published", day, len(certs))
		}
		if err := w.verifyWithCertificates(token); err != nil {
			t.Errorf("day %d: %v", day, err)
		}
		seen[kid] = true
		w.advance(59 * time.Minute) // the token's last minute, maybe under the next key
		if day%5 == 0 {
			w.restart()
		}
		if err := w.verifyWithCertificates(token); err != nil {
			t.Errorf("day %d, an hour on: %v", day, err)
		}
		w.advance(23*time.Hour + time.Minute)
	}
	if len(seen) != 3 {
		t.Errorf("%d keys signed in 16 days, want 3", len(seen))
	}
}

func TestNextKeyIsPublishedBeforeItSigns(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	w.advance(7*24*time.Hour - 12*time.Hour)
	_, before := w.do("GET", certificatePath, "", nil, "")
	w.advance(13 * time.Hour)
	token := w.signIn(tc.TenantID(), "ann@example.com", "correct horse")["idToken"].(string)
	tok, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if before[tok.Header["kid"].(string)] == nil {
		t.Errorf("key %s signs but was not published 12 hours before", tok.Header["kid"])
	}
}

func TestJWKsAreTheCertificatesKeys(t *testing.T) {
	w := newWorld(t)
	_, certs := w.do("GET", certificatePath, "", nil, "")
	_, set := w.do("GET", jwkPath, "", nil, "")
	keys := set["keys"].([]any)
	if len(keys) != len(certs) || len(keys) == 0 {
		t.Fatalf("%d JWKs, %d certificates", len(keys), len(certs))
	}
	for _, k := range keys {
		jwk := k.(object)
		block, _ := pem.Decode([]byte(certs[jwk["kid"].(string)].(string)))
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		n, err := base64.RawURLEncoding.DecodeString(jwk["n"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if new(big.Int).SetBytes(n).Cmp(cert.PublicKey.(*rsa.PublicKey).N) != 0 {
			t.Errorf("key %s differs", jwk["kid"])
		}
	}
}
