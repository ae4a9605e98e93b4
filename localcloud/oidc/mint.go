package oidc

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Minted describes a token that a test makes without signing anybody in. The zero value is a good
// access token of nobody in particular, for the realm's default audience.
type Minted struct {
	ID bool // an ID token and no access token; its audience is Client

	User   string // e-mail address of a person of the realm; empty: the token is the client's own
	Client string // id of the client; it need not be known
	Scope  string

	Algorithm string         // empty: RS256. Also PS512, EdDSA, HS256 and none: see Mint
	Header    map[string]any // in place of what stands in the header; a nil value takes it out
	Claims    map[string]any // in place of the claims, or beside them; a nil value takes one out
}

// Mint makes a token, however bad. RS256 and PS512 sign with the present RSA key. EdDSA signs with
// an Ed25519 key, which the key set holds only after PublishEd25519. HS256 takes the public RSA key
// in PEM for its secret, as whoever confuses the two kinds would. none has an empty signature.
// Header replaces members after the algorithm was chosen, so that the two may differ. Errors: a
// person or an algorithm that is not known.
func (p *Provider) Mint(m Minted) (string, error) {
	claims, typ, err := p.mintedClaims(m)
	if err != nil {
		return "", err
	}
	method, key, kid, err := p.mintingKey(m.Algorithm)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(method, jwt.MapClaims(overlay(claims, m.Claims)))
	token.Header["typ"], token.Header["kid"] = typ, kid
	token.Header = overlay(token.Header, m.Header)
	return token.SignedString(key)
}

func (p *Provider) mintedClaims(m Minted) (claims map[string]any, typ string, err error) {
	now := p.cfg.Now()
	g := grant{client: m.Client, scope: m.Scope, signedIn: now, made: now}
	for _, u := range p.cfg.Users {
		if u.Email == m.User {
			g.user = u
		}
	}
	switch {
	case m.User != "" && g.user.Subject == "":
		return nil, "", fmt.Errorf("oidc: nobody has the address %q", m.User)
	case m.ID:
		return p.idClaims(g, ""), "JWT", nil
	case m.User != "":
		return p.userAccessClaims(g, nil), accessType, nil
	}
	return p.accessClaims(m.Client, m.Client, m.Scope, nil), accessType, nil
}

func (p *Provider) mintingKey(algorithm string) (method jwt.SigningMethod, key any, kid string, err error) {
	k := p.signingKey()
	switch algorithm {
	case "", "RS256":
		return jwt.SigningMethodRS256, k.private, k.id, nil
	case "PS512":
		return jwt.SigningMethodPS512, k.private, k.id, nil
	case "EdDSA":
		ed, err := p.edKey()
		return jwt.SigningMethodEdDSA, ed, edKeyID, err
	case "HS256":
		der, err := x509.MarshalPKIXPublicKey(k.private.Public())
		return jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), k.id, err
	case "none":
		return jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, k.id, nil
	}
	return nil, nil, "", fmt.Errorf("oidc: tokens are not signed with %q", algorithm)
}

// Expired are the claims of a token that ended so long ago, for Minted.Claims.
func (p *Provider) Expired(ago time.Duration) map[string]any {
	end := p.cfg.Now().Add(-ago)
	return map[string]any{"iat": end.Add(-tokenLife).Unix(), "exp": end.Unix()}
}
