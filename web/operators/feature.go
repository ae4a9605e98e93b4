package operators

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Deps is what the feature is built from. All fields are required.
type Deps struct {
	Desk     Desk
	Names    Names
	SignIn   SignsIn
	Sessions door.OperatorSessions
}

// Desk is where operators work. Each method checks the operator first.
type Desk interface {
	// OpenAlerts returns the alerts that nobody has closed, in groups. ledger.ErrQuery if before is
	// no alert.
	OpenAlerts(ctx context.Context, o tenancy.Operator, before string) (ledger.AlertGroups, error)
	// ClosedAlerts returns those that were closed. ledger.ErrQuery if before is no alert.
	ClosedAlerts(ctx context.Context, o tenancy.Operator, before string) (ledger.AlertPage, error)
	// CloseAlerts closes alerts. ledger.ErrNoAlert if one does not exist, ledger.ErrQuery for too
	// many.
	CloseAlerts(ctx context.Context, o tenancy.Operator, ids ...string) (closed int, err error)
	// All returns records of all tenants. ledger.ErrQuery if q cannot be asked.
	All(ctx context.Context, o tenancy.Operator, q ledger.Query) (ledger.Page, error)
	// Jobs returns jobs of a state. tenant.ErrInvalid for a state or an id that is none.
	Jobs(ctx context.Context, o tenancy.Operator, state jobs.State, after string) (jobs.Page, error)
	// ReleaseJob makes a parked job due. jobs.ErrNoJob if there is none of that id.
	ReleaseJob(ctx context.Context, o tenancy.Operator, id string) error
	// CancelJob deletes a job. jobs.ErrNoJob if there is none of that id.
	CancelJob(ctx context.Context, o tenancy.Operator, id string) error
}

// Names translates between what tenants are called and their identifiers. It tells nothing else of
// them.
type Names interface {
	// SlugOf returns the slug of a tenant, in whatever state it is.
	SlugOf(ctx context.Context, id tenant.ID) (tenant.Slug, error)
	// IDOf returns the identifier of a tenant, in whatever state it is. tenant.ErrTenantDenied if
	// there is none of that slug.
	IDOf(ctx context.Context, slug tenant.Slug) (tenant.ID, error)
}

// SignsIn signs operators in.
type SignsIn interface {
	// SignInOperator takes an operator's password. It fails as signing in to a workspace does.
	SignInOperator(ctx context.Context, email, password string) (*mfa.FactorNeeded, error)
	// OperatorQuestion is what to ask for then, and ProveOperator takes the answer.
	OperatorQuestion(ctx context.Context, kept string) (mfa.FactorQuestion, error)
	ProveOperator(ctx context.Context, kept string, a mfa.FactorAnswer) (_ sessioncookie.Tokens, codes []string, err error)
}

// Feature answers for the operators' pages. It is read-only.
type Feature struct{ deps Deps }

// New returns the feature.
func New(d Deps) Feature { return Feature{d} }

// Alerts is an entry of the operators' navigation.
func Alerts() view.Section { return view.Section{Name: "alerts", Label: "Alerts", Icon: "alert"} }

// Queue is an entry of the operators' navigation: the jobs.
func Queue() view.Section { return view.Section{Name: "jobs", Label: "Jobs", Icon: "jobs"} }

// Records is an entry of the operators' navigation: the ledger.
func Records() view.Section { return view.Section{Name: "ledger", Label: "Ledger", Icon: "ledger"} }

const (
	queue        = "/operator/jobs"
	alertClosed  = "alert-closed"
	alertsClosed = "alerts-closed"
	noneChosen   = "no-alert-chosen"
	jobReleased  = "job-released"
	jobDeleted   = "job-cancelled"
	factorOver   = "second-factor-over"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: alertClosed, Text: "The alert is closed. It stays in the ledger."},
		{Code: alertsClosed, Text: "The alerts are closed. They stay in the ledger."},
		{Code: noneChosen, Text: "No alert was chosen."},
		{Code: jobReleased, Text: "The job is due. The next tick does it, within a minute."},
		{Code: factorOver, Text: "The second factor came too late, or in another browser. Please begin again."},
		{Code: jobDeleted, Text: "The job is cancelled."},
	}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: ledger.ErrQuery, Refusal: door.Malformed()},
		{Err: ledger.ErrNoAlert, Refusal: door.NotFound()},
		{Err: jobs.ErrNoJob, Refusal: noJob},
	}
}
