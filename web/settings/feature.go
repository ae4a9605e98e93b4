package settings

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Settings reads and changes the authentication settings of the tenant of a Grant, as its caller,
// who is an admin: see authsettings.Service.
type Settings interface {
	Read(ctx context.Context, g vending.Grant) (*authpolicy.Policy, error)
	Apply(ctx context.Context, g vending.Grant, version int64, s authpolicy.Settings) (*authpolicy.Policy, error)

	Discover(ctx context.Context, g vending.Grant, issuerURL string) (issuer.Document, error)
	Provider(ctx context.Context, g vending.Grant, id authpolicy.ProviderID) (authpolicy.OIDC, error)
	AddProvider(ctx context.Context, g vending.Grant, version int64, n authsettings.NewProvider) (authpolicy.OIDC, error)
	RereadProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error
	UpdateProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID, c authsettings.ProviderChange) error
	EnableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error
	DisableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error
	RemoveProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error

	Stage(ctx context.Context, g vending.Grant, version int64) (codes []string, err error)
	Lift(ctx context.Context, g vending.Grant, version int64) error

	RequireSecondFactor(ctx context.Context, g vending.Grant, version int64, grace time.Duration) (*authpolicy.Policy, error)
	LiftSecondFactor(ctx context.Context, g vending.Grant, version int64) (*authpolicy.Policy, error)

	AddIssuer(ctx context.Context, g vending.Grant, version int64, n authsettings.NewIssuer) error
	RemoveIssuer(ctx context.Context, g vending.Grant, version int64, id string) error
	Health(g vending.Grant, iss string) (h issuer.Health, ok bool)

	Domain(ctx context.Context, g vending.Grant, name string) (authpolicy.Domain, error)
	AddDomain(ctx context.Context, g vending.Grant, version int64, name string, at authpolicy.ProviderID) (authpolicy.Domain, error)
	CheckDomain(ctx context.Context, g vending.Grant, name string) (authpolicy.Domain, error)
	RemoveDomain(ctx context.Context, g vending.Grant, version int64, name string) error
}

// FailedSignIn is a sign-in at a provider that failed.
type FailedSignIn struct {
	At       time.Time
	Provider authpolicy.ProviderID
	Name     string // of the provider; "" if it is not there any more
	Step     string // at which it failed
	Sentence string // why
	Who      string // as the provider said, if it had come that far
}

// FailedSignIns lists the newest sign-ins that failed in the tenant of a Grant. Its caller is an
// admin.
type FailedSignIns func(ctx context.Context, g vending.Grant) ([]FailedSignIn, error)

// Feature answers for a workspace's settings. It is read-only.
type Feature struct {
	settings Settings
	failed   FailedSignIns
	redirect string
	maxFile  int64
}

// New returns the feature. failed is nil where nobody keeps a list. redirect is the one address to
// which providers send people back, and maxFile the size of the largest file that the platform
// takes, in bytes.
func New(s Settings, failed FailedSignIns, redirect string, maxFile int64) Feature {
	return Feature{s, failed, redirect, maxFile}
}

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "sign-in", Label: "Sign-in", Icon: "sign-in"} }

// The codes of notices.
const (
	saved    = "settings-saved"
	added    = "provider-added"
	enabled  = "provider-enabled"
	disabled = "provider-disabled"
	reread   = "provider-reread"
	removed  = "settings-removed"
	lifted   = "enforcement-lifted"
	proven   = "domain-proven"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: saved, Text: "Saved. It holds everywhere within five seconds."},
		{Code: filesSaved, Text: "Saved. It holds for whatever is uploaded and downloaded from now on."},
		{Code: added, Text: "The provider is added. Test it next: nobody can sign in at it yet."},
		{Code: enabled, Text: "The provider is enabled. It stands on the sign-in page now."},
		{Code: disabled, Text: "The provider is disabled. Sessions that began there end within five seconds."},
		{Code: reread, Text: "The provider's discovery was read again."},
		{Code: removed, Text: "Removed. It holds everywhere within five seconds."},
		{Code: lifted, Text: "People can use passwords again. The recovery codes are void."},
		{Code: proven, Text: "The record is there, so the domain is proven. It is looked at again every day."},
	}
}

var (
	// errVersion reports a form without the version of the settings that it was shown with.
	errVersion = errors.New("web: form without a version")
	// errNoCondition reports a change over the API that does not say what it is based on.
	errNoCondition = errors.New("web: no If-Match")
	// errGrace reports a grace that cannot be one.
	errGrace = errors.New("web: grace of the second factor")
	// errMapping reports lines of a mapping that are not "name = role".
	errMapping = errors.New("web: mapping of names to roles")
)

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	conflict := func(code, sentence string) door.Refusal {
		return door.NewRefusal(http.StatusConflict, code, sentence)
	}
	return []door.Row{
		{Err: errVersion, Refusal: door.Malformed()},
		{Err: errNoCondition, Refusal: door.NewRefusal(http.StatusPreconditionRequired, "condition_required",
			"Say in If-Match which version of the settings the change is based on: the ETag of a GET.")},
		{Err: errGrace, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid", "Choose a grace of at most 30 days.")},
		{Err: errMapping, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Write each line as name = role, with the role viewer, editor or admin, and each name once.")},
		{Err: authsettings.ErrInvalid, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"A value cannot be accepted."), Explain: authsettings.Sentence},
		{Err: authsettings.ErrAddress, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "bad_address",
			"The address cannot be used."), Explain: authsettings.Sentence},
		{Err: authsettings.ErrNotFound, Refusal: door.NotFound()},
		{Err: authsettings.ErrExists, Refusal: conflict("already_there", "This is in the settings already. Remove it first to add it anew.")},
		{Err: authsettings.ErrTooMany, Refusal: conflict("too_many", "There are as many as there may be. Remove one that is not used any more.")},
		{Err: authsettings.ErrLockout, Refusal: conflict("lockout",
			"After this change nobody could sign in any more, so it was not made. Enable a provider, or let people use passwords, first.")},
		{Err: authsettings.ErrOwn, Refusal: conflict("own_session",
			"This change would end the session that you make it with, so it was not made. Sign in another way, or with a second factor, and make it from there.")},
		{Err: authsettings.ErrOwnAge, Refusal: conflict("own_session_age",
			"Your own session is older than that, so it would end in the middle of this change. Sign in again, and make the change then.")},
		{Err: authsettings.ErrRequired, Refusal: conflict("provider_required",
			"People must use this provider right now, so it stays. Lift the requirement first.")},
		{Err: authsettings.ErrUntested, Refusal: conflict("not_tested",
			"Nobody has signed in at this provider yet. Test it first: then you see what a sign-in would do.")},
		{Err: authsettings.ErrNoProvider, Refusal: conflict("no_provider",
			"No provider is enabled, so none can be required. Add one, test it and enable it first.")},
		{Err: authsettings.ErrEnforced, Refusal: conflict("already_required", "A provider is required already.")},
		{Err: authsettings.ErrNoRecord, Refusal: conflict("no_record",
			"The record is not there yet. DNS can take an hour to show a new one: check it again then.")},
		{Err: authsettings.ErrDNS, Refusal: door.NewRefusal(http.StatusServiceUnavailable, "dns_unavailable",
			"DNS could not be asked right now, so nothing was changed. Check again in a few minutes.")},
	}
}

// forThePage reports whether err is something to say on the page that a form stands on.
func forThePage(err error) bool {
	for _, known := range []error{
		errMapping, errGrace, tenant.ErrStale, authsettings.ErrInvalid, authsettings.ErrAddress, authsettings.ErrExists,
		authsettings.ErrTooMany, authsettings.ErrLockout, authsettings.ErrOwn, authsettings.ErrOwnAge, authsettings.ErrRequired, authsettings.ErrUntested,
		authsettings.ErrNoProvider, authsettings.ErrEnforced, authsettings.ErrNoRecord, authsettings.ErrDNS,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
