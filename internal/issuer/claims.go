package issuer

import (
	"maps"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
)

const (
	// Leeway is how far an issuer's clock may be from ours.
	Leeway = 60 * time.Second

	maxClaims  = 200 // members of a payload
	maxSubject = 255 // bytes (OpenID Connect Core 1.0, section 2)
	maxText    = 2048
	maxSeconds = 1 << 40 // what a time may count; far enough, and no sum of two overflows
)

// claims is what this package reads of a token. A member that is there twice, or whose name differs
// from one of these in case or in the signs between its words, is refused with the whole token, for
// two readers could take it two ways. Any other member is kept as it came.
type claims struct {
	Issuer    text     `json:"iss"`
	Subject   text     `json:"sub"`
	Audience  audience `json:"aud"`
	Expires   number   `json:"exp"`
	IssuedAt  number   `json:"iat"`
	NotBefore number   `json:"nbf"`
	AuthTime  number   `json:"auth_time"`

	Party     optional `json:"azp"`
	ClientID  optional `json:"client_id"`
	Nonce     optional `json:"nonce"`
	TokenHash optional `json:"at_hash"`
	CodeHash  optional `json:"c_hash"`
	Scope     optional `json:"scope"`
	TokenID   text     `json:"jti"`

	Email         text `json:"email"`
	EmailVerified flag `json:"email_verified"`
	Name          text `json:"name"`

	Others map[string]jsontext.Value `json:",unknown"`
}

var claimNames = knownnames.Of(claims{})

const errClaims = "The token's claims are not one JSON object in which each name stands once."

func decodeClaims(payload []byte) (*claims, error) {
	c := new(claims)
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, refuse(StepParse, errClaims)
	}
	if len(c.Others) > maxClaims {
		return nil, refuse(StepParse, "The token has more than 200 claims; have the issuer send fewer.")
	}
	if knownnames.Check(maps.Keys(c.Others), claimNames) != nil {
		return nil, refuse(StepParse, "The token has a claim whose name is almost that of another; "+
			"rename it at the issuer.")
	}
	for _, t := range []text{c.Issuer, c.TokenID, c.Email, c.Name, text(c.Party.Value),
		text(c.ClientID.Value), text(c.Nonce.Value), text(c.Scope.Value)} {
		if len(t) > maxText {
			return nil, refuse(StepParse, "The token has a claim of more than 2048 bytes; "+
				"have the issuer send less.")
		}
	}
	return c, nil
}

// judgeSubject holds sub to OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
func (c *claims) judgeSubject() error {
	if c.Subject == "" || len(c.Subject) > maxSubject {
		return refuse(StepSubject, "The token's subject is empty or longer than 255 bytes.")
	}
	for _, b := range []byte(c.Subject) {
		if b < ' ' || b > '~' {
			return refuse(StepSubject, "The token's subject holds a character that is not printable ASCII.")
		}
	}
	return nil
}

// judgeTimes holds the token to its time; one that lives longer than maxLife is refused, if maxLife
// is not 0.
func (c *claims) judgeTimes(now time.Time, maxLife time.Duration) error {
	const leeway = number(Leeway / time.Second)
	at, life := number(now.Unix()), number(maxLife/time.Second)
	switch {
	case max(c.Expires, c.IssuedAt, c.NotBefore, c.AuthTime) > maxSeconds || min(c.NotBefore, c.AuthTime) < 0:
		return refuse(StepTime, "The token names a time that is none; times are seconds since 1970.")
	case c.Expires <= 0 || c.IssuedAt <= 0:
		return refuse(StepTime, "The token does not say when it was issued or when it expires.")
	case c.IssuedAt >= c.Expires:
		return refuse(StepTime, "The token expires before it was issued.")
	case life > 0 && c.Expires-c.IssuedAt > life:
		return refuse(StepTime, "The token lives longer than is allowed; shorten its life at the issuer.")
	case c.IssuedAt > at+leeway || c.NotBefore > at+leeway:
		return refuse(StepTime, "The token is not valid yet; check the issuer's clock.")
	case at-leeway >= c.Expires:
		return refuse(StepTime, "The token has expired.")
	}
	return nil
}

func seconds(n number) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0)
}
