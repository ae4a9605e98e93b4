package issuer

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	defaultLife = 24 * time.Hour
	maxScopes   = 100
)

// AccessClaims is what a verified access token says of who calls.
type AccessClaims struct {
	Issuer   string
	Subject  string // a person's or a client's
	Client   string // to whom the token was issued
	TokenID  string // jti; empty: none
	Scopes   []string
	IssuedAt time.Time
	Expires  time.Time
	Others   map[string]jsontext.Value // each further claim, as it came
}

// VerifyAccessToken returns what an access token of RFC 9068 says, if it is for this application's
// API. An ID token is refused, whatever its audience. Its error is a *VerifyError; ErrInvalid if e
// lacks an audience.
func (k *Keys) VerifyAccessToken(ctx context.Context, e Expect, raw string) (AccessClaims, error) {
	if err := e.validate(); err != nil {
		return AccessClaims{}, err
	}
	if e.Audience == "" {
		return AccessClaims{}, tenant.Invalid("expected token: audience")
	}
	if e.MaxLife == 0 {
		e.MaxLife = defaultLife
	}
	t, err := parse(raw)
	if err != nil {
		return AccessClaims{}, err
	}
	client, scopes := t.client(), t.scopes()
	for _, check := range []func() error{
		t.judgeKind,
		func() error { return e.judgeIssuer(t) },
		func() error { return e.judgeCaller(t.claims, client) },
		t.judgeSubject,
		func() error {
			if len(scopes) > maxScopes {
				return refuse(StepParse, "The access token has more than 100 scopes; have the issuer send fewer.")
			}
			return nil
		},
		func() error { return t.judgeTimes(k.now(), e.MaxLife) },
		func() error { return k.verify(ctx, &e, t) },
	} {
		if err := check(); err != nil {
			return AccessClaims{}, err
		}
	}
	return AccessClaims{
		Issuer: string(t.Issuer), Subject: string(t.Subject), Client: client, TokenID: string(t.TokenID),
		Scopes: scopes, IssuedAt: seconds(t.IssuedAt), Expires: seconds(t.Expires), Others: t.claims.Others,
	}, nil
}

// judgeKind holds the token to RFC 9068, section 2.1. An ID token is named, for it is the mistake
// that is made most.
func (t *token) judgeKind() error {
	switch {
	case t.Type.Present && (strings.EqualFold(t.Type.Value, "at+jwt") || strings.EqualFold(t.Type.Value, "application/at+jwt")):
	case !t.Type.Present || strings.EqualFold(t.Type.Value, "JWT"):
		return refuse(StepType, "The token is not marked as an access token (typ at+jwt), as no ID token is; "+
			"have the issuer send access tokens of RFC 9068.")
	default:
		return refuse(StepType, "The token is of another kind than an access token.")
	}
	if t.Nonce.Present || t.TokenHash.Present || t.CodeHash.Present ||
		t.client() != "" && t.Audience.is(t.client()) {
		return refuse(StepType, "The token is an ID token, which lets a client in and no API; send the access token.")
	}
	return nil
}

func (e *Expect) judgeCaller(c *claims, client string) error {
	switch {
	case !c.Audience.has(e.Audience):
		return refuse(StepAudience, "The access token is for another API; check the audience in the settings.")
	case client == "":
		return refuse(StepParty, "The access token does not say to which client it was issued (client_id or azp).")
	case c.ClientID.Present && c.Party.Present && c.ClientID.Value != c.Party.Value:
		return refuse(StepParty, "The access token names two clients (client_id and azp).")
	case len(e.Clients) > 0 && !slices.Contains(e.Clients, client):
		return refuse(StepParty, "The access token was issued to a client that is not on the list of those allowed.")
	}
	return nil
}

// client is whom the token was issued to. RFC 9068 says client_id; some issuers say azp.
func (c *claims) client() string {
	if c.ClientID.Present {
		return c.ClientID.Value
	}
	return c.Party.Value
}

// scopes splits at spaces and at nothing else (RFC 6749, section 3.3).
func (c *claims) scopes() []string {
	return strings.FieldsFunc(c.Scope.Value, func(r rune) bool { return r == ' ' })
}
