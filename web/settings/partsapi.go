package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// What the settings consist of, one by one, over the API. Each change says in If-Match which
// settings it is based on, and those that have no answer of their own are answered with the
// settings as they are then.

// OnOne is the input of a change of one of them.
type OnOne struct {
	ID string `path:"id"`
	Based
}

func providerID(s string) (authpolicy.ProviderID, error) {
	return door.ParseID(s, authpolicy.ParseProviderID, "a provider")
}

type providerOutput struct{ Body APIProvider }

// ProviderAPI reads a provider.
func (f Feature) ProviderAPI() api.Operation {
	return api.NewOperation("Read a provider", func(ctx context.Context, g vending.Grant, in *api.ID) (*providerOutput, error) {
		id, err := providerID(in.ID)
		if err != nil {
			return nil, err
		}
		o, err := f.settings.Provider(ctx, g, id)
		return &providerOutput{apiProvider(o)}, err
	}).Described(api.Doc{
		Says:    "Its client secret is shown to nobody.",
		ID:      exampleProviderID,
		Answers: exampleProvider(),
	})
}

type addProviderInput struct {
	api.Creating
	Based
	Body struct {
		Issuer       string `json:"issuer" maxLength:"2048" doc:"Exactly as the provider shows it."`
		Name         string `json:"name" maxLength:"80" doc:"As people see it on the sign-in page."`
		ClientID     string `json:"clientId" maxLength:"256"`
		ClientSecret string `json:"clientSecret" maxLength:"2048" doc:"It is kept sealed, and never shown."`
	}
}

// AddProviderAPI adds a provider, at which nobody can sign in yet.
func (f Feature) AddProviderAPI() api.Operation {
	return api.NewCreation("Add an OpenID provider, as a draft", f.addProviderAPI, func(*APIProvider) {}).Described(api.Doc{
		Says:     "Its discovery document is read at once. Nobody can sign in at it before an admin has tested it, in a browser, and enabled it.",
		Asks:     `{"issuer":"https://id.example.com","name":"Acme ID","clientId":"bulkhead","clientSecret":"a-client-secret"}`,
		Problems: own("bad_address", "already_there", "too_many"),
		Answers:  exampleProvider(),
	})
}

func (f Feature) addProviderAPI(ctx context.Context, g vending.Grant, in *addProviderInput) (*api.Creation[APIProvider], error) {
	version, err := f.version(ctx, g, in.Based)
	if err != nil {
		return nil, err
	}
	o, err := f.settings.AddProvider(ctx, g, version, authsettings.NewProvider{
		Issuer: in.Body.Issuer, Name: in.Body.Name, ClientID: in.Body.ClientID, Secret: in.Body.ClientSecret,
	})
	if err != nil {
		return nil, err
	}
	return &api.Creation[APIProvider]{Location: api.Address("providers", o.ID.String()), Body: apiProvider(o)}, nil
}

type updateProviderInput struct {
	OnOne
	Body struct {
		Name         string            `json:"name" maxLength:"80"`
		ClientID     string            `json:"clientId" maxLength:"256"`
		ClientSecret string            `json:"clientSecret,omitempty" maxLength:"2048" doc:"Absent: it stays."`
		First        string            `json:"first" enum:"refuse,viewer" doc:"What becomes of somebody unknown."`
		GroupsClaim  string            `json:"groupsClaim,omitempty" maxLength:"80" doc:"Absent: roles come from the record alone."`
		Groups       map[string]string `json:"groups,omitempty" doc:"The role that a group gives."`
	}
}

// UpdateProviderAPI changes a provider.
func (f Feature) UpdateProviderAPI() api.Operation {
	return api.NewOperation("Change a provider", f.updateProviderAPI).Described(api.Doc{
		Says: "The issuer stays: another issuer is another provider.",
		ID:   exampleProviderID, Asks: `{"name":"Acme sign-in","clientId":"bulkhead","first":"viewer","groupsClaim":"groups","groups":{"crew":"editor"}}`,
		Problems: own("own_session"),
		Answers: exampleSettings(func(a *Authentication) {
			o := exampleProvider()
			o.Name, o.First = "Acme sign-in", "viewer"
			o.GroupsClaim, o.Groups = "groups", map[string]string{"crew": "editor"}
			a.Providers = []APIProvider{o}
		}),
	})
}

func (f Feature) updateProviderAPI(ctx context.Context, g vending.Grant, in *updateProviderInput) (*authenticationOutput, error) {
	groups, err := rolesOf(in.Body.Groups)
	if err != nil {
		return nil, err
	}
	return f.onProvider(ctx, g, in.OnOne, func(id authpolicy.ProviderID, version int64) error {
		return f.settings.UpdateProvider(ctx, g, version, id, authsettings.ProviderChange{
			Name: in.Body.Name, ClientID: in.Body.ClientID, Secret: in.Body.ClientSecret, First: authpolicy.First(in.Body.First),
			GroupsClaim: in.Body.GroupsClaim, Groups: groups,
		})
	})
}

// rolesOf parses a mapping to roles. errMapping.
func rolesOf(names map[string]string) (map[string]tenant.Role, error) {
	roles := map[string]tenant.Role{}
	for name, role := range names {
		r, err := tenant.ParseRole(role)
		if err != nil || strings.TrimSpace(name) == "" {
			return nil, errMapping
		}
		roles[name] = r
	}
	return roles, nil
}

// onProvider makes a change of one provider. Another tenant's is none.
func (f Feature) onProvider(ctx context.Context, g vending.Grant, in OnOne,
	change func(id authpolicy.ProviderID, version int64) error,
) (*authenticationOutput, error) {
	id, err := providerID(in.ID)
	if err == nil {
		_, err = f.settings.Provider(ctx, g, id)
	}
	if err != nil {
		return nil, err
	}
	return f.changed(ctx, g, in.Based, func(version int64) error { return change(id, version) })
}

// providerVerb is an operation that does to one provider what do does.
func (f Feature) providerVerb(says string,
	do func(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error,
) api.Operation {
	return api.NewOperation(says, func(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
		return f.onProvider(ctx, g, *in, func(id authpolicy.ProviderID, version int64) error { return do(ctx, g, version, id) })
	})
}

// RereadProviderAPI reads a provider's discovery again.
func (f Feature) RereadProviderAPI() api.Operation {
	return f.providerVerb("Read a provider's discovery again", f.rereadProvider).Described(api.Doc{
		Says: "Addresses and keys of the provider are those of its discovery document as it is now.",
		ID:   exampleProviderID, Problems: own("bad_address"),
		Answers: exampleWith("draft"),
	})
}

func (f Feature) rereadProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.RereadProvider(ctx, g, version, id)
}

// EnableProviderAPI lets people sign in at a provider that was tested.
func (f Feature) EnableProviderAPI() api.Operation {
	return f.providerVerb("Let people sign in at a provider that was tested", f.enableProvider).Described(api.Doc{
		Says:  "It stands on the sign-in page then.",
		Given: "the provider was tested", ID: exampleProviderID, Problems: own("not_tested"),
		Answers: exampleWith("enabled"),
	})
}

func (f Feature) enableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.EnableProvider(ctx, g, version, id)
}

// DisableProviderAPI lets nobody sign in at a provider any more.
func (f Feature) DisableProviderAPI() api.Operation {
	return f.providerVerb("Let nobody sign in at a provider any more", f.disableProvider).Described(api.Doc{
		Says:  "Sessions that began there end within five seconds.",
		Given: "the provider is enabled", ID: exampleProviderID, Problems: own("lockout", "own_session", "provider_required"),
		Answers: exampleWith("tested"),
	})
}

func (f Feature) disableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.DisableProvider(ctx, g, version, id)
}

// RemoveProviderAPI forgets a provider.
func (f Feature) RemoveProviderAPI() api.Operation {
	return f.providerVerb("Forget a provider", f.removeProvider).Described(api.Doc{
		Says: "People who have connected it cannot sign in with it any more.",
		ID:   exampleProviderID, Problems: own("lockout", "own_session", "provider_required"),
		Answers: exampleSettings(nil),
	})
}

func (f Feature) removeProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.RemoveProvider(ctx, g, version, id)
}

type issuerOutput struct{ Body APIIssuer }

// IssuerAPI reads an issuer.
func (f Feature) IssuerAPI() api.Operation {
	return api.NewOperation("Read an issuer of access tokens", func(ctx context.Context, g vending.Grant, in *api.ID) (*issuerOutput, error) {
		i, err := f.issuerOf(ctx, g, in.ID)
		return &issuerOutput{apiIssuer(i)}, err
	}).Described(api.Doc{
		Says:    "It says whose tokens are accepted, and for whom they stand.",
		ID:      exampleIssuerID,
		Answers: exampleIssuer(),
	})
}

// issuerOf returns the issuer of that identifier. Another tenant's is none.
func (f Feature) issuerOf(ctx context.Context, g vending.Grant, s string) (authpolicy.Issuer, error) {
	id, err := door.ParseID(s, parseIssuerID, "an issuer")
	if err != nil {
		return authpolicy.Issuer{}, err
	}
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return authpolicy.Issuer{}, err
	}
	i := slices.IndexFunc(p.Issuers, func(i authpolicy.Issuer) bool { return issuerID(i.Issuer) == id })
	if i < 0 {
		return authpolicy.Issuer{}, authsettings.ErrNotFound
	}
	return p.Issuers[i], nil
}

type addIssuerInput struct {
	api.Creating
	Based
	Body struct {
		Name     string            `json:"name" maxLength:"80"`
		Issuer   string            `json:"issuer" maxLength:"2048" doc:"Exactly as its tokens have it in iss."`
		JWKS     string            `json:"jwks,omitempty" maxLength:"2048" doc:"Where its keys are. Absent: as its own document says."`
		Audience string            `json:"audience" maxLength:"2048"`
		Clients  []string          `json:"clients,omitempty" maxItems:"50"`
		For      string            `json:"for" enum:"programs,people" doc:"Whom its tokens stand for."`
		Scopes   map[string]string `json:"scopes,omitempty" doc:"The role that a scope gives a program: viewer or editor."`
	}
}

// AddIssuerAPI adds an issuer of access tokens.
func (f Feature) AddIssuerAPI() api.Operation {
	return api.NewCreation("Accept access tokens of an issuer", f.addIssuerAPI, func(*APIIssuer) {}).Described(api.Doc{
		Says:     "The tokens of an issuer stand for programs or for people, and never for both.",
		Asks:     `{"name":"Builds","issuer":"https://id.example.com","audience":"bulkhead","clients":["ci"],"for":"programs","scopes":{"files":"viewer"}}`,
		Problems: own("bad_address", "already_there", "too_many"),
		Answers:  exampleIssuer(),
	})
}

func (f Feature) addIssuerAPI(ctx context.Context, g vending.Grant, in *addIssuerInput) (*api.Creation[APIIssuer], error) {
	scopes, err := rolesOf(in.Body.Scopes)
	if err != nil {
		return nil, err
	}
	version, err := f.version(ctx, g, in.Based)
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = f.settings.AddIssuer(ctx, g, version, authsettings.NewIssuer{
		Name: b.Name, Issuer: b.Issuer, JWKS: b.JWKS, Audience: b.Audience, Clients: b.Clients, Scopes: scopes, People: b.For == forPeople,
	})
	if err != nil {
		return nil, err
	}
	made, err := f.issuerOf(ctx, g, issuerID(b.Issuer))
	if err != nil {
		return nil, err
	}
	return &api.Creation[APIIssuer]{Location: api.Address("issuers", issuerID(b.Issuer)), Body: apiIssuer(made)}, nil
}

// RemoveIssuerAPI accepts no more tokens of an issuer.
func (f Feature) RemoveIssuerAPI() api.Operation {
	return api.NewOperation("Accept no more tokens of an issuer", f.removeIssuerAPI).Described(api.Doc{
		Says: "Within five seconds its tokens open nothing any more.",
		ID:   exampleIssuerID, Problems: own(),
		Answers: exampleSettings(nil),
	})
}

func (f Feature) removeIssuerAPI(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
	i, err := f.issuerOf(ctx, g, in.ID)
	if err != nil {
		return nil, err
	}
	return f.changed(ctx, g, in.Based, func(version int64) error { return f.settings.RemoveIssuer(ctx, g, version, issuerID(i.Issuer)) })
}

type enforceOutput struct {
	Body struct {
		RecoveryCodes []string `json:"recoveryCodes" format:"secret" maxItems:"10" doc:"Each lets an admin in once, with a password. They are not shown again."`
	}
}

// EnforceAPI requires the provider, on trial.
func (f Feature) EnforceAPI() api.Operation {
	return api.NewOperation("Require the provider, on trial for an hour", func(ctx context.Context, g vending.Grant, in *Based) (*enforceOutput, error) {
		version, err := f.version(ctx, g, *in)
		if err != nil {
			return nil, err
		}
		out := new(enforceOutput)
		out.Body.RecoveryCodes, err = f.settings.Stage(ctx, g, version)
		return out, err
	}).Described(api.Doc{
		Says:  "If no admin confirms it by a sign-in at the provider within the hour, it goes back by itself. The answer holds the recovery codes, this once.",
		Given: "a provider is enabled, and the caller has proven a second factor", Problems: own("no_provider", "already_required", "own_session"),
		Answers: exampleCodes(),
	})
}

// LiftAPI requires no provider any more.
func (f Feature) LiftAPI() api.Operation {
	return api.NewOperation("Require no provider any more", func(ctx context.Context, g vending.Grant, in *Based) (*authenticationOutput, error) {
		return f.changed(ctx, g, *in, func(version int64) error { return f.settings.Lift(ctx, g, version) })
	}).Described(api.Doc{
		Says:  "People can use passwords again, and the recovery codes are void.",
		Given: "a provider is required", Problems: own(),
		Answers: exampleWith("enabled"),
	})
}
