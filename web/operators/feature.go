package operators

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Deps is what the feature is built from. All fields are required.
type Deps struct {
	Ledger   Ledger
	Names    Names
	SignIn   SignsIn
	SignOut  SignsOut
	Sessions door.OperatorSessions
}

// Ledger reads the ledger of all tenants, and closes its alerts.
type Ledger interface {
	// OpenAlerts returns the alerts that nobody has closed.
	OpenAlerts(ctx context.Context, o tenancy.Operator) ([]ledger.Alert, error)
	// CloseAlert closes an alert. ledger.ErrNoAlert if there is none of that id.
	CloseAlert(ctx context.Context, o tenancy.Operator, id string) error
	// All returns records of all tenants. ledger.ErrQuery if q cannot be asked.
	All(ctx context.Context, o tenancy.Operator, q ledger.Query) (ledger.Page, error)
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
	// SignInOperator returns the tokens of an operator. It fails as signing in to a workspace does.
	SignInOperator(ctx context.Context, email, password string) (identity.Tokens, error)
}

// SignsOut ends operators' sessions.
type SignsOut interface {
	// SignOut ends all sessions of the operator.
	SignOut(ctx context.Context, o tenancy.Operator) error
}

// Feature answers for the operators' pages. It is read-only.
type Feature struct{ deps Deps }

// New returns the feature.
func New(d Deps) Feature { return Feature{d} }

// Alerts is an entry of the operators' navigation.
func Alerts() view.Section { return view.Section{Name: "alerts", Label: "Alerts", Icon: "alert"} }

// Records is an entry of the operators' navigation: the ledger.
func Records() view.Section { return view.Section{Name: "ledger", Label: "Ledger", Icon: "ledger"} }

const (
	home        = "/operator"
	alertClosed = "alert-closed"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{{Code: alertClosed, Text: "The alert is closed. It stays in the ledger."}}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: ledger.ErrQuery, Refusal: door.Malformed()},
		{Err: ledger.ErrNoAlert, Refusal: door.NotFound()},
	}
}
