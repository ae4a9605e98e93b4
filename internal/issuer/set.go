package issuer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxSet     = 256 << 10 // bytes of a key set
	maxKeys    = 100
	maxKeyID   = 512
	minRSABits = 2048
	maxRSABits = 8192
	minRSAExp  = 1<<16 + 1 // FIPS 186-5, section 5.1
)

// setError is why a key set is not taken: one plain sentence.
type setError string

func (e setError) Error() string { return string(e) }

// keySet is immutable.
type keySet struct {
	keys    []key
	skipped int // keys that are of no use here
	fetched time.Time
}

type key struct {
	id         string
	algorithms []string // what the key verifies: by its kind, and by its own alg if it names one
	public     crypto.PublicKey
}

// find returns the key of an id for an algorithm; known tells whether any key has the id.
func (s *keySet) find(id, algorithm string) (public crypto.PublicKey, known bool) {
	for i := range s.keys {
		if s.keys[i].id != id {
			continue
		}
		known = true
		if slices.Contains(s.keys[i].algorithms, algorithm) {
			return s.keys[i].public, true
		}
	}
	return nil, known
}

// parseSet returns the usable keys of a set (RFC 7517). It skips a key that is of no use here, so
// that one odd entry does not cost the others; a set without a usable key is an error.
func parseSet(body []byte, now time.Time) (*keySet, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, setError("The answer is not a key set; check the provider's jwks_uri.")
	}
	if len(set.Keys) > maxKeys {
		return nil, setError(fmt.Sprintf("The key set has %d keys, and at most %d are taken; remove old ones.",
			len(set.Keys), maxKeys))
	}
	s := &keySet{fetched: now}
	for _, raw := range set.Keys {
		if k, ok := parseKey(raw); ok {
			s.keys = append(s.keys, k)
		}
	}
	s.dropTwins()
	s.skipped = len(set.Keys) - len(s.keys)
	if len(s.keys) == 0 {
		return nil, setError("The key set has no key that can be used; publish an RSA key of 2048 bits or more, " +
			"or a P-256 key, with a kid.")
	}
	s.keys = slices.Clip(s.keys)
	return s, nil
}

// dropTwins removes keys that share an id and an algorithm: nobody could say which is meant.
func (s *keySet) dropTwins() {
	s.keys = slices.DeleteFunc(slices.Clone(s.keys), func(k key) bool {
		alike := 0
		for _, other := range s.keys {
			if other.id == k.id && slices.ContainsFunc(other.algorithms, func(a string) bool {
				return slices.Contains(k.algorithms, a)
			}) {
				alike++
			}
		}
		return alike > 1 // itself and a twin
	})
}

func parseKey(raw jsontext.Value) (key, bool) {
	var about struct {
		KeyID      text     `json:"kid"`
		Use        optional `json:"use"`
		Algorithm  optional `json:"alg"`
		Operations []string `json:"key_ops"`
		Private    optional `json:"d"`
		Secret     optional `json:"k"`
	}
	if json.Unmarshal(raw, &about) != nil || about.KeyID == "" || len(about.KeyID) > maxKeyID {
		return key{}, false
	}
	if about.Use.Present && about.Use.Value != "sig" ||
		about.Operations != nil && !slices.Contains(about.Operations, "verify") ||
		about.Private.Present || about.Secret.Present { // everybody could sign with it
		return key{}, false
	}
	var parsed jose.JSONWebKey
	if parsed.UnmarshalJSON(bytes.Clone(raw)) != nil {
		return key{}, false
	}
	algorithms := algorithmsOf(parsed.Key)
	if about.Algorithm.Present {
		algorithms = slices.DeleteFunc(algorithms, func(a string) bool { return a != about.Algorithm.Value })
	}
	if len(algorithms) == 0 {
		return key{}, false
	}
	return key{string(about.KeyID), algorithms, parsed.Key}, true
}

// algorithmsOf are the algorithms that a key can verify; none for a kind or a size not taken here.
func algorithmsOf(public any) []string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= minRSABits && bits <= maxRSABits && k.E >= minRSAExp && k.E%2 == 1 {
			return []string{"RS256", "PS256"}
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return []string{"ES256"}
		}
	case ed25519.PublicKey:
		return []string{"EdDSA"}
	}
	return nil
}
