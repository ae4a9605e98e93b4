package issuer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestKeysThatAreSkipped: each stands in a set beside a good key, which serves all the same.
func TestKeysThatAreSkipped(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := &rsaKeys[0]().PublicKey
	private := func() map[string]any {
		var m map[string]any
		b, err := jose.JSONWebKey{Key: rsaKeys[0](), KeyID: "odd"}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		decode(t, b, &m)
		return m
	}
	small := &rsa.PublicKey{N: new(big.Int).Rsh(good.N, 1), E: 65537}
	huge := &rsa.PublicKey{N: new(big.Int).Lsh(good.N, 7000), E: 65537}
	for name, odd := range map[string]map[string]any{
		"2047 bits":          jwk(t, small, "odd"),
		"9048 bits":          jwk(t, huge, "odd"),
		"exponent 1":         jwk(t, &rsa.PublicKey{N: good.N, E: 1}, "odd"),
		"exponent 3":         jwk(t, &rsa.PublicKey{N: good.N, E: 3}, "odd"),
		"an even exponent":   jwk(t, &rsa.PublicKey{N: good.N, E: 65538}, "odd"),
		"for encryption":     jwk(t, good, "odd", "use", "enc"),
		"empty use":          jwk(t, good, "odd", "use", ""),
		"other operations":   jwk(t, good, "odd", "key_ops", []string{"encrypt"}),
		"another algorithm":  jwk(t, good, "odd", "alg", "RS512"),
		"an HMAC algorithm":  jwk(t, good, "odd", "alg", "HS256"),
		"no kid":             jwk(t, good, "odd", "kid", nil),
		"empty kid":          jwk(t, good, ""),
		"P-384":              jwk(t, &p384.PublicKey, "odd"),
		"not on the curve":   jwk(t, &ecKey().PublicKey, "odd", "x", jwk(t, &ecKey().PublicKey, "x")["y"]),
		"a secret":           {"kty": "oct", "kid": "odd", "k": "AAAA"},
		"another kind":       {"kty": "AKP", "kid": "odd", "alg": "ML-DSA-44"},
		"published in whole": private(),
		"a secret's member":  jwk(t, good, "odd", "k", "AAAA"),
		"no modulus":         jwk(t, good, "odd", "n", nil),
		"a certificate":      jwk(t, good, "odd", "x5c", []string{"AAAA"}),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.host.publish("/a/keys", set(odd, jwk(t, good, "k1")))
			w.taken(t, "k1")
			for _, kid := range []string{"odd", ""} {
				raw := w.token(kid)
				_, err := w.access(raw)
				refused(t, err, issuer.StepKey, raw)
			}
			if h, _ := w.keys.Health(w.expect.Tenant, w.expect.Issuer); h.Fetches[0].Skipped != 1 || h.Keys != 1 {
				t.Errorf("%+v", h)
			}
		})
	}
}

// TestTwins: of two keys with one id nobody could say which is meant; of two kinds they are two.
func TestTwins(t *testing.T) {
	w := newWorld(t)
	w.host.publish("/a/keys", set(
		jwk(t, &rsaKeys[0]().PublicKey, "k1"), jwk(t, &ecKey().PublicKey, "k1"),
		jwk(t, &rsaKeys[0]().PublicKey, "k2"), jwk(t, &rsaKeys[1]().PublicKey, "k2"),
		jwk(t, &rsaKeys[0]().PublicKey, "k3", "alg", "RS256"), jwk(t, &rsaKeys[1]().PublicKey, "k3", "alg", "PS256"),
		jwk(t, &rsaKeys[0]().PublicKey, "k4", "alg", "PS256"), jwk(t, &rsaKeys[1]().PublicKey, "k4"),
	))
	w.taken(t, "k1")
	w.taken(t, "k3")
	w.notTaken(t, "k2", tenant.ErrUnauthenticated)
	w.notTaken(t, "k4", tenant.ErrUnauthenticated)
}
