package authsettings

import (
	"context"
	"slices"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// EnableProvider lets people sign in at a provider. ErrUntested unless an admin has signed in at
// it; ErrNotFound, and those of Apply.
func (s *Service) EnableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return s.move(ctx, g, version, id, "enable", authpolicy.Enabled, func(was authpolicy.ProviderState) error {
		if was == authpolicy.Draft {
			return ErrUntested
		}
		return nil
	})
}

// DisableProvider lets nobody sign in at a provider any more, and ends the sessions that began
// there. It stays tested. ErrRequired or ErrLockout if people need it; ErrNotFound, and those of
// Apply.
func (s *Service) DisableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return s.move(ctx, g, version, id, "disable", authpolicy.Tested, func(was authpolicy.ProviderState) error {
		if was != authpolicy.Enabled {
			return invalid("This provider is not enabled.")
		}
		return nil
	})
}

func (s *Service) move(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID, verb string,
	to authpolicy.ProviderState, check func(was authpolicy.ProviderState) error,
) error {
	_, err := s.provider(ctx, g, version, id, func(o *authpolicy.OIDC) (note, error) {
		if err := check(o.State); err != nil {
			return note{}, err
		}
		n := note{"provider." + verb, "", string(o.State), string(to)}
		o.State = to
		return n, nil
	})
	return err
}

// RemoveProvider forgets a provider, its client secret, and which domains lead to it. Errors are
// those of DisableProvider.
func (s *Service) RemoveProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	_, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		o, ok := p.Provider(id)
		if !ok {
			return note{}, ErrNotFound
		}
		p.Providers = slices.DeleteFunc(p.Providers, func(o authpolicy.OIDC) bool { return o.ID == id })
		for i := range p.Domains {
			if p.Domains[i].Provider == id {
				p.Domains[i].Provider = authpolicy.ProviderID{}
			}
		}
		return note{"provider.remove", id.String(), o.Name + " at " + o.Issuer, ""}, nil
	})
	if err != nil {
		return err
	}
	s.unmirror(ctx, g, id)
	return nil
}

// mirror has Identity Platform know the provider.
func (s *Service) mirror(ctx context.Context, g vending.Grant, o authpolicy.OIDC) error {
	if s.Mirror == nil {
		return nil
	}
	t, err := s.Tenants.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err == nil {
		err = s.Mirror.Mirror(ctx, t, o)
	}
	if err != nil {
		return tenant.Unavailable("Identity Platform", err)
	}
	return nil
}

// unmirror has Identity Platform forget the provider. Where that fails, one stays there that
// nobody can sign in at: it is logged.
func (s *Service) unmirror(ctx context.Context, g vending.Grant, id authpolicy.ProviderID) {
	if s.Mirror == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	t, err := s.Tenants.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err == nil {
		err = s.Mirror.Unmirror(ctx, t, id)
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "a provider that is gone is still at Identity Platform",
			"tenant", g.Tenant().String(), "provider", id.String(), "error", err)
	}
}
