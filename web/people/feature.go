package people

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Changes changes people.
type Changes interface {
	// ChangeRole gives the person the role, as the caller of g, who is an admin.
	ChangeRole(ctx context.Context, g vending.Grant, id tenant.UserID, role tenant.Role) (users.User, error)
	// ChangeRoleIf is ChangeRole for a person who was last changed at this time: tenant.ErrStale.
	ChangeRoleIf(ctx context.Context, g vending.Grant, id tenant.UserID, role tenant.Role, updated time.Time) (users.User, error)
	// SetDisabledIf stops the person from signing in, or lets them again, under the same
	// conditions. The zero time is any.
	SetDisabledIf(ctx context.Context, g vending.Grant, id tenant.UserID, disabled bool, updated time.Time) (users.User, error)
}

// Factors are the second factors of people.
type Factors interface {
	// ResetFactors takes another's second factors away and ends their sessions.
	ResetFactors(ctx context.Context, g vending.Grant, id tenant.UserID) error
}

// Feature answers for a workspace's people. It is read-only.
type Feature struct {
	changes Changes
	factors Factors
}

// New returns the feature.
func New(changes Changes, factors Factors) Feature { return Feature{changes, factors} }

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "people", Label: "People", Icon: "people"} }

const (
	roleChanged  = "role-changed"
	roleKept     = "role-kept"
	factorsReset = "factors-reset"
	disabled     = "person-disabled"
	enabled      = "person-enabled"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: roleChanged, Text: "The role is changed."},
		{Code: factorsReset, Text: "The second factors are gone, and the sessions of the person have ended."},
		{Code: disabled, Text: "The person is disabled: signed out everywhere within seconds, and told by a letter."},
		{Code: enabled, Text: "The person is enabled, and can sign in again."},
		{Code: roleKept, Text: "That was the role already. Nothing has changed."},
	}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: users.ErrNotFound, Refusal: door.NotFound()},
		{Err: users.ErrForbidden, Refusal: door.Forbidden()},
		{Err: users.ErrLastAdmin, Refusal: door.NewRefusal(http.StatusConflict, "last_admin",
			"A workspace needs at least one active admin. Make somebody else an admin first.")},
		{Err: users.ErrExists, Refusal: door.NewRefusal(http.StatusConflict, "exists",
			"This person is in the workspace already.")},
		{Err: users.ErrInvalid, Refusal: door.Invalid()},
		{Err: errOneOfTwo, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Send a role or a status: one of the two, in each request.")},
	}
}

// errOneOfTwo reports a change of a person that names neither a role nor a status, or both.
var errOneOfTwo = errors.New("people: a role or a status")

// address is where the workspace's people stand.
func address(slug tenant.Slug) string { return door.Address(slug, "people") }

// parse returns the person that an address names.
func parse(s string) (tenant.UserID, error) {
	return door.ParseID(s, tenant.ParseUserID, "a person")
}
