package signin

import (
	"context"
	"errors"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Deps is what the feature is built from. All fields are required.
type Deps struct {
	SignIn     SignIn
	SignOut    SignOut
	Federation Federation
	Factors    Factors
	Sessions   door.Sessions
}

// SignIn exchanges credentials for tokens.
type SignIn interface {
	// SignInWithPassword signs a person of t in.
	SignInWithPassword(ctx context.Context, t tenant.Tenant, email, password string) (sessioncookie.Tokens, error)
	// Exchange takes an initial ID token of t's Identity Platform tenant.
	Exchange(ctx context.Context, t tenant.Tenant, initialIDToken string) (sessioncookie.Tokens, error)
	// Refresh takes a refresh token of a session in t.
	Refresh(ctx context.Context, t tenant.Tenant, refresh string) (sessioncookie.Tokens, error)
	// Prove takes the second factor and begins the session.
	Prove(ctx context.Context, t tenant.Tenant, kept string, a mfa.FactorAnswer) (_ sessioncookie.Tokens, codes []string, err error)
	// SignInWithRecoveryCode signs an admin of t in where a provider is required.
	SignInWithRecoveryCode(ctx context.Context, t tenant.Tenant, email, password, code string) (sessioncookie.Tokens, error)
	// Choices returns the ways to sign in to t.
	Choices(ctx context.Context, t tenant.Tenant) (signin.Choices, error)
	// ProveWithPassword returns nil if the password is that of the person.
	ProveWithPassword(ctx context.Context, t tenant.Tenant, p tenancy.Principal, password string) error
}

// SignOut ends sessions.
type SignOut interface {
	// SignOut ends the session of p everywhere.
	SignOut(ctx context.Context, p tenancy.Principal) error
}

// Federation signs people in at their tenant's providers.
type Federation interface {
	// Depart begins a sign-in at a provider, Returning finds where an answer belongs, Arrive takes
	// the answer, and Enter begins the session.
	Depart(ctx context.Context, t tenant.Tenant, id authpolicy.ProviderID, why federation.Reason, by tenancy.Principal, next string) (federation.Departure, error)
	Returning(ctx context.Context, state string) (tenant.Tenant, error)
	Arrive(ctx context.Context, t tenant.Tenant, a federation.Answer, kept string, by tenancy.Principal) (federation.Outcome, authpolicy.ProviderID, error)
	Enter(ctx context.Context, t tenant.Tenant, o federation.Outcome) (sessioncookie.Tokens, error)
	// Methods are the ways to sign in that a person has, and Disconnect takes one away.
	Methods(ctx context.Context, g vending.Grant) (federation.Methods, error)
	Disconnect(ctx context.Context, g vending.Grant, key string) error
}

// Factors asks for second factors and changes them.
type Factors interface {
	// Question is what to ask for after a first factor.
	Question(ctx context.Context, t tenant.Tenant, kept string) (mfa.FactorQuestion, error)
	// OwnFactors are the second factors that a person has; the others change them.
	OwnFactors(ctx context.Context, g vending.Grant) (mfa.MyFactors, error)
	BeginApp(ctx context.Context, g vending.Grant) (mfa.AppSetUp, error)
	BeginPasskey(ctx context.Context, g vending.Grant) (mfa.Challenge, error)
	AddFactor(ctx context.Context, g vending.Grant, a mfa.FactorAnswer) (codes []string, err error)
	AddPasskey(ctx context.Context, g vending.Grant, a mfa.FactorAnswer) (made secondfactor.Passkey, codes []string, err error)
	RemoveApp(ctx context.Context, g vending.Grant) error
	RemovePasskey(ctx context.Context, g vending.Grant, id string) error
	NewRecoveryCodes(ctx context.Context, g vending.Grant) (codes []string, err error)
}

// Feature answers for signing in and out. It is read-only.
type Feature struct {
	signIn     SignIn
	signOut    SignOut
	federation Federation
	factors    Factors
	sessions   door.Sessions
}

// New returns the feature.
func New(d Deps) Feature { return Feature{d.SignIn, d.SignOut, d.Federation, d.Factors, d.Sessions} }

const (
	connected     = "provider-connected"
	disconnected  = "provider-disconnected"
	factorOver    = "second-factor-over"
	factorAdded   = "second-factor-added"
	factorRemoved = "second-factor-removed"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: connected, Text: "The provider is connected. You can sign in with it from now on."},
		{Code: disconnected, Text: "The provider is disconnected. You cannot sign in with it any more."},
		{Code: factorAdded, Text: "It is set up. You are asked for it at your next sign-in."},
		{Code: factorRemoved, Text: "It is removed, and opens nothing any more."},
		{Code: factorOver, Text: "The second factor came too late, or in another browser. Please begin again."},
	}
}

var (
	// errCredential reports a body that holds no credential, or several.
	errCredential = errors.New("web: not exactly one credential")
	// errNoKeys reports an API key where only a session will do.
	errNoKeys = errors.New("web: not for API keys")
	// errNoFactor reports a second factor of somebody who has set none up.
	errNoFactor = errors.New("web: no second factor is set up")
	// errCode reports a form without a recovery code.
	errCode = errors.New("web: no recovery code")
)

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: errCredential, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Send exactly one credential: email and password, an idToken, or a refreshToken.")},
		{Err: errNoKeys, Refusal: door.NewRefusal(http.StatusForbidden, "forbidden",
			"This cannot be done with an API key.")},
		{Err: errCode, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Enter your e-mail address, your password and one of the recovery codes.")},
		{Err: errNoFactor, Refusal: door.NewRefusal(http.StatusForbidden, "second_factor_required",
			"This workspace requires a second factor, and none is set up. Set one up on the sign-in page.")},
		{Err: errNoPassword, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid", "Enter your password.")},
		{Err: signin.ErrRecoveryCode, Refusal: door.NewRefusal(http.StatusUnauthorized, "recovery_code",
			"This is not a recovery code that is left. Each works once, and for admins only.")},
		{Err: federation.ErrFlow, Refusal: door.NewRefusal(http.StatusBadRequest, "sign_in_flow",
			"This sign-in did not begin in this browser, or it was answered already. Begin again.")},
		{Err: federation.ErrFlowOver, Refusal: door.NewRefusal(http.StatusBadRequest, "sign_in_over",
			"The sign-in took more than ten minutes. Begin again.")},
		{Err: federation.ErrNoProvider, Refusal: door.NewRefusal(http.StatusNotFound, "unknown_provider",
			"This workspace has no such provider to sign in with. Choose one on its sign-in page.")},
		{Err: federation.ErrProviderRefused, Refusal: door.NewRefusal(http.StatusForbidden, "provider_refused",
			"The provider did not sign you in. Begin again, or ask an admin of your workspace.")},
		{Err: federation.ErrProviderFault, Refusal: door.NewRefusal(http.StatusBadGateway, "provider_fault",
			"The provider's answer cannot be used. Ask an admin of your workspace: they can read what is wrong with it.")},
		{Err: federation.ErrProviderDown, Refusal: door.NewRefusal(http.StatusServiceUnavailable, "provider_down",
			"The provider could not be asked. Please try again in a moment.")},
		{Err: federation.ErrProviderToken, Refusal: door.NewRefusal(http.StatusUnauthorized, "provider_token",
			"What the provider says of you does not hold. Ask an admin of your workspace: they can read what is wrong with it.")},
		{Err: federation.ErrStranger, Refusal: door.NewRefusal(http.StatusForbidden, "not_known",
			"You are signed in at the provider, but this workspace does not know you. Its admins see that you came; ask one to let you in.")},
		{Err: federation.ErrNoAddress, Refusal: door.NewRefusal(http.StatusForbidden, "no_address",
			"The provider does not say a verified e-mail address of yours, so no account was made. Ask an admin of your workspace to add you.")},
		{Err: people.ErrAddressTaken, Refusal: door.NewRefusal(http.StatusConflict, "address_taken",
			"An account with this address exists. Sign in to it the other way, and connect the provider there.")},
		{Err: federation.ErrLoginTaken, Refusal: door.NewRefusal(http.StatusConflict, "login_taken",
			"Another account of this workspace is connected to who you are at the provider. Disconnect it there first.")},
		{Err: federation.ErrLastLogin, Refusal: door.NewRefusal(http.StatusConflict, "last_login",
			"This is your last way to sign in. Connect another one first.")},
		{Err: logins.ErrNotFound, Refusal: door.NotFound()},
		{Err: federation.ErrOther, Refusal: door.NewRefusal(http.StatusForbidden, "begun_by_another",
			"This was begun by somebody else than who is signed in now, or by somebody who may not. Sign in and begin again.")},
	}
}
