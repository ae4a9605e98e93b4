package clienttoken

import (
	"maps"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
	"github.com/bulkhead-saas/bulkhead/internal/strictjson"
)

const (
	// Use is what the claim "use" of a token says that is made for B.
	Use = "inspection"

	// Leeway is how far another machine's clock may be from ours.
	Leeway = 60 * time.Second
	// MostLife is the longest that a token may live, from iat to exp.
	MostLife = time.Hour
)

// claims is what B reads of a token. A member that is here twice, or whose name differs from one of
// these in case alone, is refused with the whole token: two readers could take it two ways.
type claims struct {
	Issuer   strictjson.Text     `json:"iss"`
	Audience strictjson.Text     `json:"aud"` // one string: a token that is for others too could be theirs to replay
	Subject  strictjson.Text     `json:"sub"`
	IssuedAt strictjson.Number   `json:"iat"`
	Expires  strictjson.Number   `json:"exp"`
	Before   strictjson.Number   `json:"nbf"`
	Use      strictjson.Optional `json:"use"`
	Document strictjson.Optional `json:"doc"`
	Tenant   strictjson.Optional `json:"tn"`
	Firebase firebase            `json:"firebase"`

	Others map[string]jsontext.Value `json:",unknown"`
}

// firebase is what Identity Platform says of a sign-in.
type firebase struct {
	Tenant strictjson.Optional `json:"tenant"`

	Others map[string]jsontext.Value `json:",unknown"`
}

var (
	claimNames    = knownnames.Of(claims{})
	firebaseNames = knownnames.Of(firebase{})
)

func decodeClaims(payload []byte) (*claims, error) {
	c := new(claims)
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, refused("claims")
	}
	if knownnames.Check(maps.Keys(c.Others), claimNames) != nil || knownnames.Check(maps.Keys(c.Firebase.Others), firebaseNames) != nil {
		return nil, refused("claims that can be read in two ways")
	}
	return c, nil
}

func (c *claims) judgeTimes(now int64) error {
	const leeway, life = strictjson.Number(Leeway / time.Second), strictjson.Number(MostLife / time.Second)
	at := strictjson.Number(now)
	switch {
	case c.IssuedAt <= 0 || c.IssuedAt >= c.Expires || c.Expires-c.IssuedAt > life:
		return refused("its times")
	case c.IssuedAt > at+leeway || c.Before > at+leeway:
		return refused("not yet valid")
	case at >= c.Expires+leeway:
		return refused("expired")
	}
	return nil
}

// ofIdentityPlatform takes a token that is made for B. What the same person does everything else
// with is refused.
func (c *claims) ofIdentityPlatform(by Issuer) (Client, error) {
	switch {
	case string(c.Audience) != by.Audience:
		return Client{}, refused("audience")
	case c.Subject == "":
		return Client{}, refused("subject")
	case c.Use.Value != Use:
		return Client{}, refused("not made for inspection")
	case c.Firebase.Tenant.Value == "":
		return Client{}, refused("of no tenant")
	case !IsName(c.Tenant.Value):
		return Client{}, refused("tenant")
	case !IsName(c.Document.Value):
		return Client{}, refused("document")
	}
	return Client{c.Tenant.Value, c.Document.Value, string(c.Subject)}, nil
}

// ofTenantsIssuer takes a token for any document of the issuer's tenant, unless the token says
// which.
func (c *claims) ofTenantsIssuer(by Issuer) (Client, error) {
	switch {
	case string(c.Audience) != by.Audience:
		return Client{}, refused("audience")
	case c.Subject == "":
		return Client{}, refused("subject")
	case c.Use.Present && c.Use.Value != Use:
		return Client{}, refused("not made for inspection")
	case c.Tenant.Present && c.Tenant.Value != by.Tenant:
		return Client{}, refused("tenant")
	case c.Document.Present && !IsName(c.Document.Value):
		return Client{}, refused("document")
	}
	return Client{by.Tenant, c.Document.Value, string(c.Subject)}, nil
}
