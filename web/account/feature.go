package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Account is what people may do about their own accounts.
type Account interface {
	// AskReset and Reset are for whoever has forgotten their password.
	AskReset(ctx context.Context, t tenant.Tenant, email string) error
	Reset(ctx context.Context, t tenant.Tenant, code, password string) error
	// ConfirmAddress takes the code that was mailed to a new address.
	ConfirmAddress(ctx context.Context, t tenant.Tenant, code string) error

	// ChangePassword, AskAddress and EraseOwn change the account of the grant's person.
	ChangePassword(ctx context.Context, g vending.Grant, present, password string) (sessioncookie.Tokens, error)
	AskAddress(ctx context.Context, g vending.Grant, present, email string) error
	EraseOwn(ctx context.Context, g vending.Grant, present string) error
}

// Methods knows the ways to sign in that people have.
type Methods interface {
	// Methods says how the grant's person signs in.
	Methods(ctx context.Context, g vending.Grant) (federation.Methods, error)
}

// Feature answers for people's own accounts. It is read-only.
type Feature struct {
	account  Account
	methods  Methods
	sessions door.Sessions
}

// New returns the feature.
func New(a Account, m Methods, s door.Sessions) Feature { return Feature{a, m, s} }

// errPresent reports another password than the caller's present one. It is no end of their session.
var errPresent = errors.New("web: not the present password")

// ofPassword is err, or errPresent if it is about the caller's present password.
func ofPassword(err error) error {
	if errors.Is(err, identityplatform.ErrBadCredentials) {
		return fmt.Errorf("%w: %v", errPresent, err)
	}
	return err
}

// section is the page's place, which is not in the navigation: the account menu leads to it.
func section() view.Section { return view.Section{Name: "account", Label: "Your account"} }

// What the feature says after a form.
const (
	passwordSet     = "password-set"
	passwordChanged = "password-changed"
	addressAsked    = "address-asked"
	addressChanged  = "address-changed"
	erased          = "account-erased"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: passwordSet, Text: "Your password is set, and every session has ended. Sign in with it."},
		{Code: passwordChanged, Text: "Your password is changed. Your other sessions have ended."},
		{Code: addressAsked, Text: "A letter is on its way to the new address. Nothing changes before you confirm it there."},
		{Code: addressChanged, Text: "Your address is changed, and every session has ended. Sign in with the new one."},
		{Code: erased, Text: "Your account is erased."},
	}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: identityplatform.ErrCode, Refusal: door.NewRefusal(http.StatusBadRequest, "code",
			"This code was used, or is too old. Ask for a new one.")},
		{Err: identityplatform.ErrPassword, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "weak_password",
			"Choose a password of at least eight characters that is not easily guessed.")},
		{Err: errPresent, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "wrong_password",
			"Your current password is not right.")},
		{Err: account.ErrNoPassword, Refusal: door.NewRefusal(http.StatusConflict, "no_password",
			"You sign in without a password, at a provider.")},
		{Err: people.ErrAddressTaken, Refusal: door.NewRefusal(http.StatusConflict, "address_taken",
			"An account with this address exists. Sign in to it the other way, and connect the provider there.")},
		{Err: users.ErrLastAdmin, Refusal: door.NewRefusal(http.StatusConflict, "last_admin",
			"A workspace needs at least one active admin. Make somebody else an admin first.")},
		{Err: users.ErrInvalid, Refusal: door.Invalid()},
	}
}
