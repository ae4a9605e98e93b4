package federation

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
)

// proveVisitor returns nil if the visitor is who began the flow. That they have just signed in at
// the provider, the Authenticator has found.
func (s *Service) proveVisitor(ctx context.Context, v visitor) error {
	g, err := s.machine.Vend(ctx, v.principal)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	login, err := logins.NewRepository(g).Get(ctx, v.principal.Login())
	switch {
	case errors.Is(err, logins.ErrNotFound), err == nil && login.User != v.principal.User():
		return failure(StepPerson, ErrOther, "Somebody else signed in at the provider than the person who is to prove who they are.", nil)
	case err != nil:
		return err
	}
	return nil
}
