package mfa

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Operators always prove a second factor, and set theirs up at the first sign-in.

// AskOperator returns what an operator's browser keeps after the password was right. refresh is of
// the tokens that it yielded. identityplatform.ErrUnavailable.
func (s *Service) AskOperator(ctx context.Context, user tenant.UserID, email, refresh string) (*FactorNeeded, error) {
	if s.store == nil || s.operators == nil {
		return nil, errClosed
	}
	f, err := s.store.Read(ctx, s.operators.At(user, email))
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
	at := s.operators.At(user, first.Email)
	f, err := s.store.Read(ctx, at)
	if err != nil {
		return FactorQuestion{}, unavailable("second factors", err)
	}
	return s.question(at.Owner, first, &f)
}

// AnswerOperator is Answer for an operator. Before it looks at the answer it calls still with the
// refresh token that AskOperator was given; still returns nil if they are an operator still.
func (s *Service) AnswerOperator(ctx context.Context, kept string, a FactorAnswer, still func(ctx context.Context, refresh string) error) (
	codes []string, err error,
) {
	first, user, err := s.openPending(tenant.ID{}, kept)
	if err != nil {
		return nil, err
	}
	if err := still(ctx, first.Refresh); err != nil {
		return nil, err
	}
	at := s.operators.At(user, first.Email)
	if first.IsSet {
		_, err = s.prove(ctx, at, first, a)
		return nil, err
	}
	_, _, do, err := s.adding(at.Owner, first.ID, a)
	if err != nil {
		return nil, err
	}
	err = at.Transact(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return s.store.Edit(tx, at, func(f *secondfactor.Factors) (err error) {
			if f.IsSetUp() {
				return ErrPending
			}
			codes, err = do(f)
			return err
		})
	})
	if err != nil {
		return nil, unavailable("set a second factor up", err)
	}
	s.log.InfoContext(ctx, "an operator has set a second factor up", "operator", user.String())
	return codes, nil
}

// GiveOperatorApp gives an operator the secret of an app, in the place of whatever they had set up.
// It is for whoever sets the platform up. The error is a secret that is none, or
// identityplatform.ErrUnavailable.
func (s *Service) GiveOperatorApp(ctx context.Context, user tenant.UserID, secret string) error {
	if s.store == nil || s.operators == nil || user.IsZero() {
		return errors.New("mfa: an app of nobody")
	}
	at := s.operators.At(user, "")
	before := time.Unix(1e9, 0) // long before any code that counts
	code, err := secondfactor.Code(secret, before)
	if err != nil {
		return err
	}
	err = at.Transact(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return s.store.Edit(tx, at, func(f *secondfactor.Factors) error {
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
