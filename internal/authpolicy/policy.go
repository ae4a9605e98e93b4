package authpolicy

import (
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// How many of each a tenant may have.
const (
	MaxProviders = 8
	MaxIssuers   = 8
	MaxDomains   = 32
)

// Policy is all authentication settings of one tenant. The zero Policy is that of a tenant whose
// admin has set nothing: the platform's minimum, with no provider, issuer or domain.
type Policy struct {
	// Version counts the changes, from 1; 0: nothing was ever set. A change names the version that
	// it is based on.
	Version int64
	Changed time.Time

	Refused     Set // credentials that the tenant does not accept
	Providers   []OIDC
	Issuers     []Issuer
	Domains     []Domain
	Enforcement Enforcement
	Sessions    SessionLimits // as the tenant has set them: SessionLimits says what is in force

	SecondFactor SecondFactor
}

// Accepts is what the tenant accepts of what the platform does. A password counts as accepted while
// it is for some: see Enforcement.
func (p *Policy) Accepts() Set { return Minimum().Meet(^p.Refused) }

// Provider returns the provider of the id that people may sign in at. ok is false if there is none.
func (p *Policy) Provider(id ProviderID) (_ OIDC, ok bool) {
	for _, o := range p.Providers {
		if o.ID == id {
			return o, true
		}
	}
	return OIDC{}, false
}

// Open returns the providers that people may sign in at now.
func (p *Policy) Open() []OIDC {
	var open []OIDC
	for _, o := range p.Providers {
		if o.State == Enabled {
			open = append(open, o)
		}
	}
	return open
}

// IssuerOf returns the issuer that an access token names in iss. ok is false if there is none. At
// most one has it: see Validate.
func (p *Policy) IssuerOf(iss string) (_ Issuer, ok bool) {
	for _, i := range p.Issuers {
		if i.Issuer == iss {
			return i, true
		}
	}
	return Issuer{}, false
}

// Vouches reports whether an issuer of the tenant's vouches for people, or else for programs.
func (p *Policy) Vouches(forPeople bool) bool {
	return slices.ContainsFunc(p.Issuers, func(i Issuer) bool { return i.People == forPeople })
}

// Validate reports whether p may be stored: ErrInvalid names the first fault.
func (p *Policy) Validate() error {
	if p.Version < 0 || p.Refused&^Minimum() != 0 {
		return tenant.Invalid("authentication policy")
	}
	if len(p.Providers) > MaxProviders || len(p.Issuers) > MaxIssuers || len(p.Domains) > MaxDomains {
		return tenant.Invalid("too many providers, issuers or domains")
	}
	if err := eachOnce(p.Providers, func(o OIDC) string { return o.ID.String() }, OIDC.Validate); err != nil {
		return err
	}
	if err := eachOnce(p.Issuers, func(i Issuer) string { return i.Issuer }, Issuer.Validate); err != nil {
		return err
	}
	if err := eachOnce(p.Domains, func(d Domain) string { return d.Name }, Domain.Validate); err != nil {
		return err
	}
	if err := p.Enforcement.Validate(); err != nil {
		return err
	}
	if err := p.SecondFactor.Validate(); err != nil {
		return err
	}
	if p.Sessions.Idle < 0 || p.Sessions.Absolute < 0 {
		return tenant.Invalid("limits of sessions")
	}
	// Nobody may be locked out by what a setting says.
	if p.Accepts().Meet(signIns) == 0 {
		return tenant.Invalid("no way to sign in is left")
	}
	passwords := p.Accepts().Has(Password) && p.Enforcement.State != Enforced
	if !passwords && len(p.Open()) == 0 {
		return tenant.Invalid("no way to sign in is left: there is no provider that people may sign in at")
	}
	return nil
}

// eachOnce validates each value, and returns ErrInvalid if two are called the same.
func eachOnce[T any](all []T, name func(T) string, validate func(T) error) error {
	seen := map[string]bool{}
	for _, v := range all {
		if seen[name(v)] {
			return tenant.Invalid("two of one name")
		}
		seen[name(v)] = true
		if err := validate(v); err != nil {
			return err
		}
	}
	return nil
}

// Clone returns a copy that shares nothing with p.
func (p *Policy) Clone() Policy {
	c := *p
	c.Providers = cloneEach(p.Providers, OIDC.clone)
	c.Issuers = cloneEach(p.Issuers, Issuer.clone)
	c.Domains = cloneEach(p.Domains, Domain.clone)
	c.Enforcement = p.Enforcement.clone()
	return c
}

func cloneEach[T any](all []T, clone func(T) T) []T {
	if all == nil {
		return nil
	}
	out := make([]T, len(all))
	for i, v := range all {
		out[i] = clone(v)
	}
	return out
}
