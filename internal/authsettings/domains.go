package authsettings

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// DomainKind is the kind of the job that looks at the records of a tenant's domains, once a day
// while it has any.
const DomainKind = "domain-check"

// checkEvery is how long after a look the next one is due.
const checkEvery = 24 * time.Hour

// DomainPurpose is what that job may touch of its tenant.
func DomainPurpose() vending.Purpose { return auditOnly() }

// AddDomain adds a domain that is not proven yet, with a challenge of its own. The zero ProviderID
// is none. Another tenant may add and prove the same domain. ErrExists, ErrTooMany, ErrNotFound for
// a provider that is not there, and those of Apply.
func (s *Service) AddDomain(ctx context.Context, g vending.Grant, version int64, name string, at authpolicy.ProviderID) (authpolicy.Domain, error) {
	switch seen, err := s.Read(ctx, g); {
	case err != nil:
		return authpolicy.Domain{}, err
	case seen.Version != version:
		return authpolicy.Domain{}, tenant.ErrStale
	}
	d, err := dnstxt.ParseDomain(name)
	if err != nil {
		return authpolicy.Domain{}, invalid("Write a domain of your own in lower-case letters, such as acme.example: " +
			"no address, no number, and no ending that many owners share, such as co.uk.")
	}
	if d.IsDevelopment() && !s.AllowDevelopment {
		return authpolicy.Domain{}, invalid("The domain bulkhead.test is for development, and nobody owns it. Use a domain of your own.")
	}
	if err := s.arm(ctx, g); err != nil {
		return authpolicy.Domain{}, err
	}
	made := authpolicy.Domain{Name: d.String(), Challenge: authpolicy.NewChallenge(), Provider: at}
	_, err = s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		if domainOf(p, made.Name) >= 0 {
			return note{}, ErrExists
		}
		if len(p.Domains) >= authpolicy.MaxDomains {
			return note{}, ErrTooMany
		}
		if _, there := p.Provider(at); !there && !at.IsZero() {
			return note{}, ErrNotFound
		}
		p.Domains = append(p.Domains, made)
		return note{"domain.add", made.Name, "", "not proven yet"}, nil
	})
	return made, err
}

// RemoveDomain forgets a domain and its challenge. ErrNotFound, and those of Apply.
func (s *Service) RemoveDomain(ctx context.Context, g vending.Grant, version int64, name string) error {
	_, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		i := domainOf(p, name)
		if i < 0 {
			return note{}, ErrNotFound
		}
		p.Domains = slices.Delete(p.Domains, i, i+1)
		return note{"domain.remove", name, "", ""}, nil
	})
	return err
}

// CheckDomain looks at a domain's record now, and returns the domain as it is then. ErrNoRecord if
// the record is not there: then a proven domain begins to fail. ErrDNS if nobody could say, and
// then nothing is changed. ErrNotFound, and those of Apply but tenant.ErrStale: a look is right
// whatever the version.
func (s *Service) CheckDomain(ctx context.Context, g vending.Grant, name string) (authpolicy.Domain, error) {
	d, err := s.Domain(ctx, g, name)
	if err != nil {
		return d, err
	}
	there, err := s.look(ctx, d)
	if err != nil {
		return d, err
	}
	p, err := s.change(ctx, g, authpolicies.AnyVersion, s.looked(map[string]look{d.Name: {d.Challenge, there}}))
	if err != nil {
		return d, err
	}
	if i := domainOf(p, name); i >= 0 {
		d = p.Domains[i]
	}
	if !there {
		return d, ErrNoRecord
	}
	return d, nil
}

// Domain returns a domain of the grant's tenant. ErrNotFound; the errors of Read.
func (s *Service) Domain(ctx context.Context, g vending.Grant, name string) (authpolicy.Domain, error) {
	p, err := s.Read(ctx, g)
	if err != nil {
		return authpolicy.Domain{}, err
	}
	i := domainOf(p, name)
	if i < 0 {
		return authpolicy.Domain{}, ErrNotFound
	}
	return p.Domains[i], nil
}

// CheckDomains does the job DomainKind. It intends the next day's look first, so that whatever
// fails today is looked at again. Where DNS cannot be asked, nothing is changed.
// tenant.ErrUnavailable.
func (s *Service) CheckDomains(ctx context.Context, g vending.Grant, _ []byte) error {
	p, err := s.Policies.Current(ctx, g.Tenant())
	if err != nil || len(p.Domains) == 0 {
		return err
	}
	if err := s.arm(ctx, g); err != nil {
		return err
	}
	seen := map[string]look{}
	for _, d := range p.Domains {
		there, err := s.look(ctx, d)
		if err != nil {
			s.Logger.InfoContext(ctx, "a domain's record could not be looked at", "tenant", g.Tenant().String(), "error", err)
			continue
		}
		seen[d.Name] = look{d.Challenge, there}
	}
	if len(seen) == 0 {
		return nil
	}
	return s.byJob(ctx, g, s.looked(seen))
}

// arm intends the look of a day from now: one a day, however often it is asked for.
func (s *Service) arm(ctx context.Context, g vending.Grant) error {
	due := s.Now().Add(checkEvery)
	if _, err := g.IntendAt(ctx, DomainKind, due.UTC().Format("2006-01-02"), due, nil); err != nil {
		return unavailable("intend", err)
	}
	return nil
}

// look is what DNS definitely said about a domain whose challenge was this one.
type look struct {
	challenge string
	there     bool
}

// look asks DNS whether the domain's record says its challenge. ErrDNS if nobody could say.
func (s *Service) look(ctx context.Context, d authpolicy.Domain) (there bool, err error) {
	records, err := s.Resolver.TXT(ctx, d.RecordName())
	switch {
	case errors.Is(err, dnstxt.ErrNoRecord):
		return false, nil
	case errors.Is(err, tenant.ErrUnavailable):
		return false, ErrDNS
	case err != nil:
		return false, err
	}
	return slices.Contains(records, d.Challenge), nil
}

// looked notes what was seen at those domains that still have the same challenge.
func (s *Service) looked(seen map[string]look) edit {
	return func(p *authpolicy.Policy) (note, error) {
		var n note
		now := s.Now()
		for i, d := range p.Domains {
			saw, ok := seen[d.Name]
			if !ok || saw.challenge != d.Challenge {
				continue
			}
			p.Domains[i] = d.Looked(saw.there, now)
			if before, after := stateOf(d), stateOf(p.Domains[i]); before != after {
				n.action, n.id = "domain.check", "domains"
				n.before += d.Name + ": " + before + ". "
				n.after += d.Name + ": " + after + ". "
			}
		}
		return n, nil
	}
}

// stateOf says in words how far a domain's proof has come.
func stateOf(d authpolicy.Domain) string {
	switch {
	case d.Proven.IsZero():
		return "not proven"
	case !d.Failing.IsZero():
		return "proven, and its record is gone"
	}
	return "proven"
}

func domainOf(p *authpolicy.Policy, name string) int {
	return slices.IndexFunc(p.Domains, func(d authpolicy.Domain) bool { return d.Name == name })
}
