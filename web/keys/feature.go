package keys

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Keys makes and revokes the API keys of the tenant of a Grant, as its caller, who is an admin.
type Keys interface {
	// List returns all keys, newest first.
	List(ctx context.Context, g vending.Grant) ([]apikeys.Key, error)
	// Create makes a key. tenant.ErrInvalid if it cannot be made so, tenant.ErrAPIKeyExists
	// if the attempt has made one already.
	Create(ctx context.Context, g vending.Grant, n apikeys.NewKey) (apikeys.Key, tenancy.SecretKey, error)
	// Roll makes a key in another's place, which goes on for the overlap.
	// tenant.ErrAPIKeyRolled, tenant.ErrAPIKeyEnded.
	Roll(ctx context.Context, g vending.Grant, id tenant.KeyID, overlap time.Duration) (apikeys.Key, tenancy.SecretKey, error)
	// Revoke revokes a key.
	Revoke(ctx context.Context, g vending.Grant, id tenant.KeyID) error
	// End ends the key that the caller is.
	End(ctx context.Context, g vending.Grant) error
}

// Feature answers for a workspace's API keys. It is read-only.
type Feature struct{ keys Keys }

// New returns the feature.
func New(keys Keys) Feature { return Feature{keys} }

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "keys", Label: "API keys", Icon: "keys"} }

const revoked = "key-revoked"

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{{Code: revoked, Text: "The key is revoked. Within five seconds nobody gets in with it."}}
}

// errForm reports a key that cannot be made as the form or the body says.
var errForm = errors.New("web: API key cannot be made so")

var (
	// errNoName reports a key without a name.
	errNoName = errors.New("web: API key without a name")
	// errNoScope reports a key that could do nothing.
	errNoScope = errors.New("web: API key without a scope")
	// errNoEnd reports a key of which nobody has said when it ends.
	errNoEnd = errors.New("web: API key without a choice of its end")
	// errOverlap reports an overlap that there is not.
	errOverlap = errors.New("web: unknown overlap of API keys")
)

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: errForm, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"A key has a name of at most 80 characters, either scopes or the role viewer or editor, and a life of at most 365 days.")},
		{Err: errNoName, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid", "Give the key a name.")},
		{Err: errNoScope, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Choose what the key may do: at least one thing.")},
		{Err: errNoEnd, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Choose when the key ends: after 1 to 365 days, or never.")},
		{Err: errOverlap, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Choose when the old key ends: now, after an hour, after a day or after seven days.")},
		{Err: tenant.ErrAPIKeyRolled, Refusal: door.NewRefusal(http.StatusConflict, "already_rolled",
			"This key was rolled already. Roll the key that took its place.")},
		{Err: tenant.ErrAPIKeyEnded, Refusal: door.NewRefusal(http.StatusConflict, "key_ended",
			"This key has ended, so no other can take its place. Make a new key.")},
		{Err: tenant.ErrNoAPIKey, Refusal: door.NotFound()},
		{Err: tenant.ErrAPIKeyExists, Refusal: door.NewRefusal(http.StatusConflict, "already_made",
			"This key was made already, and its secret is shown only once. "+
				"Revoke the key if nobody has copied it, then send this again to make another.")},
		{Err: tenant.ErrTooManyAPIKeys, Refusal: door.NewRefusal(http.StatusConflict, "too_many_api_keys",
			"This workspace has as many API keys as it may. Revoke one that is not used any more.")},
	}
}

// address is where the workspace's keys stand.
func address(slug tenant.Slug) string { return door.Address(slug, "keys") }

// parse returns the key that an address names.
func parse(s string) (tenant.KeyID, error) {
	return door.ParseID(s, tenant.ParseKeyID, "an API key")
}
