package issuer

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// IDClaims is what a verified ID token says of who signed in.
type IDClaims struct {
	Issuer        string
	Subject       string // stable and unique at its issuer, and nowhere else
	IssuedAt      time.Time
	Expires       time.Time
	AuthTime      time.Time // zero: not said
	Email         string    // as the issuer says it; proves no account
	EmailVerified bool
	Name          string
	Others        map[string]jsontext.Value // each further claim, as it came
}

// VerifyIDToken returns what an ID token says, if it answers this sign-in: OpenID Connect Core 1.0,
// section 3.1.3.7. Its error is a *VerifyError; ErrInvalid if e lacks what a sign-in has.
func (k *Keys) VerifyIDToken(ctx context.Context, e Expect, raw string) (IDClaims, error) {
	if err := e.validate(); err != nil {
		return IDClaims{}, err
	}
	if e.ClientID == "" || e.Nonce == "" {
		return IDClaims{}, tenant.Invalid("expected token: client or nonce")
	}
	t, err := parse(raw)
	if err != nil {
		return IDClaims{}, err
	}
	if t.Type.Present && !strings.EqualFold(t.Type.Value, "JWT") {
		return IDClaims{}, refuse(StepType, "The token is of another kind than an ID token.")
	}
	if err := e.judgeIssuer(t); err != nil {
		return IDClaims{}, err
	}
	now := k.now()
	for _, check := range []func() error{
		func() error { return e.judgeClient(t.claims) },
		t.judgeSubject,
		func() error { return t.judgeTimes(now, 0) },
		func() error { return k.verify(ctx, &e, t) },
		func() error { return e.judgeSignIn(t, now) },
	} {
		if err := check(); err != nil {
			return IDClaims{}, err
		}
	}
	return IDClaims{
		Issuer: string(t.Issuer), Subject: string(t.Subject),
		IssuedAt: seconds(t.IssuedAt), Expires: seconds(t.Expires), AuthTime: seconds(t.AuthTime),
		Email: string(t.Email), EmailVerified: bool(t.EmailVerified), Name: string(t.Name),
		Others: t.claims.Others,
	}, nil
}

// judgeClient takes a token for our client alone, or for several if azp says that it was issued to
// ours.
func (e *Expect) judgeClient(c *claims) error {
	switch {
	case !c.Audience.has(e.ClientID):
		return refuse(StepAudience, "The ID token is for another client; check the client id in the settings.")
	case c.Party.Present && c.Party.Value != e.ClientID:
		return refuse(StepParty, "The ID token was issued to another client (azp).")
	case !c.Audience.is(e.ClientID) && !c.Party.Present:
		return refuse(StepParty, "The ID token is for several clients and does not say to which it was issued (azp).")
	}
	return nil
}

func (e *Expect) judgeSignIn(t *token, now time.Time) error {
	if !t.Nonce.Present || subtle.ConstantTimeCompare([]byte(t.Nonce.Value), []byte(e.Nonce)) != 1 {
		return refuse(StepNonce, "The ID token answers another sign-in (nonce); begin the sign-in anew.")
	}
	if at := seconds(t.AuthTime); e.RequireAuthTime || e.MaxAge > 0 || t.AuthTime != 0 {
		switch {
		case t.AuthTime <= 0:
			return refuse(StepAuthTime, "The ID token does not say when its person signed in (auth_time).")
		case at.After(now.Add(Leeway)):
			return refuse(StepAuthTime, "The ID token's sign-in lies in the future; check the issuer's clock.")
		case e.MaxAge > 0 && now.Sub(at) > e.MaxAge+Leeway:
			return refuse(StepAuthTime, "The person signed in at the issuer too long ago; they must sign in anew.")
		}
	}
	if e.AccessToken != "" && t.TokenHash.Present {
		want := tokenHash(string(t.Algorithm), e.AccessToken)
		if subtle.ConstantTimeCompare([]byte(t.TokenHash.Value), []byte(want)) != 1 {
			return refuse(StepHash, "The ID token belongs to another access token (at_hash).")
		}
	}
	return nil
}

// tokenHash is the left half of the hash that belongs to the algorithm, in base64url (OpenID
// Connect Core 1.0, section 3.1.3.6). Ed25519 hashes by SHA-512.
func tokenHash(algorithm, access string) string {
	if algorithm == "EdDSA" {
		sum := sha512.Sum512([]byte(access))
		return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
