package signin

import (
	"context"
	"errors"
	"fmt"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// Operators signs operators in, and keeps their sessions going. Safe for concurrent use.
type Operators struct {
	google    *identityplatform.Client
	operators *tenancy.Operators
	factors   *mfa.Service
}

// NewOperators returns what signs operators in.
func NewOperators(google *identityplatform.Client, operators *tenancy.Operators, factors *mfa.Service) (*Operators, error) {
	if google == nil || operators == nil || factors == nil {
		return nil, errors.New("signin: a client of Identity Platform, operators and factors are needed")
	}
	return &Operators{google, operators, factors}, nil
}

// SignInOperator takes the password of somebody of no tenant who is on the list of operators. It
// begins no session: operators always prove a second factor, to ProveOperator.
// identityplatform.ErrBadCredentials, the same for a wrong password, an unknown address and
// somebody who is not on the list; identityplatform.ErrDisabled,
// identityplatform.ErrTooManyAttempts, identityplatform.ErrUnavailable.
func (o *Operators) SignInOperator(ctx context.Context, email, password string) (*mfa.FactorNeeded, error) {
	const tries = 2 // a token of the very second of a sign-out is dead with it
	var err error
	for range tries {
		g, signInErr := o.google.SignInWithPassword(ctx, "", email, password)
		if signInErr != nil {
			return nil, signInErr
		}
		var who tenancy.Operator
		if who, err = o.operators.Authenticate(ctx, g.ID); err == nil {
			return o.factors.AskOperator(ctx, who.User(), who.Email(), g.Refresh)
		}
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			return nil, people.Unavailable("operator", err)
		}
		select {
		case <-time.After(time.Second): // whole, for the second that matters is by Google's clock
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", identityplatform.ErrUnavailable, ctx.Err())
		}
	}
	return nil, fmt.Errorf("%w: %w", identityplatform.ErrBadCredentials, err)
}

// RefreshOperator returns new tokens for an operator's session: sessioncookie.ErrExpired once it is
// over or the operator is off the list, identityplatform.ErrUnavailable.
func (o *Operators) RefreshOperator(ctx context.Context, refreshToken string) (sessioncookie.Tokens, error) {
	g, err := o.google.Refresh(ctx, refreshToken)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	tokens, err := o.operatorTokens(ctx, g)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", sessioncookie.ErrExpired, err)
	}
	return tokens, err
}

// operatorTokens is g, if it is an operator's.
func (o *Operators) operatorTokens(ctx context.Context, g identityplatform.Issued) (sessioncookie.Tokens, error) {
	who, err := o.operators.Authenticate(ctx, g.ID)
	if err != nil {
		return sessioncookie.Tokens{}, people.Unavailable("operator", err)
	}
	return sessioncookie.Tokens{ID: g.ID, Refresh: g.Refresh, Expires: who.Expires()}, nil
}

// OperatorQuestion is what to ask an operator for after their password. Errors are those of
// mfa.Service.OperatorQuestion.
func (o *Operators) OperatorQuestion(ctx context.Context, kept string) (mfa.FactorQuestion, error) {
	return o.factors.OperatorQuestion(ctx, kept)
}

// ProveOperator is Service.Prove for an operator. Only what it returns is an operator's session.
func (o *Operators) ProveOperator(ctx context.Context, kept string, a mfa.FactorAnswer) (tokens sessioncookie.Tokens, codes []string, err error) {
	codes, err = o.factors.AnswerOperator(ctx, kept, a, func(ctx context.Context, refresh string) (err error) {
		tokens, err = o.RefreshOperator(ctx, refresh) // they may be off the list since
		return err
	})
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	return tokens, codes, nil
}
