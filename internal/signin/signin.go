package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// SignInWithPassword signs a person of t in and exchanges the token. Beside the errors of Exchange
// it returns identityplatform.ErrBadCredentials, which is the same for a wrong password and an
// unknown address, and identityplatform.ErrTooManyAttempts.
func (s *Service) SignInWithPassword(ctx context.Context, t tenant.Tenant, email, password string) (sessioncookie.Tokens, error) {
	for first := true; ; first = false {
		g, err := s.google.SignInWithPassword(ctx, t.IdentityTenant, email, password)
		if err != nil {
			return sessioncookie.Tokens{}, err
		}
		tokens, err := s.exchange(ctx, t, g.ID, authpolicy.WithPassword())
		if first && errors.Is(err, tenant.ErrUnauthenticated) && s.outwait(ctx, t.ID, g.User, g.ID) {
			continue
		}
		return tokens, err
	}
}

// Exchange turns the initial ID token of a sign-in, less than five minutes old, into a session's
// tokens.
//
//	tenant.ErrUnauthenticated        the token does not verify, or is not an initial one
//	tenant.ErrTenantDenied           it is another tenant's, or t is not active
//	people.ErrNoAccess               the tenant has no record of the account
//	identityplatform.ErrDisabled     its record, or the account itself, is disabled
//	authpolicy.ErrWay                the tenant does not accept a password
//	*mfa.FactorNeeded                a second factor is needed: see Prove
//	identityplatform.ErrUnavailable  something could not be asked
func (s *Service) Exchange(ctx context.Context, t tenant.Tenant, initialIDToken string) (sessioncookie.Tokens, error) {
	return s.exchange(ctx, t, initialIDToken, authpolicy.WithPassword())
}

// exchange is Exchange for a sign-in that was made in this way.
func (s *Service) exchange(ctx context.Context, t tenant.Tenant, initialIDToken string, way authpolicy.Way) (sessioncookie.Tokens, error) {
	p, err := s.authenticator.SignIn(ctx, tenant.SelectID(t.ID), initialIDToken)
	if err != nil {
		return sessioncookie.Tokens{}, fmt.Errorf("signin: initial token: %w", err)
	}
	u, err := s.people.Record(ctx, p)
	if err != nil {
		return sessioncookie.Tokens{}, s.people.Refused(ctx, t, u, err)
	}
	return s.Begin(ctx, t, u, way)
}

// Begin begins a session of somebody who has an active record and whose first factor was right, in
// this way. authpolicy.ErrWay if the tenant does not accept it, *mfa.FactorNeeded,
// identityplatform.ErrDisabled, identityplatform.ErrUnavailable.
func (s *Service) Begin(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way) (sessioncookie.Tokens, error) {
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return sessioncookie.Tokens{}, people.Unavailable("authentication policy", err)
	}
	if now := s.now(); policy.Admits(way, u.Role, now, now) != nil {
		return sessioncookie.Tokens{}, authpolicy.ErrWay
	}
	if err := s.factors.Ask(ctx, t, u, way, policy); err != nil {
		return sessioncookie.Tokens{}, err
	}
	tokens, err := s.enter(ctx, t, u, way, authpolicy.Factor{})
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	return tokens, s.entered(ctx, t, u, way, tokens)
}

// BeginAgain begins a session of u in the place of p's, which has ended: it began in the same way,
// and has proven the same second factor. Errors are those of Begin.
func (s *Service) BeginAgain(ctx context.Context, t tenant.Tenant, u users.User, p tenancy.Principal) (sessioncookie.Tokens, error) {
	return s.enter(ctx, t, u, p.Way(), p.Factor())
}

// Prove takes the second factor of a sign-in whose first one was right, and begins the session.
// kept is what the browser kept. Recovery codes are returned if a factor was set up: they are shown
// this once. Errors are those of mfa.Service.Answer and of Exchange.
func (s *Service) Prove(ctx context.Context, t tenant.Tenant, kept string, a mfa.FactorAnswer) (_ sessioncookie.Tokens, codes []string, err error) {
	proven, err := s.factors.Answer(ctx, t, kept, a)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	tokens, err := s.enter(ctx, t, proven.User, proven.Way, proven.Factor)
	if err == nil {
		err = s.entered(ctx, t, proven.User, proven.Way, tokens)
	}
	return tokens, proven.Codes, err
}

// entered does what follows a sign-in of this way.
func (s *Service) entered(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way, tokens sessioncookie.Tokens) error {
	switch {
	case way == authpolicy.WithRecoveryCode():
		return s.auditRecovery(ctx, t, tokens)
	case !way.Provider().IsZero():
		s.succeeded(ctx, t, u.ID)
	}
	return nil
}

// enter issues the tokens of a session that begins in this way, for somebody who has proven the
// second factor or needs none. The settings are asked once more by what settles the tokens.
func (s *Service) enter(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way, proven authpolicy.Factor) (sessioncookie.Tokens, error) {
	dir, err := s.google.Directory(t)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	if err := s.people.CopyRole(ctx, t, u); err != nil {
		return sessioncookie.Tokens{}, err
	}
	return s.settle(ctx, t, func(ctx context.Context) (identityplatform.Issued, error) {
		token, err := dir.CustomTokenWithClaims(ctx, u.ID.String(), people.SessionClaims(t, way, proven))
		if err != nil {
			return identityplatform.Issued{}, people.Unavailable("sign a custom token", err)
		}
		g, err := s.google.SignInWithCustomToken(ctx, t.IdentityTenant, token)
		g.User = u.ID.String()
		return g, err
	})
}

// settleTries is how often a token is issued again because a change of role, or a revocation, came
// at the same time.
const settleTries = 4

// settle issues tokens until one stands and its role is the truth at a moment after it was issued.
// A change later than that moment writes a revocation later than the token, so no token with an old
// role outlives its change.
func (s *Service) settle(ctx context.Context, t tenant.Tenant, issue func(context.Context) (identityplatform.Issued, error)) (sessioncookie.Tokens, error) {
	for range settleTries {
		g, err := issue(ctx)
		if err != nil {
			return sessioncookie.Tokens{}, err
		}
		p, err := s.authenticator.Session(ctx, tenant.SelectID(t.ID), g.ID)
		if err != nil {
			if errors.Is(err, tenant.ErrUnauthenticated) && s.outwait(ctx, t.ID, g.User, g.ID) {
				continue
			}
			return sessioncookie.Tokens{}, fmt.Errorf("signin: issued token: %w", err)
		}
		u, err := s.people.Record(ctx, p)
		if err != nil {
			if errors.Is(err, tenant.ErrUnauthenticated) && s.outwait(ctx, t.ID, g.User, g.ID) {
				continue
			}
			return sessioncookie.Tokens{}, s.people.Refused(ctx, t, u, err)
		}
		if u.Role == p.Role() {
			return sessioncookie.Tokens{ID: g.ID, Refresh: g.Refresh, Expires: p.Expires()}, nil
		}
		if err := s.people.CopyRole(ctx, t, u); err != nil {
			return sessioncookie.Tokens{}, err
		}
	}
	return sessioncookie.Tokens{}, fmt.Errorf("%w: the role keeps changing", identityplatform.ErrUnavailable)
}
