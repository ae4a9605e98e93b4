package iam_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

// signJWT signs claims as Google's clients do, with whatever method, header and key the test wants.
func signJWT(t *testing.T, method jwt.SigningMethod, kid string, key any, claims jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = kid
	maps.Copy(token.Header, header)
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSelfSignedJWT(t *testing.T) {
	w := newWorld(t)
	a, other := w.account("web-server"), w.account("web-worker")
	_, file := w.key(a)
	f, private := parseKeyFile(t, file)
	_, otherFile := w.key(other)
	of, otherPrivate := parseKeyFile(t, otherFile)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})

	now := w.now()
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{
			"iss": a.Email, "sub": a.Email, "scope": cloudPlatform,
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		}
		for k, v := range change {
			if c[k] = v; v == nil {
				delete(c, k)
			}
		}
		return c
	}
	rs256 := func(change jwt.MapClaims) string {
		return signJWT(t, jwt.SigningMethodRS256, f.PrivateKeyID, private, claims(change), nil)
	}
	good := rs256(nil)
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString

	for name, c := range map[string]struct {
		jwt  string
		want codes.Code
	}{
		"scope":                     {good, codes.OK},
		"scope and empty audience":  {rs256(jwt.MapClaims{"aud": ""}), codes.OK},
		"audience":                  {rs256(jwt.MapClaims{"scope": nil, "aud": firestoreAud}), codes.OK},
		"audience without slash":    {rs256(jwt.MapClaims{"scope": nil, "aud": "https://firestore.googleapis.com"}), codes.OK},
		"audience of an interface":  {rs256(jwt.MapClaims{"scope": nil, "aud": firestoreAud + "google.firestore.v1.Firestore"}), codes.OK},
		"a slow clock, within skew": {rs256(jwt.MapClaims{"iat": now.Add(30 * time.Second).Unix()}), codes.OK},

		"neither scope nor audience":    {rs256(jwt.MapClaims{"scope": nil}), codes.Unauthenticated},
		"another service's audience":    {rs256(jwt.MapClaims{"aud": "https://storage.googleapis.com/"}), codes.Unauthenticated},
		"an audience that begins alike": {rs256(jwt.MapClaims{"aud": "https://firestore.googleapis.com.evil.example/"}), codes.Unauthenticated},
		"the token endpoint's audience": {rs256(jwt.MapClaims{"aud": w.http.URL + "/token"}), codes.Unauthenticated},
		"several audiences":             {rs256(jwt.MapClaims{"aud": []string{"https://x.example", firestoreAud}}), codes.Unauthenticated},
		"another subject":               {rs256(jwt.MapClaims{"sub": other.Email}), codes.Unauthenticated},
		"no subject":                    {rs256(jwt.MapClaims{"sub": nil}), codes.Unauthenticated},
		"expired":                       {rs256(jwt.MapClaims{"iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-61 * time.Minute).Unix()}), codes.Unauthenticated},
		"no expiry":                     {rs256(jwt.MapClaims{"exp": nil}), codes.Unauthenticated},
		"no time of issue":              {rs256(jwt.MapClaims{"iat": nil}), codes.Unauthenticated},
		"issued in the future":          {rs256(jwt.MapClaims{"iat": now.Add(5 * time.Minute).Unix()}), codes.Unauthenticated},
		"valid for more than an hour":   {rs256(jwt.MapClaims{"exp": now.Add(61 * time.Minute).Unix()}), codes.Unauthenticated},
		"not valid yet":                 {rs256(jwt.MapClaims{"nbf": now.Add(5 * time.Minute).Unix()}), codes.Unauthenticated},

		"unknown account":         {rs256(jwt.MapClaims{"iss": "nobody@x.iam.gserviceaccount.com"}), codes.Unauthenticated},
		"unique id as the issuer": {rs256(jwt.MapClaims{"iss": a.UniqueId, "sub": a.UniqueId}), codes.Unauthenticated},
		"another account's name on one's own key": {
			signJWT(t, jwt.SigningMethodRS256, of.PrivateKeyID, otherPrivate, claims(nil), nil), codes.Unauthenticated},
		"another account's name and key id": {
			signJWT(t, jwt.SigningMethodRS256, f.PrivateKeyID, otherPrivate, claims(nil), nil), codes.Unauthenticated},
		"a stranger's key": {
			signJWT(t, jwt.SigningMethodRS256, f.PrivateKeyID, stranger, claims(nil), nil), codes.Unauthenticated},
		"unknown key id": {
			signJWT(t, jwt.SigningMethodRS256, "0123", private, claims(nil), nil), codes.Unauthenticated},
		"no key id": {
			signJWT(t, jwt.SigningMethodRS256, "", private, claims(nil), nil), codes.Unauthenticated},
		"a key in the header": {
			signJWT(t, jwt.SigningMethodRS256, "0123", stranger, claims(nil), map[string]any{
				"jwk": map[string]string{"kty": "RSA", "n": b64(stranger.N.Bytes()), "e": "AQAB"}, "jku": w.http.URL,
			}), codes.Unauthenticated},

		"HS256 with the public key's PEM": {
			signJWT(t, jwt.SigningMethodHS256, f.PrivateKeyID, publicPEM, claims(nil), nil), codes.Unauthenticated},
		"HS256 with the public key's DER": {
			signJWT(t, jwt.SigningMethodHS256, f.PrivateKeyID, publicDER, claims(nil), nil), codes.Unauthenticated},
		"RS384": {signJWT(t, jwt.SigningMethodRS384, f.PrivateKeyID, private, claims(nil), nil), codes.Unauthenticated},
		"PS256": {signJWT(t, jwt.SigningMethodPS256, f.PrivateKeyID, private, claims(nil), nil), codes.Unauthenticated},
		"none": {
			signJWT(t, jwt.SigningMethodNone, f.PrivateKeyID, jwt.UnsafeAllowNoneSignatureType, claims(nil), nil), codes.Unauthenticated},
		"none, with a signature": {b64([]byte(`{"alg":"none","kid":"`+f.PrivateKeyID+`"}`)) + "." + parts[1] + "." + parts[2], codes.Unauthenticated},
		"nOnE":                   {b64([]byte(`{"alg":"nOnE","kid":"`+f.PrivateKeyID+`"}`)) + "." + parts[1] + ".", codes.Unauthenticated},

		"no signature":      {parts[0] + "." + parts[1] + ".", codes.Unauthenticated},
		"stray bits":        {good[:len(good)-1] + nextLetter(good[len(good)-1]), codes.Unauthenticated},
		"two parts":         {parts[0] + "." + parts[1], codes.Unauthenticated},
		"four parts":        {good + "." + parts[2], codes.Unauthenticated},
		"padding":           {good + "==", codes.Unauthenticated},
		"other claims":      {parts[0] + "." + strings.Split(rs256(jwt.MapClaims{"x": 1}), ".")[1] + "." + parts[2], codes.Unauthenticated},
		"a trailing space":  {good + " ", codes.Unauthenticated},
		"a very long claim": {rs256(jwt.MapClaims{"x": strings.Repeat("x", 8<<10)}), codes.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time from the cache, if it got that far
				caller, err := w.authenticate("Bearer " + c.jwt)
				wantCode(t, "authenticate", err, c.want)
				if err == nil && (caller.Email != a.Email || caller.KeyID != f.PrivateKeyID) {
					t.Errorf("caller %+v", caller)
				}
			}
		})
	}
}

// nextLetter returns the letter after c in the alphabet of base64, which differs from c in its last
// bit only when c is even, as the last letter of a signature is: four of its bits stand for
// nothing.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

func TestVerifiedJWTExpires(t *testing.T) {
	w := newWorld(t)
	_, file := w.key(w.account("web-server"))
	authorization := w.authorization(file, true)
	_, err := w.authenticate(authorization)
	wantCode(t, "now", err, codes.OK)
	w.advance(58 * time.Minute)
	_, err = w.authenticate(authorization)
	wantCode(t, "after 58 minutes", err, codes.OK)
	w.advance(4 * time.Minute)
	_, err = w.authenticate(authorization)
	wantCode(t, "after 62 minutes", err, codes.Unauthenticated)
}

func TestAuthorizationHeader(t *testing.T) {
	w := newWorld(t)
	_, file := w.key(w.account("web-server"))
	_, token, _ := strings.Cut(w.authorization(file, true), " ")
	for header, want := range map[string]codes.Code{
		"Bearer " + token:  codes.OK,
		"bearer " + token:  codes.OK,
		"":                 codes.Unauthenticated,
		"Bearer":           codes.Unauthenticated,
		"Bearer ":          codes.Unauthenticated,
		token:              codes.Unauthenticated,
		"Basic " + token:   codes.Unauthenticated,
		"Bearer owner":     codes.Unauthenticated, // what emulators take for an administrator
		"Bearer ya29.c.xx": codes.Unauthenticated,
	} {
		_, err := w.authenticate(header)
		wantCode(t, header[:min(len(header), 12)], err, want)
	}
}
