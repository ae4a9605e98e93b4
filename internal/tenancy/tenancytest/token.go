package tenancytest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// Claims are a token's claims. A test changes what it wants to see refused.
type Claims map[string]any

// Set returns c with one claim changed.
func (c Claims) Set(name string, value any) Claims { c[name] = value; return c }

// Without returns c without one claim.
func (c Claims) Without(name string) Claims { delete(c, name); return c }

// Header is the header of a sound token.
func (i *Issuer) Header() Claims { return Claims{"alg": "RS256", "kid": i.Key().ID, "typ": "JWT"} }

// Claims returns what Identity Platform puts into the token of a user of a tenant who signs in now
// with a password.
func (i *Issuer) Claims(identityTenant, user string) Claims {
	now := i.Now().Unix()
	email := user + "@example.com"
	return Claims{
		"iss":            "https://securetoken.google.com/" + i.Project,
		"aud":            i.Project,
		"sub":            user,
		"user_id":        user,
		"auth_time":      now,
		"iat":            now,
		"exp":            now + int64(time.Hour/time.Second),
		"email":          email,
		"email_verified": true,
		"firebase": Claims{
			"identities":       Claims{"email": []string{email}},
			"sign_in_provider": "password",
			"tenant":           identityTenant,
		},
	}
}

// ExchangedClaims are what it puts into the token of a session that the exchange began.
func (i *Issuer) ExchangedClaims(t tenant.Tenant, user string, r tenant.Role) Claims {
	c := i.Claims(t.IdentityTenant, user)
	c["firebase"].(Claims)["sign_in_provider"] = "custom"
	return c.Set("tn", t.ID.String()).Set("rl", r.String()).Set("rg", int64(t.Region))
}

// Initial signs the token that a sign-in yields.
func (i *Issuer) Initial(t tenant.Tenant, user string) string {
	return i.Sign(i.Claims(t.IdentityTenant, user))
}

// Exchanged signs the token that an exchange yields.
func (i *Issuer) Exchanged(t tenant.Tenant, user string, r tenant.Role) string {
	return i.Sign(i.ExchangedClaims(t, user, r))
}

// Sign signs claims under a sound header.
func (i *Issuer) Sign(claims any) string { return i.SignHeader(i.Header(), claims) }

// SignHeader signs header and claims by RS256 with the Issuer's key, whatever they say. A string or
// []byte is taken as it stands; anything else is encoded as JSON.
func (i *Issuer) SignHeader(header, claims any) string { return i.Key().Sign(header, claims) }

// Sign signs header and claims by RS256 with k, as (*Issuer).SignHeader.
func (k *Key) Sign(header, claims any) string {
	signed := Unsigned(header, claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.Private, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + Segment(signature)
}

// Unsigned returns the first two segments of a token, as (*Issuer).SignHeader encodes them.
func Unsigned(header, claims any) string { return Segment(header) + "." + Segment(claims) }

// Segment encodes one segment of a token: a string or []byte as it stands, anything else as JSON.
func Segment(v any) string {
	var b []byte
	switch v := v.(type) {
	case string:
		b = []byte(v)
	case []byte:
		b = v
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			panic(err)
		}
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
