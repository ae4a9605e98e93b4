package tenancy

import (
	"context"
	"errors"
	"strconv"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	errNoTenant  = tenant.Unauthenticated("a job of no tenant")
	errLostLease = tenant.Unauthenticated("the lease of the job is not in force")
)

// Job returns the Principal that does a job: of the one tenant that the stored intent names, for
// the one purpose that is its kind, until its lease ends. It takes two proofs: a call that Google
// signed for an account of the platform, and the lease of a stored intent. It has no role; what may
// be vended to it, package vending decides by its purpose.
//
// tenant.ErrUnauthenticated if a proof is missing, the intent is the platform's own, or the lease
// was lost; tenant.ErrTenantDenied if the tenant is not active; tenant.ErrUnavailable.
func (a *Authenticator) Job(ctx context.Context, call PlatformCall, l queue.Lease) (Principal, error) {
	epoch, job := a.epoch(), l.Job()
	switch {
	case !call.Valid():
		return Principal{}, errNoCall
	case job.Tenant.IsZero():
		return Principal{}, errNoTenant
	}
	if err := a.held(ctx, l); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(job.Tenant))
	if err != nil {
		return Principal{}, err
	}
	p := &principal{
		auth:     a,
		tenant:   selected.ID,
		user:     tenant.JobUser(job.Kind),
		email:    job.Kind,
		region:   selected.Region,
		cell:     selected.Cell,
		method:   ByJob,
		issued:   a.now(),
		expires:  l.Until(),
		deadline: l.Until(), // no leeway: the time is ours to set
		lease:    l,
	}
	if err := a.notRevoked(p.tenant, p.user, time.Time{}, p.issued); err != nil {
		return Principal{}, err
	}
	p.checked.Store(epoch)
	return Principal{p}, nil
}

// held returns nil if the lease is in force, tenant.ErrUnauthenticated or tenant.ErrUnavailable.
func (a *Authenticator) held(ctx context.Context, l queue.Lease) error {
	err := a.jobs.Held(ctx, l)
	if errors.Is(err, queue.ErrLost) {
		return errLostLease
	}
	return err
}

// Purpose is what the caller may act for: the kind of its job; empty unless the method is ByJob.
func (p Principal) Purpose() string { return p.get().lease.Job().Kind }

// Job names the lease that the caller acts under, and no other lease, or the errand and the
// identity or person that it is about; empty unless the method is ByJob, ByProvider, ByFactor or
// ByMail.
func (p Principal) Job() string {
	switch p.Method() {
	case ByProvider, ByMail:
		return string(p.Errand()) + " " + p.Login()
	case ByFactor:
		return string(p.Errand()) + " " + p.Whose().String()
	case ByJob:
	default:
		return ""
	}
	j := p.get().lease.Job()
	return j.ID + " " + strconv.FormatInt(j.Fence, 10)
}
