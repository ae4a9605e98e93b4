package web

import (
	"context"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// workspaces is all that the first page learns of the control plane: who has proven a domain.
type workspaces struct {
	policies      *authpolicies.Store
	authenticator *tenancy.Authenticator
	now           func() time.Time
}

// newWorkspaces returns it. now is the clock; nil: time.Now.
func newWorkspaces(p *authpolicies.Store, a *tenancy.Authenticator, now func() time.Time) workspaces {
	if now == nil {
		now = time.Now
	}
	return workspaces{p, a, now}
}

// OfDomain returns the workspaces that are served and have proven the domain, and nothing about any
// person. tenant.ErrUnavailable.
func (w workspaces) OfDomain(ctx context.Context, domain string) ([]view.Workspace, error) {
	holders, err := w.policies.HoldersOf(ctx, domain)
	if err != nil {
		return nil, err
	}
	var found []view.Workspace
	for _, id := range holders {
		p, err := w.policies.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if !proves(p, domain, w.now()) {
			continue
		}
		t, err := w.authenticator.Tenant(ctx, tenant.SelectID(id))
		switch {
		case errors.Is(err, tenant.ErrTenantDenied): // it is not served
		case err != nil:
			return nil, err
		default:
			found = append(found, door.Workspace(t))
		}
	}
	return found, nil
}

func proves(p *authpolicy.Policy, domain string, now time.Time) bool {
	for _, d := range p.Domains {
		if d.Name == domain {
			return d.IsProven(now)
		}
	}
	return false
}
