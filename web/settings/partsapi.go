package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
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
func (f Feature) ProviderAPI() door.Operation {
	return door.NewOperation("Read a provider", func(ctx context.Context, g vending.Grant, in *door.ID) (*providerOutput, error) {
		id, err := providerID(in.ID)
		if err != nil {
			return nil, err
		}
		o, err := f.settings.Provider(ctx, g, id)
		return &providerOutput{apiProvider(o)}, err
	})
}

type addProviderInput struct {
	door.Creating
	Based
	Body struct {
		Issuer       string `json:"issuer" maxLength:"2048" doc:"Exactly as the provider shows it."`
		Name         string `json:"name" maxLength:"80" doc:"As people see it on the sign-in page."`
		ClientID     string `json:"clientId" maxLength:"256"`
		ClientSecret string `json:"clientSecret" maxLength:"2048" doc:"It is kept sealed, and never shown."`
	}
}

// AddProviderAPI adds a provider, at which nobody can sign in yet.
func (f Feature) AddProviderAPI() door.Operation {
	return door.NewCreation("Add an OpenID provider, as a draft", f.addProviderAPI, func(*APIProvider) {})
}

func (f Feature) addProviderAPI(ctx context.Context, g vending.Grant, in *addProviderInput) (*door.Creation[APIProvider], error) {
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
	return &door.Creation[APIProvider]{Location: door.APIAddress("providers", o.ID.String()), Body: apiProvider(o)}, nil
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
func (f Feature) UpdateProviderAPI() door.Operation {
	return door.NewOperation("Change a provider", f.updateProviderAPI)
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
) door.Operation {
	return door.NewOperation(says, func(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
		return f.onProvider(ctx, g, *in, func(id authpolicy.ProviderID, version int64) error { return do(ctx, g, version, id) })
	})
}

// RereadProviderAPI reads a provider's discovery again.
func (f Feature) RereadProviderAPI() door.Operation {
	return f.providerVerb("Read a provider's discovery again", f.rereadProvider)
}

func (f Feature) rereadProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.RereadProvider(ctx, g, version, id)
}

// EnableProviderAPI lets people sign in at a provider that was tested.
func (f Feature) EnableProviderAPI() door.Operation {
	return f.providerVerb("Let people sign in at a provider that was tested", f.enableProvider)
}

func (f Feature) enableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.EnableProvider(ctx, g, version, id)
}

// DisableProviderAPI lets nobody sign in at a provider any more.
func (f Feature) DisableProviderAPI() door.Operation {
	return f.providerVerb("Let nobody sign in at a provider any more", f.disableProvider)
}

func (f Feature) disableProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.DisableProvider(ctx, g, version, id)
}

// RemoveProviderAPI forgets a provider.
func (f Feature) RemoveProviderAPI() door.Operation {
	return f.providerVerb("Forget a provider", f.removeProvider)
}

func (f Feature) removeProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	return f.settings.RemoveProvider(ctx, g, version, id)
}

type issuerOutput struct{ Body APIIssuer }

// IssuerAPI reads an issuer.
func (f Feature) IssuerAPI() door.Operation {
	return door.NewOperation("Read an issuer of access tokens", func(ctx context.Context, g vending.Grant, in *door.ID) (*issuerOutput, error) {
		i, err := f.issuerOf(ctx, g, in.ID)
		return &issuerOutput{apiIssuer(i)}, err
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
	door.Creating
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
func (f Feature) AddIssuerAPI() door.Operation {
	return door.NewCreation("Accept access tokens of an issuer", f.addIssuerAPI, func(*APIIssuer) {})
}

func (f Feature) addIssuerAPI(ctx context.Context, g vending.Grant, in *addIssuerInput) (*door.Creation[APIIssuer], error) {
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
	return &door.Creation[APIIssuer]{Location: door.APIAddress("issuers", issuerID(b.Issuer)), Body: apiIssuer(made)}, nil
}

// RemoveIssuerAPI accepts no more tokens of an issuer.
func (f Feature) RemoveIssuerAPI() door.Operation {
	return door.NewOperation("Accept no more tokens of an issuer", f.removeIssuerAPI)
}

func (f Feature) removeIssuerAPI(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
	i, err := f.issuerOf(ctx, g, in.ID)
	if err != nil {
		return nil, err
	}
	return f.changed(ctx, g, in.Based, func(version int64) error { return f.settings.RemoveIssuer(ctx, g, version, issuerID(i.Issuer)) })
}

type domainOutput struct{ Body APIDomain }

// domainOf returns the domain of that name. Another tenant's is none.
func (f Feature) domainOf(ctx context.Context, g vending.Grant, s string) (authpolicy.Domain, error) {
	name, err := door.ParseID(s, parseDomain, "a domain")
	if err != nil {
		return authpolicy.Domain{}, err
	}
	return f.settings.Domain(ctx, g, name)
}

// DomainAPI reads a domain, and the record that proves it.
func (f Feature) DomainAPI() door.Operation {
	return door.NewOperation("Read a domain, and the record that proves it", func(ctx context.Context, g vending.Grant, in *door.ID) (*domainOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		return &domainOutput{apiDomain(d, g.Now())}, err
	})
}

type addDomainInput struct {
	door.Creating
	Based
	Body struct {
		Name     string `json:"name" maxLength:"253"`
		Provider string `json:"provider,omitempty" maxLength:"40" doc:"Where its people sign in. Absent: they choose."`
	}
}

// AddDomainAPI adds a domain, which decides nothing before it is proven.
func (f Feature) AddDomainAPI() door.Operation {
	return door.NewCreation("Add a domain, to be proven", f.addDomainAPI, func(*APIDomain) {})
}

func (f Feature) addDomainAPI(ctx context.Context, g vending.Grant, in *addDomainInput) (*door.Creation[APIDomain], error) {
	var at authpolicy.ProviderID
	if in.Body.Provider != "" {
		var err error
		if at, err = providerID(in.Body.Provider); err != nil {
			return nil, err
		}
	}
	version, err := f.version(ctx, g, in.Based)
	if err != nil {
		return nil, err
	}
	d, err := f.settings.AddDomain(ctx, g, version, strings.ToLower(strings.TrimSpace(in.Body.Name)), at)
	if err != nil {
		return nil, err
	}
	return &door.Creation[APIDomain]{Location: door.APIAddress("domains", d.Name), Body: apiDomain(d, g.Now())}, nil
}

// CheckDomainAPI looks for a domain's record now.
func (f Feature) CheckDomainAPI() door.Operation {
	return door.NewOperation("Look for a domain's record now", func(ctx context.Context, g vending.Grant, in *door.ID) (*domainOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		if err == nil {
			d, err = f.settings.CheckDomain(ctx, g, d.Name)
		}
		return &domainOutput{apiDomain(d, g.Now())}, err
	})
}

// RemoveDomainAPI forgets a domain.
func (f Feature) RemoveDomainAPI() door.Operation {
	return door.NewOperation("Forget a domain", func(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		if err != nil {
			return nil, err
		}
		return f.changed(ctx, g, in.Based, func(version int64) error { return f.settings.RemoveDomain(ctx, g, version, d.Name) })
	})
}

type enforceOutput struct {
	Body struct {
		RecoveryCodes []string `json:"recoveryCodes" doc:"Each lets an admin in once, with a password. They are not shown again."`
	}
}

// EnforceAPI requires the provider, on trial.
func (f Feature) EnforceAPI() door.Operation {
	return door.NewOperation("Require the provider, on trial for an hour", func(ctx context.Context, g vending.Grant, in *Based) (*enforceOutput, error) {
		version, err := f.version(ctx, g, *in)
		if err != nil {
			return nil, err
		}
		out := new(enforceOutput)
		out.Body.RecoveryCodes, err = f.settings.Stage(ctx, g, version)
		return out, err
	})
}

// LiftAPI requires no provider any more.
func (f Feature) LiftAPI() door.Operation {
	return door.NewOperation("Require no provider any more", func(ctx context.Context, g vending.Grant, in *Based) (*authenticationOutput, error) {
		return f.changed(ctx, g, *in, func(version int64) error { return f.settings.Lift(ctx, g, version) })
	})
}
