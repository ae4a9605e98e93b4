package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const tokenLife = 5 * time.Minute

// accessType is the type of an access token: RFC 9068, section 2.1.
const accessType = "at+jwt"

// idClaims are those of the ID token of a grant: OpenID Connect Core 1.0, sections 2 and 5.1. With
// an access token beside it, it names that one's hash.
func (p *Provider) idClaims(g grant, access string) map[string]any {
	now := p.cfg.Now()
	claims := overlay(map[string]any{
		"iss": p.cfg.Issuer, "sub": g.user.Subject, "aud": g.client, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"auth_time": g.signedIn.Unix(), "email": g.user.Email, "email_verified": g.user.EmailVerified, "name": g.user.Name,
	}, g.user.Claims)
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if len(g.user.Groups) > 0 {
		claims["groups"] = g.user.Groups
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	return claims
}

// accessClaims are those of an access token for a client: RFC 9068, section 2.2. No resources: it
// is for the realm's default audience.
func (p *Provider) accessClaims(subject, client, scope string, resources []string) map[string]any {
	now := p.cfg.Now()
	claims := map[string]any{
		"iss": p.cfg.Issuer, "sub": subject, "aud": any(p.cfg.Audience), "client_id": client, "azp": client,
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": newSecret(),
	}
	switch len(resources) {
	case 0:
	case 1:
		claims["aud"] = resources[0]
	default:
		claims["aud"] = resources
	}
	if scope != "" {
		claims["scope"] = strings.Join(strings.Fields(scope), " ")
	}
	return claims
}

// userAccessClaims are those of an access token for a client that acts for a person.
func (p *Provider) userAccessClaims(g grant, resources []string) map[string]any {
	claims := p.accessClaims(g.user.Subject, g.client, g.scope, resources)
	claims["auth_time"] = g.signedIn.Unix()
	if len(g.user.Groups) > 0 {
		claims["groups"] = g.user.Groups
	}
	return claims
}

// sign signs claims with the present key.
func (p *Provider) sign(typ string, claims map[string]any) (string, error) {
	key := p.signingKey()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["typ"], token.Header["kid"] = typ, key.id
	return token.SignedString(key.private)
}
