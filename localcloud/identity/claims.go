package identity

import "encoding/json"

const maxCustomAttributes = 1000 // bytes

// claims are custom claims, kept as they were written so that no number changes its form.
type claims map[string]json.RawMessage

// reservedClaims may be set by nobody but the service. The comparison is exact, as it is at Google:
// "FireBase" passes, and it is the verifier's part to refuse it.
var reservedClaims = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "cnf", "c_hash",
	"exp", "firebase", "iat", "iss", "jti", "nbf", "nonce", "sub",
}

// parseClaims checks custom claims: an object of at most 1000 bytes without reserved names. "" is
// no claims.
func parseClaims(s string) (claims, error) {
	if s == "" {
		return nil, nil
	}
	if len(s) > maxCustomAttributes {
		return nil, bad("CLAIMS_TOO_LARGE")
	}
	var c claims
	if err := json.Unmarshal([]byte(s), &c); err != nil || c == nil {
		return nil, bad("INVALID_CLAIMS")
	}
	for _, name := range reservedClaims {
		if _, ok := c[name]; ok {
			return nil, badf("FORBIDDEN_CLAIM : %s", name)
		}
	}
	return c, nil
}
