package issuer

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
)

const maxToken = 8 << 10 // bytes

// methods are the algorithms that exist here. All are asymmetric: nobody can sign with what an
// issuer publishes.
var methods = map[string]jwt.SigningMethod{
	"RS256": jwt.SigningMethodRS256,
	"PS256": jwt.SigningMethodPS256,
	"ES256": jwt.SigningMethodES256,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// Algorithms returns the algorithms that an Expect may name, in the order of the alphabet.
func Algorithms() []string { return slices.Sorted(maps.Keys(methods)) }

// header is the protected header of a token (RFC 7515, section 4).
type header struct {
	Algorithm text                      `json:"alg"`
	KeyID     text                      `json:"kid"`
	Type      optional                  `json:"typ"`
	Others    map[string]jsontext.Value `json:",unknown"`
}

// foreign are the members that offer a key, or ask for other rules than ours. None is taken.
var foreign = []string{
	"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "cty", "enc", "epk", "apu", "apv", "p2s", "p2c", "iv", "tag",
}

var headerNames = slices.Concat(knownnames.Of(header{}), foreign)

// token is a token of the compact form, taken apart. Nothing in it is proven.
type token struct {
	header
	*claims
	signed    string // what the signature is over
	signature []byte
}

const errForm = "The token is not a signed token of three parts (RFC 7515, compact form)."

// parse takes raw apart. There is one spelling of each part: no padding, no spare bits.
func parse(raw string) (*token, error) {
	if len(raw) > maxToken {
		return nil, refuse(StepParse, "The token has more than 8 KiB; have the issuer send fewer claims.")
	}
	if strings.Count(raw, ".") != 2 {
		return nil, refuse(StepParse, errForm)
	}
	i, j := strings.IndexByte(raw, '.'), strings.LastIndexByte(raw, '.')
	head, ok1 := decodeSegment(raw[:i])
	payload, ok2 := decodeSegment(raw[i+1 : j])
	signature, ok3 := decodeSegment(raw[j+1:])
	if !ok1 || !ok2 || !ok3 {
		return nil, refuse(StepParse, errForm)
	}
	t := &token{signed: raw[:j], signature: signature}
	if err := json.Unmarshal(head, &t.header); err != nil {
		return nil, refuse(StepParse, "The token's header is not one JSON object in which each name stands once.")
	}
	for name := range t.header.Others {
		if slices.Contains(foreign, name) {
			return nil, refuse(StepParse, "The token's header brings a key or rules of its own; none is taken.")
		}
	}
	if knownnames.Check(maps.Keys(t.header.Others), headerNames) != nil {
		return nil, refuse(StepParse, "The token's header has a member whose name is almost that of another.")
	}
	var err error
	t.claims, err = decodeClaims(payload)
	return t, err
}

// canonical decodes base64url without padding, refusing bits that the value does not need.
var canonical = jwt.NewParser(jwt.WithStrictDecoding())

func decodeSegment(s string) ([]byte, bool) {
	if s == "" || strings.ContainsAny(s, "\r\n") { // which Go's decoder would skip
		return nil, false
	}
	b, err := canonical.DecodeSegment(s)
	return b, err == nil
}

// Peek returns the iss of raw, parsed as strictly as for verification. It proves nothing: use it to
// select one of the tenant's issuers, and have that one's Verify judge the token.
func Peek(raw string) (iss string, err error) {
	t, err := parse(raw)
	if err != nil {
		return "", err
	}
	if t.Issuer == "" {
		return "", refuse(StepIssuer, "The token names no issuer.")
	}
	return string(t.Issuer), nil
}
