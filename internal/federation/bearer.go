package federation

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// bearer is the tenancy.PersonFinder: it finds who an access token of the tenant's own issuer
// stands for, by the record that a sign-in or a connection at a provider has left. It reads the
// person each time, so a changed role and a disabled person count at once.
func (s *Service) bearer(ctx context.Context, p tenancy.Principal) (tenancy.Person, error) {
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return tenancy.Person{}, people.Unavailable("vend", err)
	}
	login, err := logins.NewRepository(g).Get(ctx, p.Login())
	if errors.Is(err, logins.ErrNotFound) {
		return tenancy.Person{}, tenant.Unauthenticated("access token of somebody who is not known")
	}
	if err != nil {
		return tenancy.Person{}, err
	}
	u, err := users.NewRepository(g).Get(ctx, login.User)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return tenancy.Person{}, tenant.Unauthenticated("access token of somebody who was removed")
	case err != nil:
		return tenancy.Person{}, people.Unavailable("read a record", err)
	case u.Status != users.Active:
		return tenancy.Person{}, tenant.Unauthenticated("access token of somebody who is disabled")
	}
	return tenancy.Person{User: u.ID, Email: u.Email, Role: u.Role}, nil
}
