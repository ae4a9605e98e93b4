package keys

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// APIKey is an API key as the API shows one: everything but the key itself.
type APIKey struct {
	ID        string     `json:"id" format:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role" enum:"viewer,editor" doc:"The least role that has the scopes."`
	Scopes    []string   `json:"scopes" doc:"What the key may do."`
	State     string     `json:"state" enum:"live,expired,revoked"`
	Created   time.Time  `json:"created"`
	CreatedBy string     `json:"createdBy" doc:"The address of who made it."`
	Expires   *time.Time `json:"expires,omitempty" doc:"Absent: it does not end by itself."`
	EndsSoon  bool       `json:"endsSoon" doc:"It is live, and ends within seven days."`
	Revoked   *time.Time `json:"revoked,omitempty"`

	ReplacedBy  string `json:"replacedBy,omitempty" format:"id" doc:"The key that took its place when it was rolled."`
	LastUsed    string `json:"lastUsed,omitempty" format:"date" doc:"The day of its last use, in UTC. Absent: it was not used."`
	LastAddress string `json:"lastAddress,omitempty" doc:"From where it was used then."`
}

func newAPIKey(k apikeys.Key, now time.Time) APIKey {
	a := APIKey{
		ID: k.ID.String(), Name: k.Name, Role: k.Role.String(), Scopes: k.Scopes.Names(), State: keyState(k, now),
		Created: k.Created, CreatedBy: k.CreatorEmail, Expires: unlessZero(k.Expires), EndsSoon: keyOf(k, now).soon(),
		Revoked: unlessZero(k.Revoked), ReplacedBy: k.Successor.String(), LastAddress: k.LastUse.Address,
	}
	if !k.LastUse.At.IsZero() {
		a.LastUsed = k.LastUse.At.UTC().Format(time.DateOnly)
	}
	return a
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// keyState is what has become of a key, in a word.
func keyState(k apikeys.Key, now time.Time) string {
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
		Next string   `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// ListAPI lists the keys.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("List the API keys of the tenant, newest first", f.listAPI).Described(api.Doc{
		Says: "Keys that were revoked or have expired are listed, too. The keys themselves are shown to nobody.", Query: "limit=1",
		Answers: `{"keys":[{` + exampleKey + `}],"next":"MDAwMDE3NzI0NDM4MDA.t1G58P3z"}`,
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *api.Part) (*keysOutput, error) {
	all, err := f.keys.List(ctx, g)
	if err != nil {
		return nil, err
	}
	out := new(keysOutput)
	keys, next, err := api.Newest(g, "keys", *in, all, func(k apikeys.Key) (time.Time, string) { return k.Created, k.ID.String() })
	if err != nil {
		return nil, err
	}
	out.Body.Next = next
	out.Body.Keys = []APIKey{}
	for _, k := range keys {
		out.Body.Keys = append(out.Body.Keys, newAPIKey(k, g.Now()))
	}
	return out, nil
}

type keyOutput struct{ Body APIKey }

// ReadAPI reads about a key.
func (f Feature) ReadAPI() api.Operation {
	return api.NewOperation("Read about an API key", f.readAPI).Described(api.Doc{
		Says:    "It says everything but the key itself.",
		ID:      exampleID,
		Answers: `{` + exampleKey + `}`,
	})
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, in *api.ID) (*keyOutput, error) {
	k, err := f.find(ctx, g, in.ID)
	if err != nil {
		return nil, err
	}
	return &keyOutput{newAPIKey(k, g.Now())}, nil
}

type createKeyInput struct {
	api.Creating
	Body struct {
		Name   string   `json:"name" minLength:"1" maxLength:"80" doc:"What the key is for, to tell it from others."`
		Scopes []string `json:"scopes,omitempty" minItems:"1" enum:"files:read,files:write,intake:write,people:read" doc:"What the key may do, service by service. Absent: all that the role may."`
		Role   string   `json:"role,omitempty" enum:"viewer,editor" doc:"Instead of scopes: all that keys of this role can have. No key administers a tenant."`

		ExpiresInDays int  `json:"expiresInDays,omitempty" minimum:"1" maximum:"365" doc:"When the key ends. Either this or neverExpires is required."`
		NeverExpires  bool `json:"neverExpires,omitempty" doc:"The key does not end by itself."`
	}
}

// createdKey is a key as it is answered to who makes it.
type createdKey struct {
	APIKey
	Key  string `json:"key,omitempty" format:"secret" doc:"The key itself, to be sent as a bearer token. It is not shown again."`
	Note string `json:"note,omitempty" doc:"What a repeat leaves out."`
}

// public leaves the key itself out.
func (c *createdKey) public() {
	c.Key, c.Note = "", "The key was made by an earlier request. It is shown only once."
}

func newCreation(k apikeys.Key, secret tenancy.SecretKey, now time.Time) *api.Creation[createdKey] {
	return &api.Creation[createdKey]{
		Location: api.Address("keys", k.ID.String()), Body: createdKey{APIKey: newAPIKey(k, now), Key: secret.Reveal()},
	}
}

// CreateAPI makes a key.
func (f Feature) CreateAPI() api.Operation {
	return api.NewCreation("Make an API key", f.createAPI, (*createdKey).public).Described(api.Doc{
		Says: "The answer holds the key itself, this once. Keep it as a secret.",
		Asks: `{"name":"nightly upload","scopes":["files:write"],"expiresInDays":90}`, Problems: []string{"already_made", "too_many_api_keys"},
		Answers: `{` + exampleKey + exampleSecret,
	})
}

func (f Feature) createAPI(ctx context.Context, g vending.Grant, in *createKeyInput) (*api.Creation[createdKey], error) {
	n, err := in.key()
	if err != nil {
		return nil, err
	}
	key, secret, err := f.create(ctx, g, n)
	if err != nil {
		return nil, err
	}
	return newCreation(key, secret, g.Now()), nil
}

// key is the key that the body asks for. errForm, errNoScope, errNoEnd.
func (in *createKeyInput) key() (n apikeys.NewKey, err error) {
	b := in.Body
	n = apikeys.NewKey{Name: b.Name, Days: b.ExpiresInDays, Once: in.Once}
	switch {
	case len(b.Scopes) == 0 && b.Role == "":
		return n, errNoScope
	case len(b.Scopes) > 0 && b.Role != "":
		return n, fmt.Errorf("%w: a role and scopes", errForm)
	case (b.ExpiresInDays > 0) == b.NeverExpires:
		return n, errNoEnd
	case b.Role != "":
		n.Role, err = tenant.ParseRole(b.Role)
	default:
		n.Scopes, err = tenant.ParseScopes(b.Scopes)
	}
	if err != nil {
		return n, fmt.Errorf("%w: %w", errForm, err)
	}
	return n, nil
}

// RevokeAPI revokes a key.
func (f Feature) RevokeAPI() api.Operation {
	return api.NewOperation("Revoke an API key", f.revokeAPI).Described(api.Doc{
		Says: "Within five seconds nobody gets in with it any more. To revoke it twice is no mistake.",
		ID:   exampleID,
	})
}

func (f Feature) revokeAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, f.keys.Revoke(ctx, g, id)
}

// EndAPI ends the key that the request is sent with.
func (f Feature) EndAPI() api.Operation {
	return api.NewOperation("End the API key that the request is sent with", f.endAPI).Described(api.Doc{
		Says: "Whoever finds a key can end it, and needs nothing else. Within five seconds nobody gets in with it any more, and it does not come back.",
	})
}

func (f Feature) endAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*struct{}, error) {
	return nil, f.keys.End(ctx, g)
}
