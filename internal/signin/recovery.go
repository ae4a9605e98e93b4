package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// SignInWithRecoveryCode signs an admin of t in with a password and one of the recovery codes that
// the tenant got when it began to require a provider. The password is judged first, then the role,
// then the code, which is used up by that. ErrRecoveryCode for a code that is none of those left
// and for a person who is no admin; otherwise the errors of SignInWithPassword.
func (s *Service) SignInWithRecoveryCode(ctx context.Context, t tenant.Tenant, email, password, code string) (sessioncookie.Tokens, error) {
	g, err := s.google.SignInWithPassword(ctx, t.IdentityTenant, email, password)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	p, err := s.authenticator.SignIn(ctx, tenant.SelectID(t.ID), g.ID)
	if errors.Is(err, tenant.ErrUnauthenticated) && s.outwait(ctx, t.ID, g.User, g.ID) {
		if g, err = s.google.SignInWithPassword(ctx, t.IdentityTenant, email, password); err != nil {
			return sessioncookie.Tokens{}, err
		}
		p, err = s.authenticator.SignIn(ctx, tenant.SelectID(t.ID), g.ID)
	}
	if err != nil {
		return sessioncookie.Tokens{}, fmt.Errorf("signin: initial token: %w", err)
	}
	u, err := s.people.Record(ctx, p)
	if err != nil {
		return sessioncookie.Tokens{}, s.people.Refused(ctx, t, u, err)
	}
	if u.Role != tenant.Admin {
		return sessioncookie.Tokens{}, ErrRecoveryCode
	}
	used := false
	err = s.policies.Amend(ctx, t.ID, func(p *authpolicy.Policy) bool {
		used = false
		if p.Enforcement.Now(s.now()) != authpolicy.Off && p.Accepts().Has(authpolicy.Password) {
			p.Enforcement, used = p.Enforcement.Use(code)
		}
		return used
	})
	switch {
	case err != nil:
		return sessioncookie.Tokens{}, people.Unavailable("use a recovery code", err)
	case !used:
		return sessioncookie.Tokens{}, ErrRecoveryCode
	}
	return s.Begin(ctx, t, u, authpolicy.WithRecoveryCode())
}

// auditRecovery appends that a recovery code was used, in the name of the session that it began.
func (s *Service) auditRecovery(ctx context.Context, t tenant.Tenant, tokens sessioncookie.Tokens) error {
	p, err := s.authenticator.Session(ctx, tenant.SelectID(t.ID), tokens.ID)
	if err != nil {
		return people.Unavailable("audit a recovery code", err)
	}
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return people.Unavailable("audit a recovery code", err)
	}
	id := p.User().String()
	key := fmt.Sprintf("recovery-%s-%d", id, s.now().UnixNano())
	err = audit.Of(g).Append(ctx, key, audit.Entry{Action: "user.recovery-code", Kind: "user", ID: id})
	if err != nil {
		return people.Unavailable("audit a recovery code", err)
	}
	return nil
}
