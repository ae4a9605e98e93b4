package iam

import (
	"crypto/sha256"
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
	// maxVerified is how many JWTs are remembered as correctly signed.
	maxVerified = 4096
)

// assertion is what an account says when it signs a JWT with one of its keys: to a service as its
// credential, or to the token endpoint to be given one.
type assertion struct {
	jwt.RegisteredClaims
	Scope          string `json:"scope"`
	TargetAudience string `json:"target_audience"`
}

// signed is a JWT whose signature is good under a key of the account that it names.
type signed struct {
	account *account
	key     *key
	claims  assertion
	unnamed bool // the header does not say which key it was
}

// verify checks that an enabled account signed value with a live key of its own, for at most an
// hour that is not over. The header names the key; with anyKey it need not. The caller has yet to
// check whom it is for. The errors are gRPC statuses Unauthenticated; the claims beside one are
// what the JWT said, for the log only.
func (s *Service) verify(value string, anyKey bool) (*account, *key, assertion, error) {
	jws, err := s.verifySignature(value)
	claims := jws.claims
	if err == nil && jws.unnamed && !anyKey {
		err = errors.New("the JWT was refused: its header names no key")
	}
	if err == nil {
		err = s.checkTimes(claims)
	}
	if err != nil {
		return nil, nil, claims, status.Error(codes.Unauthenticated, err.Error())
	}
	if jws.account.Disabled {
		return nil, nil, claims, status.Errorf(codes.Unauthenticated, "account %s is disabled", jws.account.Email)
	}
	return jws.account, jws.key, claims, nil
}

// verifySignature checks the signature of value, unless it did so lately: clients send one JWT for
// an hour. Only RS256 is accepted, and only with a live key of the account that the JWT names:
// whatever key the header brings along is not looked at. If the header names none, each live key of
// the account is tried.
func (s *Service) verifySignature(value string) (signed, error) {
	if len(value) > maxJWT {
		return signed{}, errors.New("the JWT is too long")
	}
	hash := sha256.Sum256([]byte(value))
	if jws, ok := s.verified.Get(hash); ok {
		if a := s.seenAccount(jws.claims.Issuer); a != nil && a.key(jws.key.ID) == jws.key { // not disabled or deleted since
			jws.account = a
			return jws, nil
		}
	}
	var jws signed
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithoutClaimsValidation(), // checkTimes does that, each time
	)
	token, err := parser.ParseWithClaims(value, &jws.claims, func(t *jwt.Token) (any, error) {
		a := s.seenAccount(jws.claims.Issuer)
		if a == nil || a.Email != jws.claims.Issuer {
			return nil, errors.New("there is no account " + jws.claims.Issuer)
		}
		jws.account = a
		if _, named := t.Header["kid"]; !named {
			jws.unnamed = true
			return a.publicKeys(), nil
		}
		kid, _ := t.Header["kid"].(string)
		if jws.key = a.key(kid); jws.key == nil || jws.key.System {
			return nil, errors.New("account " + a.Email + " has no key " + kid)
		}
		if jws.key.Disabled {
			return nil, errors.New("key " + kid + " is disabled")
		}
		return jws.key.public, nil
	})
	if err != nil {
		return jws, errors.New("the JWT was refused: " + err.Error())
	}
	if jws.unnamed {
		jws.key = jws.account.signer(token)
	}
	s.verified.Add(hash, jws)
	return jws, nil
}

// publicKeys returns the keys by which the account may have signed.
func (a *account) publicKeys() (set jwt.VerificationKeySet) {
	for _, k := range a.live() {
		set.Keys = append(set.Keys, k.public)
	}
	return set
}

// signer returns which of publicKeys the token was verified with.
func (a *account) signer(t *jwt.Token) *key {
	signed := t.Raw[:strings.LastIndexByte(t.Raw, '.')]
	for _, k := range a.live() {
		if t.Method.Verify(signed, t.Signature, k.public) == nil {
			return k
		}
	}
	return nil
}

// live returns the account's keys that are neither Google's own nor disabled.
func (a *account) live() (keys []*key) {
	for _, k := range a.Keys {
		if !k.System && !k.Disabled {
			keys = append(keys, k)
		}
	}
	return keys
}

// checkTimes checks that the claims are valid now, and for at most an hour in all.
func (s *Service) checkTimes(claims assertion) error {
	validator := jwt.NewValidator(jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(skew), jwt.WithTimeFunc(s.cfg.Now))
	switch err := validator.Validate(claims); {
	case err != nil:
		return errors.New("the JWT was refused: " + err.Error())
	case claims.IssuedAt == nil:
		return errors.New("the JWT does not say when it was issued")
	case claims.ExpiresAt.Sub(claims.IssuedAt.Time) > maxLifetime:
		return errors.New("the JWT is valid for more than an hour")
	}
	return nil
}

// selfSigned resolves a JWT that is itself the credential. It names either the service as its
// audience, or scopes.
func (s *Service) selfSigned(value, audience string) (Caller, error) {
	a, k, claims, err := s.verify(value, false)
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

// serves reports whether aud names the service: its address, with or without the last slash, or the
// address of one of its gRPC interfaces, as gRPC's own JWT credentials write it.
func serves(audience, aud string) bool {
	service := strings.TrimSuffix(audience, "/")
	rest, ok := strings.CutPrefix(aud, service)
	return ok && service != "" && (rest == "" || rest[0] == '/')
}
