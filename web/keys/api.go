package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// APIKey is an API key as the API shows one: everything but the key itself.
type APIKey struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role" enum:"viewer,editor"`
	State     string     `json:"state" enum:"live,expired,revoked"`
	Created   time.Time  `json:"created"`
	CreatedBy string     `json:"createdBy" doc:"The address of who made it."`
	Expires   *time.Time `json:"expires,omitempty" doc:"Absent: it does not end by itself."`
	Revoked   *time.Time `json:"revoked,omitempty"`
}

func newAPIKey(k identity.APIKey, now time.Time) APIKey {
	return APIKey{
		ID: k.ID.String(), Name: k.Name, Role: k.Role.String(), State: keyState(k, now),
		Created: k.Created, CreatedBy: k.CreatorEmail, Expires: unlessZero(k.Expires), Revoked: unlessZero(k.Revoked),
	}
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// keyState is what has become of a key, in a word.
func keyState(k identity.APIKey, now time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case k.Expired(now):
		return "expired"
	}
	return "live"
}

type keysOutput struct {
	Body struct {
		Keys []APIKey `json:"keys"`
	}
}

// ListAPI lists the keys.
func (f Feature) ListAPI() door.Operation {
	return door.NewOperation("List the API keys of the tenant, newest first", f.listAPI)
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*keysOutput, error) {
	keys, err := f.keys.APIKeys(ctx, g)
	if err != nil {
		return nil, err
	}
	out := new(keysOutput)
	out.Body.Keys = []APIKey{}
	for _, k := range keys {
		out.Body.Keys = append(out.Body.Keys, newAPIKey(k, g.Now()))
	}
	return out, nil
}

type createKeyInput struct {
	Once string `header:"Idempotency-Key" maxLength:"255" doc:"A word for this attempt: a repeat of it makes no second key, and is answered with already_made."`
	Body struct {
		Name          string `json:"name" minLength:"1" maxLength:"80" doc:"What the key is for, to tell it from others."`
		Role          string `json:"role" enum:"viewer,editor" doc:"What the key may do. No key administers a tenant."`
		ExpiresInDays int    `json:"expiresInDays,omitempty" minimum:"1" maximum:"365" doc:"Absent: it does not end by itself."`
	}
}

type createKeyOutput struct {
	Body struct {
		APIKey
		Key string `json:"key" doc:"The key itself, to be sent as a bearer token. It is not shown again."`
	}
}

// CreateAPI makes a key.
func (f Feature) CreateAPI() door.Operation {
	return door.NewOperation("Make an API key", f.createAPI)
}

func (f Feature) createAPI(ctx context.Context, g vending.Grant, in *createKeyInput) (*createKeyOutput, error) {
	role, err := tenant.ParseRole(in.Body.Role)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForm, err)
	}
	key, secret, err := f.create(ctx, g, identity.NewAPIKey{Name: in.Body.Name, Role: role, Days: in.Body.ExpiresInDays, Once: in.Once})
	if err != nil {
		return nil, err
	}
	out := new(createKeyOutput)
	out.Body.APIKey, out.Body.Key = newAPIKey(key, g.Now()), secret.Reveal()
	return out, nil
}

// RevokeAPI revokes a key.
func (f Feature) RevokeAPI() door.Operation {
	return door.NewOperation("Revoke an API key", f.revokeAPI)
}

func (f Feature) revokeAPI(ctx context.Context, g vending.Grant, in *door.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, f.keys.RevokeAPIKey(ctx, g, id)
}
