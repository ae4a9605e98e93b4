package oidc

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"sync"
)

// ring is the keys of a provider. The last one signs; all of them are published.
type ring struct {
	sync.Mutex
	rsa     []signingKey
	ed      ed25519.PrivateKey // nil: none
	edShown bool
}

type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

// edKeyID is the id of the Ed25519 key.
const edKeyID = "ed25519"

// RotateKeys makes a new key, which signs from now on. The former keys stay published until
// ForgetOldKeys. The error is one of making a key.
func (p *Provider) RotateKeys() error {
	key, err := p.cfg.NewKey()
	if err != nil {
		return err
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	p.keys.rsa = append(p.keys.rsa, signingKey{newSecret(), key})
	return nil
}

// ForgetOldKeys takes every key out of the published set but the one that signs.
func (p *Provider) ForgetOldKeys() {
	p.keys.Lock()
	defer p.keys.Unlock()
	p.keys.rsa = p.keys.rsa[len(p.keys.rsa)-1:]
}

// PublishEd25519 adds an Ed25519 key to the published set. Mint signs with it for "EdDSA"; the
// endpoints never do. The error is one of making the key.
func (p *Provider) PublishEd25519() error {
	if _, err := p.edKey(); err != nil {
		return err
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	p.keys.edShown = true
	return nil
}

// KeyID is the id of the key that signs now.
func (p *Provider) KeyID() string { return p.signingKey().id }

func (p *Provider) signingKey() signingKey {
	p.keys.Lock()
	defer p.keys.Unlock()
	return p.keys.rsa[len(p.keys.rsa)-1]
}

func (p *Provider) edKey() (ed25519.PrivateKey, error) {
	p.keys.Lock()
	defer p.keys.Unlock()
	if p.keys.ed == nil {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		p.keys.ed = key
	}
	return p.keys.ed, nil
}

// keySet is the key set of RFC 7517.
func (p *Provider) keySet(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"keys": p.published()})
}

// published are the public keys, the newest first.
func (p *Provider) published() []map[string]string {
	p.keys.Lock()
	defer p.keys.Unlock()
	b64 := base64.RawURLEncoding.EncodeToString
	var set []map[string]string
	for i := len(p.keys.rsa) - 1; i >= 0; i-- {
		k := p.keys.rsa[i]
		set = append(set, map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.id,
			"n": b64(k.private.N.Bytes()), "e": b64(big.NewInt(int64(k.private.E)).Bytes()),
		})
	}
	if p.keys.edShown {
		set = append(set, map[string]string{ // RFC 8037
			"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": edKeyID,
			"x": b64(p.keys.ed.Public().(ed25519.PublicKey)),
		})
	}
	return set
}
