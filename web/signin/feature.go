package signin

import (
	"context"
	"errors"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Identity exchanges credentials for tokens, and ends sessions.
type Identity interface {
	// SignInWithPassword signs a person of t in.
	SignInWithPassword(ctx context.Context, t tenant.Tenant, email, password string) (identity.Tokens, error)
	// Exchange takes an initial ID token of t's Identity Platform tenant.
	Exchange(ctx context.Context, t tenant.Tenant, initialIDToken string) (identity.Tokens, error)
	// Refresh takes a refresh token of a session in t.
	Refresh(ctx context.Context, t tenant.Tenant, refresh string) (identity.Tokens, error)
	// SignOut ends the session of p everywhere.
	SignOut(ctx context.Context, p tenancy.Principal) error
}

// Feature answers for signing in and out. It is read-only.
type Feature struct {
	identity Identity
	sessions door.Sessions
}

// New returns the feature.
func New(i Identity, s door.Sessions) Feature { return Feature{i, s} }

// Notices returns nothing: those of signing in are the door's.
func (f Feature) Notices() []door.Notice { return nil }

var (
	// errCredential reports a body that holds no credential, or several.
	errCredential = errors.New("web: not exactly one credential")
	// errNoKeys reports an API key where only a session will do.
	errNoKeys = errors.New("web: not for API keys")
)

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: errCredential, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
			"Send exactly one credential: email and password, an idToken, or a refreshToken.")},
		{Err: errNoKeys, Refusal: door.NewRefusal(http.StatusForbidden, "forbidden",
			"This cannot be done with an API key.")},
	}
}
