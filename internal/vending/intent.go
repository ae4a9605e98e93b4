package vending

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// intentLead is when an intent is due that nobody has dropped or hurried. By then the request that
// wrote it has ended, and so has the database with its commit: both end with the deadline of the
// request.
const intentLead = 90 * time.Second

// Intent is a job of the caller's own tenant, written down before its cause. See Grant.Intend.
type Intent struct {
	queue *queue.Store
	id    string
}

// Intend writes down that a job of this kind is to follow a change, before the change is made. A
// change and what is to follow it are at two places, and no transaction spans them. So the intent
// comes first: whatever dies afterwards, a worker finds it.
//
//	intent, err := g.Intend(ctx, kind, payload)
//	... make the change ...
//	intent.Drop(ctx)    nothing was changed, or what was to follow is done already
//	intent.Hurry(ctx)   it is changed: let the next tick do the rest
//
// The job must look whether the change was made: an intent that is neither dropped nor hurried is
// due 90 seconds later. payload is stored as JSON in the control plane, so it holds identifiers and
// no data of the tenant. The job is vended what its kind may touch, in the same tenant, and nothing
// of the caller's rights.
//
// ErrReadOnly for a grant that is read-only, ErrDenied for the zero Grant, for a kind without a
// purpose, and for a caller who is not in force any more; tenant.ErrInvalid for a payload that
// cannot be stored; tenant.ErrUnavailable.
func (g Grant) Intend(ctx context.Context, kind string, payload any) (Intent, error) {
	if g.caller == nil {
		return Intent{}, refuse(ErrDenied, "the zero grant intends a job")
	}
	return g.intend(ctx, kind, rand.Text(), g.caller.home.machine.now().Add(intentLead), payload)
}

// IntendAt is Intend for a job that is to be done at a time of its own: a look that is repeated, or
// the end of something that begins now. once tells the intent from the tenant's others of the kind,
// 1 to 40 letters, digits or hyphens: of each there is one, and a second call changes nothing.
func (g Grant) IntendAt(ctx context.Context, kind, once string, due time.Time, payload any) (Intent, error) {
	if len(once) == 0 || len(once) > maxOnce {
		return Intent{}, tenant.Invalid("name of an intent")
	}
	return g.intend(ctx, kind, g.Tenant().String()+"-"+once, due, payload)
}

// maxOnce keeps the id of an intent below what the queue takes.
const maxOnce = 40

func (g Grant) intend(ctx context.Context, kind, name string, due time.Time, payload any) (Intent, error) {
	c := g.caller
	if c == nil {
		return Intent{}, refuse(ErrDenied, "the zero grant intends a job")
	}
	if err := c.valid(ctx); err != nil {
		return Intent{}, err
	}
	m := c.home.machine
	switch _, known := m.jobs[kind]; {
	case !known || m.queue == nil:
		return Intent{}, c.refused(ctx, refuse(ErrDenied, "a job of the kind %q", kind))
	case c.readOnly:
		return Intent{}, c.refused(ctx, refuse(ErrReadOnly, "a job of the kind %q", kind))
	}
	stored, err := json.Marshal(payload)
	if err != nil {
		return Intent{}, fmt.Errorf("vending: payload of a job: %w", err)
	}
	i := Intent{m.queue, kind + "-" + name}
	return i, m.queue.Post(ctx, queue.Intent{
		ID: i.id, Kind: kind, Tenant: g.Tenant(), Payload: stored, Due: due,
	})
}

// Drop takes the intent back. If that fails, the job is done, and finds nothing to do.
// queue.ErrNoJob if it was done or dropped already, tenant.ErrUnavailable.
func (i Intent) Drop(ctx context.Context) error {
	if i.queue == nil {
		return queue.ErrNoJob
	}
	return i.queue.Cancel(ctx, i.id)
}

// Hurry makes the job due now. If that fails, it is done later. The errors are those of Drop.
func (i Intent) Hurry(ctx context.Context) error {
	if i.queue == nil {
		return queue.ErrNoJob
	}
	return i.queue.Hurry(ctx, i.id)
}
