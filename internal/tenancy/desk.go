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

// OpenAlerts reads the open alerts that come after the alert before, newest first, in groups. Also
// ledger.ErrQuery, or the error of the database.
func (d *Desk) OpenAlerts(ctx context.Context, o Operator, before string) (ledger.AlertGroups, error) {
	if err := o.Check(ctx); err != nil {
		return ledger.AlertGroups{}, err
	}
	return d.ledger.OpenAlerts(ctx, before)
}

// ClosedAlerts reads the closed alerts that come after the alert before, the last closed first.
// Also ledger.ErrQuery, or the error of the database.
func (d *Desk) ClosedAlerts(ctx context.Context, o Operator, before string) (ledger.AlertPage, error) {
	if err := o.Check(ctx); err != nil {
		return ledger.AlertPage{}, err
	}
	return d.ledger.ClosedAlerts(ctx, before)
}

// CloseAlerts notes that the operator has seen to alerts, and returns how many of them were open.
// One that is closed already stays as it is. Also the errors of the ledger's CloseAlerts.
func (d *Desk) CloseAlerts(ctx context.Context, o Operator, ids ...string) (closed int, err error) {
	if err := o.Check(ctx); err != nil {
		return 0, err
	}
	return d.ledger.CloseAlerts(ctx, ledger.Closer{User: o.User(), Email: o.Email()}, ids...)
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
