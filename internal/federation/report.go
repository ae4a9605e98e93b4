package federation

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// Report is what a test sign-in showed: the claims that came, and what they would do.
type Report struct {
	Claims  []Claim
	Person  string      // address of the person who would be signed in; empty: nobody is known
	Made    bool        // somebody new would be made
	Role    tenant.Role // that the person would have; zero: nobody would get in
	Groups  []string    // that the mapping looks at
	Mapped  bool        // the role comes from the groups
	Version int64       // of the settings, now that the test is noted
	Why     string      // why nobody would get in; empty: somebody would
}

// Claim is one claim of an ID token, as text.
type Claim struct{ Name, Value string }

const (
	maxClaims     = 40
	maxClaimShown = 300 // bytes
)

// report says what the visitor's sign-in would do, and notes that the provider was tested: a draft
// is a tested provider from then on. by is the admin.
func (s *Service) report(ctx context.Context, v visitor, by tenancy.Principal) (Report, error) {
	g, err := s.machine.Vend(ctx, v.principal)
	if err != nil {
		return Report{}, people.Unavailable("vend", err)
	}
	r := Report{Claims: v.shown(), Groups: groupsOf(v.claims, v.provider.GroupsClaim)}
	records := users.NewRepository(g)
	login, err := logins.NewRepository(g).Get(ctx, v.principal.Login())
	switch {
	case err == nil:
		u, err := records.Get(ctx, login.User)
		switch {
		case errors.Is(err, users.ErrNotFound):
			r.Why = "The person whose identity this is has been removed."
		case err != nil:
			return Report{}, people.Unavailable("read a record", err)
		case u.Status != users.Active:
			r.Person, r.Why = u.Email, "The person is disabled."
		default:
			r.Person, r.Role = u.Email, u.Role
		}
	case errors.Is(err, logins.ErrNotFound):
		if r.Why, err = s.unwelcome(ctx, v, records); err != nil {
			return Report{}, err
		}
		if r.Why == "" {
			r.Made, r.Role = true, tenant.Viewer
		}
	default:
		return Report{}, err
	}
	if role, ok := v.provider.RoleOf(r.Groups); ok && r.Role != 0 {
		r.Role, r.Mapped = role, true
	}
	if err := s.tested(ctx, v, by); err != nil {
		return Report{}, err
	}
	policy, err := s.policies.Get(ctx, v.tenant.ID)
	if err != nil {
		return Report{}, people.Unavailable("authentication policy", err)
	}
	r.Version = policy.Version
	return r, nil
}

// unwelcome says why somebody unknown would not get in; "" if they would.
func (s *Service) unwelcome(ctx context.Context, v visitor, records *users.Repository) (string, error) {
	switch {
	case v.provider.First != authpolicy.MakeViewer:
		return "Nobody in this workspace has connected this identity, and the provider's setting is to refuse who is unknown.", nil
	case v.claims.Email == "" || !v.claims.EmailVerified:
		return "The provider says no verified e-mail address of this person.", nil
	}
	taken, err := records.HasAddress(ctx, strings.ToLower(v.claims.Email))
	if err != nil {
		return "", people.Unavailable("look for an address", err)
	}
	if taken {
		return addressTaken, nil
	}
	return "", nil
}

// tested notes that an admin has signed in at the provider, unless it is noted already.
func (s *Service) tested(ctx context.Context, v visitor, by tenancy.Principal) error {
	if v.provider.State != authpolicy.Draft {
		return nil
	}
	g, err := s.machine.Vend(ctx, by)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	entry := audit.Entry{Action: "provider.test", Kind: "provider", ID: v.provider.ID.String(), After: string(authpolicy.Tested)}
	if err := audit.Of(g).Append(ctx, "provider-test-"+rand.Text(), entry); err != nil {
		return people.Unavailable("audit a test", err)
	}
	err = s.policies.Amend(ctx, v.tenant.ID, func(p *authpolicy.Policy) bool {
		for i, o := range p.Providers {
			// What was tested is what is noted: another issuer or client would be another provider.
			if o.ID == v.provider.ID && o.State == authpolicy.Draft && o.Issuer == v.provider.Issuer && o.ClientID == v.provider.ClientID {
				p.Providers[i].State = authpolicy.Tested
				return true
			}
		}
		return false
	})
	if err != nil {
		return people.Unavailable("note a test", err)
	}
	return nil
}

// shown are the claims as an admin sees them, in the order of their names.
func (v visitor) shown() []Claim {
	c := v.claims
	all := []Claim{{"iss", c.Issuer}, {"sub", c.Subject}}
	if c.Email != "" {
		verified := "no"
		if c.EmailVerified {
			verified = "yes"
		}
		all = append(all, Claim{"email", c.Email}, Claim{"email_verified", verified})
	}
	if c.Name != "" {
		all = append(all, Claim{"name", c.Name})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Others)) {
		if len(all) == maxClaims {
			break
		}
		all = append(all, Claim{name, string(c.Others[name])})
	}
	for i := range all {
		if len(all[i].Value) > maxClaimShown {
			all[i].Value = strings.ToValidUTF8(all[i].Value[:maxClaimShown], "") + "…"
		}
	}
	return all
}
