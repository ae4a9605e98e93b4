package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Operators always prove a second factor, and set theirs up at the first sign-in.

// waitForFactor returns what an operator's browser keeps after the password was right.
func (s *Service) waitForFactor(ctx context.Context, user tenant.UserID, email, refresh string) (*FactorNeeded, error) {
	if s.factors == nil || s.operatorPlaces == nil {
		return nil, fmt.Errorf("%w: this process opens no second factor", identityplatform.ErrUnavailable)
	}
	f, err := s.factors.Read(ctx, s.operatorPlaces.At(user, email))
	if err != nil {
		return nil, unavailable("second factors", err)
	}
	return s.sealPending(tenant.ID{}, pending{User: user.String(), Email: email, Refresh: refresh, IsSet: f.IsSetUp()})
}

// OperatorQuestion is Question for an operator.
func (s *Service) OperatorQuestion(ctx context.Context, kept string) (FactorQuestion, error) {
	first, user, err := s.openPending(tenant.ID{}, kept)
	if err != nil {
		return FactorQuestion{}, err
	}
	at := s.operatorPlaces.At(user, first.Email)
	f, err := s.factors.Read(ctx, at)
	if err != nil {
		return FactorQuestion{}, unavailable("second factors", err)
	}
	return s.question(at.Owner, first, &f)
}

// ProveOperator is Prove for an operator. Only what it returns is an operator's session.
func (s *Service) ProveOperator(ctx context.Context, kept string, a FactorAnswer) (_ sessioncookie.Tokens, codes []string, err error) {
	first, user, err := s.openPending(tenant.ID{}, kept)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	tokens, err := s.RefreshOperator(ctx, first.Refresh) // they may be off the list since
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	at := s.operatorPlaces.At(user, first.Email)
	if first.IsSet {
		_, err = s.prove(ctx, at, first, a)
		return tokens, nil, err
	}
	_, _, do, err := s.adding(at.Owner, first.ID, a)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	err = at.Transact(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return s.factors.Edit(tx, at, func(f *secondfactor.Factors) (err error) {
			if f.IsSetUp() {
				return ErrPending
			}
			codes, err = do(f)
			return err
		})
	})
	if err != nil {
		return sessioncookie.Tokens{}, nil, unavailable("set a second factor up", err)
	}
	s.log.InfoContext(ctx, "an operator has set a second factor up", "operator", user.String())
	return tokens, codes, nil
}

// GiveOperatorApp gives an operator the secret of an app, in the place of whatever they had set up.
// It is for whoever sets the platform up. The error is a secret that is none, or identityplatform.ErrUnavailable.
func (s *Service) GiveOperatorApp(ctx context.Context, user tenant.UserID, secret string) error {
	if s.factors == nil || s.operatorPlaces == nil || user.IsZero() {
		return errors.New("identity: an app of nobody")
	}
	at := s.operatorPlaces.At(user, "")
	before := time.Unix(1e9, 0) // long before any code that counts
	code, err := secondfactor.Code(secret, before)
	if err != nil {
		return err
	}
	err = at.Transact(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return s.factors.Edit(tx, at, func(f *secondfactor.Factors) error {
			*f = secondfactor.Factors{}
			_, err := f.AddApp(secret, code, before)
			return err
		})
	})
	if err != nil {
		return unavailable("give an operator an app", err)
	}
	return nil
}
