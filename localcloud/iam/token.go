package iam

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	maxLifetime = time.Hour
	// tokenPrefix begins every access token, as it does Google's: log scrubbers know it.
	tokenPrefix = "ya29.c."
)

// tokenHash is the SHA-256 of an access token. The token itself is kept nowhere.
type tokenHash [sha256.Size]byte

// token is what is known of an access token.
type token struct {
	Email    string
	UniqueID string
	Scopes   string // space-separated
	Expires  time.Time
}

// issueToken makes an access token for the account. The error is NotFound when the account is gone.
func (s *Service) issueToken(a *account, scopes string, lifetime time.Duration) (string, *token, error) {
	b := make([]byte, 48)
	rand.Read(b)
	value := tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	now := s.cfg.Now()
	t := &token{Email: a.Email, UniqueID: a.UniqueID, Scopes: scopes, Expires: now.Add(lifetime).UTC()}
	return value, t, s.update(func(c *change) error {
		if live := s.account(a.Email); live == nil || live.UniqueID != a.UniqueID {
			return noAccount(a.Email)
		}
		for h := range s.tokensWhere(func(t *token) bool { return !now.Before(t.Expires) }) {
			if err := c.deleteToken(h); err != nil {
				return err
			}
		}
		return c.putToken(sha256.Sum256([]byte(value)), t)
	})
}

// accessToken resolves an access token to its caller.
func (s *Service) accessToken(value string) (Caller, error) {
	s.mu.RLock()
	t := s.state.tokens[sha256.Sum256([]byte(value))]
	s.mu.RUnlock()
	if t == nil {
		return Caller{}, status.Error(codes.Unauthenticated, "the access token is not one of ours")
	}
	c := Caller{Email: t.Email, uniqueID: t.UniqueID, scopes: t.Scopes, scoped: true}
	if !s.cfg.Now().Before(t.Expires) {
		return c, status.Error(codes.Unauthenticated, "the access token has expired")
	}
	return c, nil
}

func (s *Service) tokensWhere(match func(*token) bool) map[tokenHash]*token {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := maps.Clone(s.state.tokens)
	maps.DeleteFunc(found, func(_ tokenHash, t *token) bool { return !match(t) })
	return found
}
