package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/keyuses"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/signout"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/access"
	webaccount "github.com/bulkhead-saas/bulkhead/web/account"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/explain"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/home"
	"github.com/bulkhead-saas/bulkhead/web/keys"
	"github.com/bulkhead-saas/bulkhead/web/operators"
	webpeople "github.com/bulkhead-saas/bulkhead/web/people"
	"github.com/bulkhead-saas/bulkhead/web/reference"
	websessions "github.com/bulkhead-saas/bulkhead/web/sessions"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	websignin "github.com/bulkhead-saas/bulkhead/web/signin"
	"github.com/bulkhead-saas/bulkhead/web/usage"
)

// Deps is what the front door is built from. All fields but Now are required.
type Deps struct {
	Registry       *registry.Registry
	Authenticator  *tenancy.Authenticator
	Operators      *tenancy.Operators
	Machine        *vending.Machine
	OwnLedger      tenancy.OwnLedger
	Desk           *tenancy.Desk
	APIKeys        *apikeys.Service
	People         *people.Service
	Factors        *mfa.Service
	SignIn         *signin.Service
	OperatorSignIn *signin.Operators
	SignOut        *signout.Service
	Federation     *federation.Service
	Account        *account.Service
	Policies       *authpolicies.Store
	Settings       *authsettings.Service
	Sessions       *sessioncookie.Sealer
	Logger         *slog.Logger
	PublicURL      string           // the origin that browsers use: "https://app.example.com"
	StorageOrigin  string           // the origin that browsers send files to: "https://storage.googleapis.com"
	MaxUpload      int64            // the largest file taken, in bytes
	Limits         door.Limits      // of one tenant
	Proxies        []*net.IPNet     // whose X-Forwarded-For is believed; may be empty
	Now            func() time.Time // nil: time.Now
}

// New returns the handler of all pages and of the API. It returns every fault of d, and refuses a
// route table that is not whole: one with a route that no policy covers.
func New(d Deps) (http.Handler, error) {
	behind, err := door.New(d.door())
	if err := errors.Join(d.validate(), err); err != nil {
		return nil, err
	}
	return d.table(behind).Handler()
}

// table returns the whole route table, behind the door.
func (d Deps) table(behind *door.Door) *door.Table {
	f := d.features(behind)
	t := behind.Table(about, f.all()...)
	routes(t, f)
	return t
}

// features is every feature. To add one is to add it here, in all, and in Deps.features.
type features struct {
	home      home.Feature
	signin    websignin.Feature
	account   webaccount.Feature
	files     files.Feature
	people    webpeople.Feature
	access    access.Feature
	keys      keys.Feature
	settings  settings.Feature
	sessions  websessions.Feature
	explain   explain.Feature
	reference reference.Feature
	operators operators.Feature
}

func (f features) all() []door.Feature {
	return []door.Feature{f.home, f.signin, f.account, f.files, f.people, f.access, f.keys, f.settings, f.sessions, f.explain, f.reference, f.operators}
}

// callback is the one address, on the base domain, to which providers send people back.
const callback = "/callback"

// features builds each feature from the little that it needs.
func (d Deps) features(behind *door.Door) features {
	return features{
		home: home.New(behind.Served, behind.Sessions(), newWorkspaces(d.Policies, d.Authenticator, d.Now)),
		signin: websignin.New(websignin.Deps{
			SignIn: d.SignIn, SignOut: d.SignOut, Federation: d.Federation, Factors: d.Factors, Sessions: behind.Sessions(),
		}),
		account:   webaccount.New(d.Account, d.Federation, behind.Sessions()),
		files:     files.New(d.MaxUpload, d.SignIn, d.Logger),
		people:    webpeople.New(d.People, d.Factors),
		access:    access.New(d.OwnLedger, d.APIKeys),
		keys:      keys.New(d.APIKeys),
		settings:  settings.New(d.Settings, failedSignIns(d.Federation), d.PublicURL+callback, d.MaxUpload),
		sessions:  websessions.New(d.SignOut, behind.Sessions()),
		explain:   explain.New(),
		reference: reference.New(),
		operators: operators.New(operators.Deps{
			Desk: d.Desk, Names: names{d.Registry}, SignIn: d.OperatorSignIn,
			Sessions: behind.OperatorSessions(),
		}),
	}
}

// Routes returns the route table, for tests that call every line of it.
func Routes() []door.Route { return Deps{}.table(new(door.Door)).Routes() }

func (d Deps) door() door.Config {
	return door.Config{
		Authenticator: d.Authenticator, Operators: d.Operators, Machine: d.Machine, Renewer: renewer{d.SignIn, d.OperatorSignIn}, Records: records{},
		Sessions: d.Sessions, Logger: d.Logger, PublicURL: d.PublicURL, StorageOrigin: d.StorageOrigin,
		Limits: d.Limits, Proxies: d.Proxies, Now: d.Now,
	}
}

// validate returns every fault that the door does not see.
func (d Deps) validate() error {
	var faults []error
	require := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("web: "+what))
		}
	}
	require(d.Registry != nil, "no registry")
	require(d.OwnLedger != tenancy.OwnLedger{}, "no ledger of one's own")
	require(d.Desk != nil, "no operators' desk")
	require(d.APIKeys != nil, "no API keys")
	require(d.People != nil, "no people")
	require(d.Factors != nil, "no second factors")
	require(d.SignIn != nil, "no sign-in")
	require(d.OperatorSignIn != nil, "no sign-in of operators")
	require(d.SignOut != nil, "no sign-out")
	require(d.Federation != nil, "no sign-in at providers")
	require(d.Account != nil, "no accounts")
	require(d.Policies != nil, "no authentication policies")
	require(d.Settings != nil, "no authentication settings")
	require(d.MaxUpload > 0 && d.MaxUpload <= uploads.MaxSize, "the largest upload is out of range")
	return errors.Join(faults...)
}

// renewer renews the tokens of sessions, tenants' and operators'.
type renewer struct {
	*signin.Service
	*signin.Operators
}

// records keeps what people see of their sessions and of API keys in the tenant's own database.
type records struct{}

func (records) Begin(ctx context.Context, g vending.Grant, u usage.Use) error {
	return sessions.Begin(ctx, g, sessions.Use(u))
}

func (records) Note(ctx context.Context, g vending.Grant, u usage.Use) error {
	return sessions.Note(ctx, g, sessions.Use(u))
}

func (records) NoteKey(ctx context.Context, g vending.Grant, u usage.Use) error {
	return keyuses.Note(ctx, g, u.Address)
}

// names is all that the operators' pages learn from the registry.
type names struct{ registry *registry.Registry }

func (n names) SlugOf(ctx context.Context, id tenant.ID) (tenant.Slug, error) {
	t, err := n.registry.ByID(ctx, id)
	return t.Slug, err
}

func (n names) IDOf(ctx context.Context, slug tenant.Slug) (tenant.ID, error) {
	t, err := n.registry.BySlug(ctx, slug)
	return t.ID, err
}
