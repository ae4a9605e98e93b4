package uploads

import (
	"context"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxHanded is the greatest length of a token that a client hands over itself, in bytes.
const maxHanded = 4 << 10

// Handed is the Hand of a client who has a token for Service B already, made by an issuer that
// Service B trusts by its own configuration. Whether it counts, Service B alone decides: nothing
// here can tell, and the token is read only for when it expires. *FieldError for a text that is no
// token, and for one that has expired at that time.
func Handed(token string, at time.Time) (Hand, error) {
	refuse := func(sentence string) (Hand, error) { return nil, &FieldError{"inspectionToken", sentence} }
	if len(token) > maxHanded || strings.Count(token, ".") != 2 {
		return refuse("It is not a JSON Web Token of at most 4 KiB.")
	}
	var claims jwt.RegisteredClaims
	_, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, &claims)
	switch {
	case err != nil:
		return refuse("It is not a JSON Web Token of at most 4 KiB.")
	case claims.ExpiresAt == nil:
		return refuse("It does not say when it expires.")
	case !claims.ExpiresAt.After(at):
		return refuse("It has expired. Have another made, then announce the file again.")
	}
	expires := claims.ExpiresAt.Time
	return func(context.Context, string) (string, time.Time, error) { return token, expires, nil }, nil
}
