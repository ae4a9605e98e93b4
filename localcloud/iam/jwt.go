package iam

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// skew is how far a caller's clock may be off.
	skew = time.Minute
	// maxJWT bounds what is parsed at all, in bytes.
	maxJWT = 8 << 10
)

// assertion is what an account says when it signs a JWT with one of its keys: to a service as its credential, or to the
// token endpoint to be given one.
type assertion struct {
	jwt.RegisteredClaims
	Scope          string `json:"scope"`
	TargetAudience string `json:"target_audience"`
}

// verify checks that an enabled account signed value with a live key of its own, for at most an hour that is not over.
// The caller has yet to check whom it is for. Only RS256 is accepted, and only with a key of the service: whatever key
// the header may bring along is not looked at. The errors are gRPC statuses Unauthenticated.
func (s *Service) verify(value string) (a *account, k *key, claims assertion, err error) {
	if len(value) > maxJWT {
		return nil, nil, claims, status.Error(codes.Unauthenticated, "the JWT is too long")
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(skew),
		jwt.WithTimeFunc(s.cfg.Now),
	)
	_, err = parser.ParseWithClaims(value, &claims, func(t *jwt.Token) (any, error) {
		if a = s.account(claims.Issuer); a == nil || a.Email != claims.Issuer {
			return nil, errors.New("there is no account " + claims.Issuer)
		}
		kid, _ := t.Header["kid"].(string)
		if k = a.key(kid); k == nil || k.System {
			return nil, errors.New("account " + a.Email + " has no key " + kid)
		}
		if k.Disabled {
			return nil, errors.New("key " + kid + " is disabled")
		}
		return k.public, nil
	})
	switch {
	case err != nil:
		err = errors.New("the JWT was refused: " + err.Error())
	case claims.IssuedAt == nil:
		err = errors.New("the JWT does not say when it was issued")
	case claims.ExpiresAt.Sub(claims.IssuedAt.Time) > maxLifetime:
		err = errors.New("the JWT is valid for more than an hour")
	case a.Disabled:
		err = errors.New("account " + a.Email + " is disabled")
	}
	if err != nil {
		return nil, nil, claims, status.Error(codes.Unauthenticated, err.Error())
	}
	return a, k, claims, nil
}

// selfSigned resolves a JWT that is itself the credential. It names either the service as its audience, or scopes.
func (s *Service) selfSigned(value, audience string) (Caller, error) {
	a, k, claims, err := s.verify(value)
	if err != nil {
		return Caller{Email: claims.Issuer}, err
	}
	c := Caller{Email: a.Email, KeyID: k.ID, uniqueID: a.UniqueID}
	if claims.Subject != a.Email {
		return c, status.Errorf(codes.Unauthenticated, "the JWT's subject is %q, not its issuer", claims.Subject)
	}
	if aud := strings.Join(claims.Audience, " "); aud != "" {
		if !serves(audience, aud) {
			return c, status.Errorf(codes.Unauthenticated, "the JWT is for %q, not %q", aud, audience)
		}
		return c, nil
	}
	if strings.TrimSpace(claims.Scope) == "" {
		return c, status.Error(codes.Unauthenticated, "the JWT names neither an audience nor a scope")
	}
	c.scopes, c.scoped = claims.Scope, true
	return c, nil
}

// serves reports whether aud names the service: its address, with or without the last slash, or the address of one of
// its gRPC interfaces, as gRPC's own JWT credentials write it.
func serves(audience, aud string) bool {
	service := strings.TrimSuffix(audience, "/")
	rest, ok := strings.CutPrefix(aud, service)
	return ok && service != "" && (rest == "" || rest[0] == '/')
}
