package idtoken

import (
	"errors"
	"maps"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
	"github.com/bulkhead-saas/bulkhead/internal/strictjson"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// Leeway is how far another machine's clock may be from ours: a token is taken until this long
	// after exp, and from this long before iat and auth_time.
	Leeway = 60 * time.Second

	// MaxTokenLife is the longest exp may lie after iat. Identity Platform gives an hour.
	// Revocations counts on it.
	MaxTokenLife = time.Hour
)

// providerCustom is the provider of a session begun with a custom token. Only the exchange can sign
// one.
const providerCustom = "custom"

// claims is what this program reads of an ID token. A member that is here twice, or whose name
// differs from one of these in case alone, is refused with the whole token, for two readers could
// take it two ways. Any other member is ignored (RFC 7519, section 4): Google may add a claim on
// any day, and nobody is to be shut out by it.
type claims struct {
	Issuer   text   `json:"iss"`
	Audience text   `json:"aud"` // one string; never a list
	Subject  text   `json:"sub"`
	UserID   text   `json:"user_id"`
	IssuedAt number `json:"iat"`
	Expires  number `json:"exp"`
	AuthTime number `json:"auth_time"`
	Before   number `json:"nbf"` // Google sends none; who does not understand it may not ignore it

	Email         text `json:"email"`
	EmailVerified flag `json:"email_verified"`
	Name          text `json:"name"`
	Picture       text `json:"picture"`
	PhoneNumber   text `json:"phone_number"`

	Firebase firebaseClaims `json:"firebase"`

	// Ours. The exchange puts them in; see token.go for when they count.
	Tenant *text               `json:"tn"`
	Role   *text               `json:"rl"`
	Region *number             `json:"rg"`
	Way    strictjson.Optional `json:"si"` // absent from tokens of before sessions said how they began

	Factor strictjson.Optional `json:"sf"`  // absent where no second factor was proven
	Use    strictjson.Optional `json:"use"` // a token with a use is made for another service, and is nothing here

	Others map[string]jsontext.Value `json:",unknown"`
}

type firebaseClaims struct {
	Tenant                 *text  `json:"tenant"` // absent, and never empty, for who belongs to none
	SignInProvider         text   `json:"sign_in_provider"`
	Identities             object `json:"identities"`
	SignInAttributes       object `json:"sign_in_attributes"`
	SignInSecondFactor     text   `json:"sign_in_second_factor"`
	SecondFactorIdentifier text   `json:"second_factor_identifier"`

	Others map[string]jsontext.Value `json:",unknown"`
}

var (
	claimNames         = knownnames.Of(claims{})
	firebaseClaimNames = knownnames.Of(firebaseClaims{})
)

var (
	errClaims   = tenant.Unauthenticated("ambiguous_claims")
	errIssuer   = tenant.Unauthenticated("issuer")
	errAudience = tenant.Unauthenticated("audience")
	errTimes    = tenant.Unauthenticated("times")
	ErrExpired  = tenant.Unauthenticated("expired")
	errSubject  = tenant.Unauthenticated("subject")
	errNoTenant = tenant.Unauthenticated("not a tenant's token")
	errProvider = tenant.Unauthenticated("sign-in provider")
	errExchange = tenant.Unauthenticated("incomplete exchange claims")
	errUse      = tenant.Unauthenticated("made for another service")
)

// decodeClaims decodes the payload of a token. Duplicate names and invalid UTF-8 are refused by the
// decoder's own rules.
func decodeClaims(payload []byte) (*claims, error) {
	c := new(claims)
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, errClaims
	}
	if knownnames.Check(maps.Keys(c.Others), claimNames) != nil ||
		knownnames.Check(maps.Keys(c.Firebase.Others), firebaseClaimNames) != nil {
		return nil, errClaims
	}
	return c, nil
}

// judge returns the token that c makes at now, if it was meant for the project.
func (c *claims) judge(issuer, project string, now time.Time) (Token, error) {
	user, err := tenant.ParseUserID(string(c.Subject))
	switch {
	case string(c.Issuer) != issuer:
		return nil, errIssuer
	case string(c.Audience) != project:
		return nil, errAudience
	case c.Use.Present:
		return nil, errUse
	case err != nil || c.UserID != c.Subject:
		return nil, errSubject
	case c.Firebase.Tenant != nil && *c.Firebase.Tenant == "":
		return nil, errNoTenant
	case c.Firebase.SignInProvider == "":
		return nil, errProvider
	}
	if err := c.judgeTimes(now.Unix()); err != nil {
		return nil, err
	}
	t := Initial{
		User:     user,
		Email:    string(c.Email),
		SignedIn: time.Unix(int64(c.AuthTime), 0),
		Issued:   time.Unix(int64(c.IssuedAt), 0),
		Expires:  time.Unix(int64(c.Expires), 0),
	}
	if c.Firebase.Tenant == nil {
		return c.operator(t)
	}
	t.IdentityTenant = string(*c.Firebase.Tenant)
	t.Provider = string(c.Firebase.SignInProvider)
	if c.Firebase.SignInProvider == providerCustom {
		return c.exchanged(t)
	}
	return &t, nil
}

// operator takes a token of no tenant. We sign no custom token for anybody who has none, and give
// them none of our claims.
func (c *claims) operator(t Initial) (Token, error) {
	if c.Firebase.SignInProvider == providerCustom || c.Tenant != nil || c.Role != nil || c.Region != nil || c.Way.Present || c.Factor.Present || !bool(c.EmailVerified) {
		return nil, errNoTenant
	}
	return &Operator{t}, nil
}

func (c *claims) judgeTimes(now int64) error {
	const leeway = number(Leeway / time.Second)
	const life = number(MaxTokenLife / time.Second)
	at := number(now)
	switch {
	case c.AuthTime <= 0 || c.AuthTime > c.IssuedAt || c.IssuedAt >= c.Expires || c.Expires-c.IssuedAt > life:
		return errTimes
	case c.IssuedAt > at+leeway, c.Before > at+leeway:
		return errTimes
	case at >= c.Expires+leeway:
		return ErrExpired
	}
	return nil
}

func (c *claims) exchanged(t Initial) (Token, error) {
	if c.Tenant == nil || c.Role == nil || c.Region == nil {
		return nil, errExchange
	}
	of, err1 := tenant.ParseID(string(*c.Tenant))
	role, err2 := tenant.ParseRole(string(*c.Role))
	region, err3 := tenant.ParseRegion(int64(*c.Region))
	way, err4 := c.way()
	factor, err5 := c.factor()
	if errors.Join(err1, err2, err3, err4, err5) != nil {
		return nil, errExchange
	}
	return &Exchanged{t, of, role, region, way, factor}, nil
}

// way is how the session began: with a password, if the token is from before sessions said so.
func (c *claims) way() (authpolicy.Way, error) {
	if !c.Way.Present {
		return authpolicy.WithPassword(), nil
	}
	return authpolicy.ParseWay(c.Way.Value)
}

// factor is the second factor that the session has proven: none, if the token says none.
func (c *claims) factor() (authpolicy.Factor, error) {
	if !c.Factor.Present {
		return authpolicy.Factor{}, nil
	}
	return authpolicy.ParseFactor(c.Factor.Value)
}

// text, number, flag and object take their own kind of JSON value alone.
type (
	text   = strictjson.Text
	number = strictjson.Number
	flag   = strictjson.Flag
	object = strictjson.Object
)
