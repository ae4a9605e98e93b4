package idtoken

import (
	"crypto/rsa"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

var (
	errSize      = tenant.Unauthenticated("size")
	errShape     = tenant.Unauthenticated("malformed")
	errHeader    = tenant.Unauthenticated("header")
	errAlgorithm = tenant.Unauthenticated("alg")
	errSignature = tenant.Unauthenticated("signature")
	errKeyID     = tenant.Unauthenticated("kid")
)

// segments are the three parts of a token in the compact form, still encoded.
type segments struct {
	header, payload, signature string
	signed                     string // header.payload, which the signature is over
}

func split(raw string) (segments, error) {
	if strings.Count(raw, ".") != 2 {
		return segments{}, errShape
	}
	i, j := strings.IndexByte(raw, '.'), strings.LastIndexByte(raw, '.')
	return segments{header: raw[:i], payload: raw[i+1 : j], signature: raw[j+1:], signed: raw[:j]}, nil
}

// canonical decodes base64url without padding, refusing bits that the value does not need: one
// value, one spelling.
var canonical = jwt.NewParser(jwt.WithStrictDecoding())

func decodeSegment(s string) ([]byte, error) {
	if s == "" || strings.ContainsAny(s, "\r\n") { // which Go's decoder would skip
		return nil, errShape
	}
	b, err := canonical.DecodeSegment(s)
	if err != nil {
		return nil, errShape
	}
	return b, nil
}

// decodeHeader returns the key id of a header that has exactly the members alg, kid and typ. Any
// other, such as jwk, jku, x5u, x5c or crit, is an offer to verify by other rules than ours, and
// none is taken.
func decodeHeader(segment string) (kid string, err error) {
	b, err := decodeSegment(segment)
	if err != nil {
		return "", err
	}
	var h struct {
		Algorithm text `json:"alg"`
		KeyID     text `json:"kid"`
		Type      text `json:"typ"`
	}
	if err := json.Unmarshal(b, &h, json.RejectUnknownMembers(true)); err != nil {
		return "", errHeader
	}
	switch {
	case string(h.Algorithm) != jwt.SigningMethodRS256.Alg():
		return "", errAlgorithm
	case h.Type != "JWT":
		return "", errHeader
	case h.KeyID == "":
		return "", errKeyID
	}
	return string(h.KeyID), nil
}

// verify checks the signature by RS256, whatever the header says.
func (s segments) verify(key *rsa.PublicKey) error {
	sig, err := decodeSegment(s.signature)
	if err != nil {
		return err
	}
	if err := jwt.SigningMethodRS256.Verify(s.signed, sig, key); err != nil {
		return errSignature
	}
	return nil
}
