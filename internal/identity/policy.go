package identity

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var errNothingToChange = errors.New("identity: nothing to change")

// changePolicy changes the tenant's settings whatever their version. edit may be called again, and
// reports whether there is anything to change.
func (s *Service) changePolicy(ctx context.Context, t tenant.Tenant, edit func(*authpolicy.Policy) bool) error {
	_, err := s.policies.Change(ctx, t.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		if !edit(&p) {
			return p, errNothingToChange
		}
		return p, nil
	})
	if errors.Is(err, errNothingToChange) {
		return nil
	}
	return err
}

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
		return Choices{}, unavailable("authentication policy", err)
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
