package identity

import (
	"context"
	"errors"
	"fmt"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// SignInOperator takes the password of somebody of no tenant who is on the list of operators. It
// begins no session: operators always prove a second factor, to ProveOperator. identityplatform.ErrBadCredentials,
// the same for a wrong password, an unknown address and somebody who is not on the list;
// identityplatform.ErrDisabled, identityplatform.ErrTooManyAttempts, identityplatform.ErrUnavailable.
func (s *Service) SignInOperator(ctx context.Context, email, password string) (*FactorNeeded, error) {
	const tries = 2 // a token of the very second of a sign-out is dead with it
	var err error
	for range tries {
		g, signInErr := s.google.SignInWithPassword(ctx, "", email, password)
		if signInErr != nil {
			return nil, signInErr
		}
		var o tenancy.Operator
		if o, err = s.operators.Authenticate(ctx, g.ID); err == nil {
			return s.waitForFactor(ctx, o.User(), o.Email(), g.Refresh)
		}
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			return nil, unavailable("operator", err)
		}
		select {
		case <-time.After(time.Second): // whole, for the second that matters is by Google's clock
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", identityplatform.ErrUnavailable, ctx.Err())
		}
	}
	return nil, fmt.Errorf("%w: %w", identityplatform.ErrBadCredentials, err)
}

// RefreshOperator returns new tokens for an operator's session: sessioncookie.ErrExpired once it is over
// or the operator is off the list, identityplatform.ErrUnavailable.
func (s *Service) RefreshOperator(ctx context.Context, refreshToken string) (sessioncookie.Tokens, error) {
	g, err := s.google.Refresh(ctx, refreshToken)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	tokens, err := s.operatorTokens(ctx, g)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", sessioncookie.ErrExpired, err)
	}
	return tokens, err
}

// operatorTokens is g, if it is an operator's.
func (s *Service) operatorTokens(ctx context.Context, g identityplatform.Issued) (sessioncookie.Tokens, error) {
	o, err := s.operators.Authenticate(ctx, g.ID)
	if err != nil {
		return sessioncookie.Tokens{}, unavailable("operator", err)
	}
	return sessioncookie.Tokens{ID: g.ID, Refresh: g.Refresh, Expires: o.Expires()}, nil
}
