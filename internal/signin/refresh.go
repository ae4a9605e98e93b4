package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Refresh returns new tokens for a session of t. It reads the truth again: a role that has changed
// is in the new token, and a copy that lagged behind is repaired. Calls with the same refresh token
// at the same time share one exchange.
//
//	sessioncookie.ErrExpired    the refresh token is dead, or began no session of ours
//	authpolicy.ErrSecondFactor  a second factor is needed, and the session has proven none
//	tenant.ErrTenantDenied      it is another tenant's, or t is not active
//	people.ErrNoAccess, identityplatform.ErrDisabled, identityplatform.ErrUnavailable as in Exchange
func (s *Service) Refresh(ctx context.Context, t tenant.Tenant, refreshToken string) (sessioncookie.Tokens, error) {
	key := sha256.Sum256([]byte(t.ID.String() + "\x00" + refreshToken))
	result := s.refreshing.DoChan(string(key[:]), func() (any, error) {
		ctx, cancel := people.Finish(ctx)
		defer cancel()
		tokens, err := s.refresh(ctx, t, refreshToken)
		return tokens, err
	})
	select {
	case r := <-result:
		return r.Val.(sessioncookie.Tokens), r.Err
	case <-ctx.Done():
		return sessioncookie.Tokens{}, fmt.Errorf("%w: %w", identityplatform.ErrUnavailable, ctx.Err())
	}
}

func (s *Service) refresh(ctx context.Context, t tenant.Tenant, refreshToken string) (sessioncookie.Tokens, error) {
	tokens, err := s.settle(ctx, t, func(ctx context.Context) (identityplatform.Issued, error) { return s.google.Refresh(ctx, refreshToken) })
	if err == nil {
		err = s.factors.MayGoOn(ctx, t, tokens.ID)
	}
	if errors.Is(err, tenant.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", sessioncookie.ErrExpired, err)
	}
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	return tokens, nil
}
