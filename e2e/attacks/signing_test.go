package attacks_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
)

// signer is what a token is signed with: it takes what is signed and returns the signature.
type signer func(signed string) []byte

// jwt is a token of these parts. Each is a map, or a text that is taken as it is.
func jwt(t *testing.T, header, claims any, sign signer) string {
	t.Helper()
	segment := func(v any) string {
		text, ok := v.(string)
		if !ok {
			b, err := json.Marshal(v)
			must(t, err)
			text = string(b)
		}
		return b64([]byte(text))
	}
	signed := segment(header) + "." + segment(claims)
	return signed + "." + b64(sign(signed))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// atHeader is the header of an access token (RFC 9068) by RS256.
func atHeader(kid string) map[string]any {
	return map[string]any{"alg": "RS256", "typ": "at+jwt", "kid": kid}
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	return key
}

func byRSA(t *testing.T, key *rsa.PrivateKey) signer {
	return func(signed string) []byte {
		sum := sha256.Sum256([]byte(signed))
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		must(t, err)
		return sig
	}
}

func byHMAC(secret []byte) signer {
	return func(signed string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
}

func byEd25519(key ed25519.PrivateKey) signer {
	return func(signed string) []byte { return ed25519.Sign(key, []byte(signed)) }
}

// publicJWK is a public key as a key set shows it.
func publicJWK(key *rsa.PublicKey, kid string) map[string]any {
	return rawJWK(key.N, int64(key.E), kid)
}

func rawJWK(n *big.Int, e int64, kid string) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(n.Bytes()), "e": b64(big.NewInt(e).Bytes()),
	}
}

// keySet is a document of these keys.
func keySet(keys ...map[string]any) map[string]any { return map[string]any{"keys": keys} }

// padded is what RS256 signs, of so many bytes (RFC 8017, section 9.2).
func padded(signed string, size int) *big.Int {
	sum := sha256.Sum256([]byte(signed))
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, sum[:]...)
	em := make([]byte, size)
	em[1] = 1
	for i := 2; i < size-len(info)-1; i++ {
		em[i] = 0xff
	}
	copy(em[size-len(info):], info)
	return new(big.Int).SetBytes(em)
}

// byNobody signs for a key whose exponent is one: whoever knows the key can, for there is nothing
// to know.
func byNobody(size int) signer {
	return func(signed string) []byte { return padded(signed, size).FillBytes(make([]byte, size)) }
}

// smallRSA is a key of 512 bits, which anybody factors in an afternoon.
func smallRSA(t *testing.T, kid string) (map[string]any, signer) {
	t.Helper()
	const size = 64 // bytes
	e := big.NewInt(1<<16 + 1)
	for {
		p, err := rand.Prime(rand.Reader, 4*size)
		must(t, err)
		q, err := rand.Prime(rand.Reader, 4*size)
		must(t, err)
		n, one := new(big.Int).Mul(p, q), big.NewInt(1)
		d := new(big.Int).ModInverse(e, new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)))
		if d == nil || n.BitLen() != 8*size {
			continue
		}
		return rawJWK(n, e.Int64(), kid), func(signed string) []byte {
			return new(big.Int).Exp(padded(signed, size), d, n).FillBytes(make([]byte, size))
		}
	}
}

// publicForms are the ways in which a public key can be written, by name: each would be an HMAC
// secret that everybody knows.
func publicForms(t *testing.T, key *rsa.PublicKey, kid string) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	must(t, err)
	jwk, err := json.Marshal(publicJWK(key, kid))
	must(t, err)
	pkcs1 := x509.MarshalPKCS1PublicKey(key)
	return map[string][]byte{
		"PKIX": der, "PKCS1": pkcs1, "JWK": jwk, "modulus": key.N.Bytes(), "the kid": []byte(kid), "nothing": {},
		"PKIX in PEM":  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"PKCS1 in PEM": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
	}
}
