package signin

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Choice is a provider to sign in at.
type Choice struct {
	ID   authpolicy.ProviderID
	Name string
}

// Choices are the ways to sign in that a tenant offers.
type Choices struct {
	Providers []Choice
	Password  bool // to everybody, or in the stage before a provider is required, to admins
	Staged    bool // a provider is about to be required: a password is for admins
	Recovery  bool // a password and a recovery code, for admins
}

// Choices returns the ways to sign in to t. identityplatform.ErrUnavailable.
func (s *Service) Choices(ctx context.Context, t tenant.Tenant) (Choices, error) {
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return Choices{}, people.Unavailable("authentication policy", err)
	}
	accepts, state := policy.Accepts(), policy.Enforcement.Now(s.now())
	c := Choices{
		Password: accepts.Has(authpolicy.Password) && state != authpolicy.Enforced,
		Staged:   accepts.Has(authpolicy.Password) && state == authpolicy.Staged,
		Recovery: accepts.Has(authpolicy.Password) && state != authpolicy.Off,
	}
	if accepts.Has(authpolicy.Provider) {
		for _, o := range policy.Open() {
			c.Providers = append(c.Providers, Choice{o.ID, o.Name})
		}
	}
	return c, nil
}

// succeeded notes that somebody has signed in at a provider, where the tenant waits for that.
func (s *Service) succeeded(ctx context.Context, t tenant.Tenant, who tenant.UserID) {
	policy, err := s.policies.Get(ctx, t.ID)
	if err == nil && policy.Enforcement.Now(s.now()) != authpolicy.Staged {
		return
	}
	if err == nil {
		err = s.policies.Amend(ctx, t.ID, func(p *authpolicy.Policy) (changed bool) {
			p.Enforcement, changed = p.Enforcement.Succeeded(who, s.now())
			return changed
		})
	}
	if err != nil {
		s.log.WarnContext(ctx, "a sign-in at a provider is not noted", "tenant", t.ID.String(), "user", who.String(), "error", err)
	}
}
