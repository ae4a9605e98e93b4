package settings

import (
	"context"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

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
func (f Feature) DomainAPI() api.Operation {
	return api.NewOperation("Read a domain, and the record that proves it", func(ctx context.Context, g vending.Grant, in *api.ID) (*domainOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		return &domainOutput{apiDomain(d, g.Now())}, err
	}).Described(api.Doc{
		Says:    "Whoever can write the record at the domain's DNS has proven it.",
		ID:      exampleName,
		Answers: exampleDomain(),
	})
}

type addDomainInput struct {
	api.Creating
	Based
	Body struct {
		Name     string `json:"name" maxLength:"253"`
		Provider string `json:"provider,omitempty" maxLength:"40" doc:"Where its people sign in. Absent: they choose."`
	}
}

// AddDomainAPI adds a domain, which decides nothing before it is proven.
func (f Feature) AddDomainAPI() api.Operation {
	return api.NewCreation("Add a domain, to be proven", f.addDomainAPI, func(*APIDomain) {}).Described(api.Doc{
		Says: "It decides nothing before it is proven. The answer says which record proves it.",
		Asks: `{"name":"` + exampleName + `"}`, Problems: own("already_there", "too_many"),
		Answers: exampleDomain(),
	})
}

func (f Feature) addDomainAPI(ctx context.Context, g vending.Grant, in *addDomainInput) (*api.Creation[APIDomain], error) {
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
	return &api.Creation[APIDomain]{Location: api.Address("domains", d.Name), Body: apiDomain(d, g.Now())}, nil
}

// CheckDomainAPI looks for a domain's record now.
func (f Feature) CheckDomainAPI() api.Operation {
	return api.NewOperation("Look for a domain's record now", func(ctx context.Context, g vending.Grant, in *api.ID) (*domainOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		if err == nil {
			d, err = f.settings.CheckDomain(ctx, g, d.Name)
		}
		return &domainOutput{apiDomain(d, g.Now())}, err
	}).Described(api.Doc{
		Says:  "A domain that is proven is looked at again every day.",
		Given: "the record is there", ID: exampleName, Problems: []string{"no_record", "dns_unavailable"},
		Answers: exampleProven(),
	})
}

// RemoveDomainAPI forgets a domain.
func (f Feature) RemoveDomainAPI() api.Operation {
	return api.NewOperation("Forget a domain", func(ctx context.Context, g vending.Grant, in *OnOne) (*authenticationOutput, error) {
		d, err := f.domainOf(ctx, g, in.ID)
		if err != nil {
			return nil, err
		}
		return f.changed(ctx, g, in.Based, func(version int64) error { return f.settings.RemoveDomain(ctx, g, version, d.Name) })
	}).Described(api.Doc{
		Says: "Its addresses do not lead people here any more.",
		ID:   exampleName, Problems: own(),
		Answers: exampleSettings(nil),
	})
}
