package tenancy

import (
	"context"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
)

// Desk is where operators work: the alerts, the ledger of all tenants, and the queue of jobs. Each
// method returns the error of o.Check before it does anything.
type Desk struct {
	ledger *ledger.Ledger
	jobs   *queue.Store
}

// NewDesk returns a Desk over the control plane's ledger and queue.
func NewDesk(l *ledger.Ledger, jobs *queue.Store) *Desk { return &Desk{l, jobs} }

// OpenAlerts reads the open alerts, newest first, at most 200. Also the error of the database.
func (d *Desk) OpenAlerts(ctx context.Context, o Operator) ([]ledger.Alert, error) {
	if err := o.Check(ctx); err != nil {
		return nil, err
	}
	return d.ledger.OpenAlerts(ctx)
}

// CloseAlert notes that the operator has seen to an alert. One that is closed already stays as it is.
// Also ledger.ErrNoAlert, or the error of the database.
func (d *Desk) CloseAlert(ctx context.Context, o Operator, id string) error {
	if err := o.Check(ctx); err != nil {
		return err
	}
	return d.ledger.CloseAlert(ctx, o.User(), id)
}

// All reads the rows of every tenant, or of q.Tenant. Also ledger.ErrQuery, or the error of the
// database.
func (d *Desk) All(ctx context.Context, o Operator, q ledger.Query) (ledger.Page, error) {
	if err := o.Check(ctx); err != nil {
		return ledger.Page{}, err
	}
	return d.ledger.Read(ctx, q)
}

// Jobs reads the jobs of a state, those after the id after. Also the errors of the queue's List.
func (d *Desk) Jobs(ctx context.Context, o Operator, state queue.State, after string) (queue.Page, error) {
	if err := o.Check(ctx); err != nil {
		return queue.Page{}, err
	}
	return d.jobs.List(ctx, state, after, 0)
}

// ReleaseJob makes a parked job due now. Also the errors of the queue's Release.
func (d *Desk) ReleaseJob(ctx context.Context, o Operator, id string) error {
	if err := o.Check(ctx); err != nil {
		return err
	}
	return d.jobs.Release(ctx, id)
}

// CancelJob deletes a job. Also the errors of the queue's Cancel.
func (d *Desk) CancelJob(ctx context.Context, o Operator, id string) error {
	if err := o.Check(ctx); err != nil {
		return err
	}
	return d.jobs.Cancel(ctx, id)
}
