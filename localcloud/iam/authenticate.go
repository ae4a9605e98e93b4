package iam

import (
	"context"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Caller is an authenticated account. The zero Caller is anonymous.
type Caller struct {
	Email string
	KeyID string // empty for an access token

	uniqueID string // of the account when it authenticated; empty when a service vouches for the e-mail address
	scopes   string // space-separated
	scoped   bool   // scopes limits the caller
}

// Authenticate resolves the value of an Authorization header ("Bearer ..."): a self-signed JWT or
// an access token. audience is the service's own, e.g. "https://firestore.googleapis.com/". The
// error is a gRPC status Unauthenticated; its message is Google's and says nothing of the cause,
// which is in the log of decisions.
//
// A service that serves anonymous callers asks with the zero Caller when a request has no such
// header, instead of calling Authenticate.
func (s *Service) Authenticate(ctx context.Context, authorization, audience string) (Caller, error) {
	c, err := s.authenticate(authorization, audience)
	if err == nil {
		return c, nil
	}
	s.record(Decision{
		Method:   methodFrom(ctx),
		Caller:   c.Email,
		KeyID:    c.KeyID,
		Resource: audience,
		Reason:   "not authenticated: " + status.Convert(err).Message(),
	})
	if authorization == "" {
		return Caller{}, status.Error(codes.Unauthenticated, "Request is missing required authentication credential. "+
			"Expected OAuth 2 access token, login cookie or other valid authentication credential.")
	}
	return Caller{}, status.Error(codes.Unauthenticated, "Request had invalid authentication credentials. "+
		"Expected OAuth 2 access token, login cookie or other valid authentication credential.")
}

// authenticate returns, beside an error, as much of the caller as the credential claims: for the
// log only.
func (s *Service) authenticate(authorization, audience string) (Caller, error) {
	scheme, value, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return Caller{}, status.Error(codes.Unauthenticated, "there is no bearer token")
	}
	var c Caller
	var err error
	if strings.Count(value, ".") == 2 && !strings.HasPrefix(value, tokenPrefix) {
		c, err = s.selfSigned(value, audience)
	} else {
		c, err = s.accessToken(value)
	}
	if err != nil {
		return c, err
	}
	return c, s.live(c)
}

// live returns nil when the caller's account exists, is enabled, and is the one that authenticated.
func (s *Service) live(c Caller) error {
	a := s.seenAccount(c.Email)
	switch {
	case a == nil && c.uniqueID == "" && s.isAgent(c.Email):
		return nil
	case a == nil, c.uniqueID != "" && a.UniqueID != c.uniqueID:
		return status.Errorf(codes.Unauthenticated, "there is no account %s", c.Email)
	case a.Disabled:
		return status.Errorf(codes.Unauthenticated, "account %s is disabled", c.Email)
	}
	return nil
}
