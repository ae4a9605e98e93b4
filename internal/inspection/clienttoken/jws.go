package clienttoken

import (
	"crypto/rsa"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/internal/strictjson"
)

// mostToken is how long a token may be, in bytes. One of Identity Platform has about 1,200.
const mostToken = 8 << 10

// token is a token in the compact form, of which nothing is verified.
type token struct {
	kid       string
	signed    string // header.payload
	payload   []byte
	signature []byte
}

// canonical decodes base64url without padding, refusing bits that the value does not need: one
// value, one spelling.
var canonical = jwt.NewParser(jwt.WithStrictDecoding())

func segment(s string) ([]byte, error) {
	if s == "" || strings.ContainsAny(s, "\r\n") { // which Go's decoder would skip
		return nil, refused("malformed")
	}
	b, err := canonical.DecodeSegment(s)
	if err != nil {
		return nil, refused("malformed")
	}
	return b, nil
}

func parse(raw string) (token, error) {
	parts := strings.Split(raw, ".")
	if len(raw) > mostToken || len(parts) != 3 {
		return token{}, refused("malformed")
	}
	header, err := segment(parts[0])
	if err != nil {
		return token{}, err
	}
	t := token{signed: parts[0] + "." + parts[1]}
	if t.kid, err = keyID(header); err != nil {
		return token{}, err
	}
	if t.payload, err = segment(parts[1]); err != nil {
		return token{}, err
	}
	t.signature, err = segment(parts[2])
	return t, err
}

// keyID reads a header that has the members alg, kid and typ. Any other is an offer to verify by
// other rules than ours, and none is taken.
func keyID(header []byte) (string, error) {
	var h struct {
		Algorithm strictjson.Text `json:"alg"`
		KeyID     strictjson.Text `json:"kid"`
		Type      strictjson.Text `json:"typ"`
	}
	if err := json.Unmarshal(header, &h, json.RejectUnknownMembers(true)); err != nil {
		return "", refused("header")
	}
	switch {
	case string(h.Algorithm) != jwt.SigningMethodRS256.Alg():
		return "", refused("algorithm")
	case h.Type != "" && h.Type != "JWT" && h.Type != "at+jwt":
		return "", refused("type")
	case h.KeyID == "":
		return "", refused("key id")
	}
	return string(h.KeyID), nil
}

// verify checks the signature by RS256, whatever the header says.
func (t token) verify(key *rsa.PublicKey) error {
	if err := jwt.SigningMethodRS256.Verify(t.signed, t.signature, key); err != nil {
		return refused("signature")
	}
	return nil
}
