package idtoken_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/golang-jwt/jwt/v5"
)

// TestForgeryWithoutSignature strips the signature, or says that there is none, under every
// spelling of it and under every emulator variable that a Google library heeds.
func TestForgeryWithoutSignature(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	claims := issuer.ExchangedClaims(acme, "u1", tenant.Admin)
	signature := lastSegment(issuer.Sign(claims))
	forge := func(t *testing.T, v *idtoken.Verifier) {
		for _, alg := range []any{"none", "None", "NONE", "nOnE", "", nil, 0, "rs256", "RS256 ", "RS384", []string{"RS256"}} {
			for _, sig := range []string{"", "AA", signature, tenancytest.Segment("junk")} {
				refused(t, v, tenancytest.Unsigned(issuer.Header().Set("alg", alg), claims)+"."+sig)
				refused(t, v, tenancytest.Unsigned(tenancytest.Claims{"alg": alg, "typ": "JWT"}, claims)+"."+sig)
			}
		}
	}
	forge(t, issuer.Tokens(t))
	for _, name := range []string{
		"FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST_GRPC",
		"FIREBASE_STORAGE_EMULATOR_HOST", "FIREBASE_DATABASE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST",
	} {
		t.Run(name, func(t *testing.T) {
			before := issuer.Tokens(t)
			t.Setenv(name, "127.0.0.1:1")
			forge(t, before)
			forge(t, issuer.Tokens(t))
		})
	}
}

// TestForgeryOfShape offers a sound token in every shape but its own.
func TestForgeryOfShape(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	good := issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Admin)
	part := strings.Split(good, ".")
	head, body, sig := part[0], part[1], part[2]
	std := func(s string) string {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	for name, raw := range map[string]string{
		"nothing":             "",
		"dots":                "..",
		"one segment":         head,
		"two segments":        head + "." + body,
		"four segments":       good + "." + sig,
		"five segments":       good + ".." + sig,
		"empty header":        "." + body + "." + sig,
		"empty payload":       head + ".." + sig,
		"empty signature":     head + "." + body + ".",
		"padding":             good + "==",
		"padded header":       head + "=." + body + "." + sig,
		"standard alphabet":   std(head) + "." + std(body) + "." + std(sig),
		"trailing bits":       head + "." + body + "." + spareBits(sig),
		"a trailing newline":  good + "\n",
		"a newline within":    head + "." + body + "." + sig[:9] + "\n" + sig[9:],
		"carriage return":     head + "." + body + "." + sig[:9] + "\r" + sig[9:],
		"a trailing space":    good + " ",
		"a leading space":     " " + good,
		"the scheme's name":   "Bearer " + good,
		"a trailing byte":     good + "A",
		"a byte less":         good[:len(good)-1],
		"a NUL":               good + "\x00",
		"two tokens":          good + "," + good,
		"JSON serialization":  `{"payload":"` + body + `","protected":"` + head + `","signature":"` + sig + `"}`,
		"another's signature": head + "." + body + "." + lastSegment(issuer.Sign(tenancytest.Claims{})),
		"too long":            good + strings.Repeat("A", 8<<10),
		"far too long":        strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) { refused(t, v, raw) })
	}
	huge := issuer.ExchangedClaims(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Admin).Set("picture", strings.Repeat("a", 8<<10))
	refused(t, v, issuer.Sign(huge))

	for i := range len(sig) { // each character of the signature counts
		flipped := []byte(sig)
		if flipped[i] ^= 1; flipped[i] == sig[i] {
			t.Fatal("not flipped")
		}
		refused(t, v, head+"."+body+"."+string(flipped))
	}
	if _, err := v.Judged(t.Context(), good); err != nil {
		t.Errorf("the sound token that these were made of: %v", err)
	}
}

// spareBits returns another spelling of the same bytes: 256 bytes leave four bits of their last
// character unused.
func spareBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last|1])
}

// TestForgeryByKeyConfusion signs by every other algorithm, with the public key as the secret where
// one is wanted.
func TestForgeryByKeyConfusion(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	key := issuer.Key()
	claims := issuer.ExchangedClaims(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Admin)
	sign := func(alg string, with func(string) []byte) string {
		signed := tenancytest.Unsigned(issuer.Header().Set("alg", alg), claims)
		return signed + "." + tenancytest.Segment(with(signed))
	}

	public := &key.Private.PublicKey
	pkix, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(key.Certificate))
	pkcs1 := x509.MarshalPKCS1PublicKey(public)
	jwk, _ := json.Marshal(map[string]string{"kty": "RSA", "n": tenancytest.Segment(public.N.Bytes()), "e": "AQAB"})
	for form, secret := range map[string][]byte{
		"certificate": []byte(key.Certificate), "trimmed certificate": []byte(strings.TrimSpace(key.Certificate)),
		"certificate DER": block.Bytes, "PKIX DER": pkix, "PKCS1 DER": pkcs1,
		"PKIX":  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}),
		"PKCS1": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"JWK":   jwk, "modulus": public.N.Bytes(), "nothing": {}, "kid": []byte(key.ID),
	} {
		for alg, h := range map[string]crypto.Hash{"HS256": crypto.SHA256, "HS384": crypto.SHA384, "HS512": crypto.SHA512, "RS256": crypto.SHA256} {
			t.Run(alg+" by "+form, func(t *testing.T) {
				refused(t, v, sign(alg, func(s string) []byte {
					mac := hmac.New(h.New, secret)
					mac.Write([]byte(s))
					return mac.Sum(nil)
				}))
			})
		}
	}

	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for alg, private := range map[string]any{
		"RS384": key.Private, "RS512": key.Private, "PS256": key.Private, "PS384": key.Private, "PS512": key.Private,
		"ES256": ec, "EdDSA": ed,
	} {
		t.Run(alg, func(t *testing.T) {
			method := jwt.GetSigningMethod(alg)
			with := func(s string) []byte {
				sig, err := method.Sign(s, private)
				if err != nil {
					t.Fatal(err)
				}
				return sig
			}
			refused(t, v, sign(alg, with))
			refused(t, v, sign("RS256", with)) // the same under the right name
		})
	}
	t.Run("RS1", func(t *testing.T) {
		with := func(s string) []byte {
			sum := sha1.Sum([]byte(s))
			sig, err := rsa.SignPKCS1v15(nil, key.Private, crypto.SHA1, sum[:])
			if err != nil {
				t.Fatal(err)
			}
			return sig
		}
		refused(t, v, sign("RS1", with))
		refused(t, v, sign("RS256", with))
	})
}

// TestForgeryByHeader offers a key of the attacker's in every way that JOSE has. The listener must
// hear nothing.
func TestForgeryByHeader(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	claims := issuer.ExchangedClaims(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Admin)
	own := tenancytest.NewKey(6)
	var heard atomic.Int64
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		heard.Add(1)
		json.NewEncoder(w).Encode(map[string]string{own.ID: own.Certificate})
	}))
	defer listener.Close()

	public := &own.Private.PublicKey
	jwk := map[string]any{"kty": "RSA", "kid": own.ID, "n": tenancytest.Segment(public.N.Bytes()), "e": "AQAB", "alg": "RS256"}
	block, _ := pem.Decode([]byte(own.Certificate))
	offers := []tenancytest.Claims{
		{}, {"jwk": jwk}, {"jku": listener.URL}, {"x5u": listener.URL}, {"x5c": []string{base64.StdEncoding.EncodeToString(block.Bytes)}},
		{"x5t": "AAAA"}, {"x5t#S256": "AAAA"}, {"crit": []string{"b64"}, "b64": false}, {"crit": []string{}}, {"cty": "JWT"}, {"zip": "DEF"},
		{"enc": "A256GCM"}, {"JWK": jwk}, {"url": listener.URL}, {"nonce": "x"}, {"iss": "x"},
	}
	for _, offer := range offers {
		for _, kid := range []any{issuer.Key().ID, own.ID, listener.URL, "../" + issuer.Key().ID, "' OR 1=1", "", nil, "/dev/null"} {
			header := issuer.Header().Set("kid", kid)
			maps.Copy(header, offer)
			refused(t, v, own.Sign(header, claims))
			if len(offer) > 0 { // an unknown member is refused even under the right signature
				refused(t, v, issuer.SignHeader(header, claims))
			}
		}
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("the attacker's server was asked %d times", n)
	}

	good := tenancytest.JSON(issuer.Header())
	for name, header := range map[string]any{
		"kid twice":       addMember(good, `"kid":"`+own.ID+`"`),
		"alg twice":       addMember(good, `"alg":"none"`),
		"alg and ALG":     addMember(good, `"ALG":"none"`),
		"Kid alone":       strings.Replace(good, `"kid"`, `"Kid"`, 1),
		"no kid":          issuer.Header().Without("kid"),
		"no alg":          issuer.Header().Without("alg"),
		"alg of another":  issuer.Header().Set("alg", "RS384"), // the signature is by RS256 and would stand
		"alg none":        issuer.Header().Set("alg", "none"),
		"alg in lower":    issuer.Header().Set("alg", "rs256"),
		"no typ":          issuer.Header().Without("typ"),
		"typ null":        issuer.Header().Set("typ", nil),
		"another typ":     issuer.Header().Set("typ", "at+jwt"),
		"typ in lower":    issuer.Header().Set("typ", "jwt"),
		"a list":          "[]",
		"null":            "null",
		"trailing object": good + "{}",
		"cut off":         good[:len(good)-1],
	} {
		t.Run(name, func(t *testing.T) { refused(t, v, issuer.SignHeader(header, claims)) })
	}
}

// TestForgeryIsNotRemembered: neither a refusal nor a near miss leaves anything behind that a later
// token could use.
func TestForgeryIsNotRemembered(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	good := issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Viewer)
	forged := tenancytest.NewKey(6).Sign(issuer.Header(), issuer.ExchangedClaims(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Admin))
	for range 3 {
		refused(t, v, forged)
		if _, err := v.Judged(t.Context(), good); err != nil {
			t.Fatal(err)
		}
		refused(t, v, good[:strings.LastIndexByte(good, '.')]+"."+lastSegment(forged))
	}
	if n := v.Remembered(); n != 1 {
		t.Errorf("%d tokens remembered, want the sound one", n)
	}
}
