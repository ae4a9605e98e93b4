package signin

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Before sensitive changes people prove again who they are, in the way in which their session
// began: by their password, or at the provider, which is asked to have them sign in anew and to say
// when they did, in package federation. Whoever keeps the session notes it there, and nowhere else:
// see sessioncookie.Session.Proved.

// ProveWithPassword returns nil if the password is that of p, whose session in t began with one.
// identityplatform.ErrBadCredentials, authpolicy.ErrWay for a session that began otherwise,
// identityplatform.ErrDisabled, identityplatform.ErrTooManyAttempts,
// identityplatform.ErrUnavailable.
func (s *Service) ProveWithPassword(ctx context.Context, t tenant.Tenant, p tenancy.Principal, password string) error {
	if p.Tenant() != t.ID || p.Role() == 0 || !p.Way().Provider().IsZero() {
		return authpolicy.ErrWay
	}
	g, err := s.google.SignInWithPassword(ctx, t.IdentityTenant, p.Email(), password)
	if err != nil {
		return err
	}
	if g.User != p.User().String() {
		return identityplatform.ErrBadCredentials
	}
	return nil
}
