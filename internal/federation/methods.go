package federation

import (
	"context"
	"errors"
	"slices"

	"cloud.google.com/go/firestore"
	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Methods are the ways to sign in that a person has.
type Methods struct {
	Password  bool // there is one, and the tenant accepts it of this person
	Logins    []Method
	Available []signin.Choice // providers that they may connect
}

// Method is a login of theirs, and whether it may be taken away.
type Method struct {
	logins.Login
	Name string // of the provider; empty if it is gone
	Open bool   // the provider is one to sign in at
	Last bool   // it is the last way in
}

// connect connects the person who began the flow to who the visitor is. A second time changes
// nothing.
func (s *Service) connect(ctx context.Context, v visitor) error {
	g, err := s.machine.Vend(ctx, v.principal)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	who, all := v.principal.User(), logins.NewRepository(g)
	entry := audit.Entry{Action: "user.connect", Kind: "user", ID: who.String(), After: v.provider.ID.AtGoogle()}
	err = audit.Of(g).Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		have, err := all.GetIn(tx, v.principal.Login())
		switch {
		case err == nil && have.User == who:
			return audit.ErrUnchanged
		case err == nil:
			return failure(StepPerson, ErrLoginTaken, "Another person of this workspace has connected this identity.", nil)
		case !errors.Is(err, logins.ErrNotFound):
			return err
		}
		return all.Create(tx, v.login(who, s.now()), s.now())
	})
	if errors.Is(err, ErrLoginTaken) {
		return err
	}
	if err != nil {
		return people.Unavailable("connect", err)
	}
	s.copyLink(ctx, v, users.User{ID: who})
	return nil
}

// Methods returns the ways to sign in that the grant's person has. identityplatform.ErrUnavailable.
func (s *Service) Methods(ctx context.Context, g vending.Grant) (Methods, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return Methods{}, err
	}
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return Methods{}, people.Unavailable("authentication policy", err)
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return Methods{}, err
	}
	p := g.Principal()
	account, err := dir.GetUser(ctx, p.User().String())
	if err != nil {
		return Methods{}, people.Unavailable("find account", err)
	}
	all, err := logins.NewRepository(g).Of(ctx, p.User())
	if err != nil {
		return Methods{}, err
	}
	now := s.now()
	m := Methods{Password: identityplatform.HasPassword(account) && policy.Admits(authpolicy.WithPassword(), p.Role(), now, now) == nil}
	ways := 0
	if m.Password {
		ways++
	}
	for _, login := range all {
		o, ok := openAt(policy, login)
		m.Logins = append(m.Logins, Method{Login: login, Name: o.Name, Open: ok})
		if ok {
			ways++
		}
	}
	for i := range m.Logins {
		m.Logins[i].Last = m.Logins[i].Open && ways == 1
	}
	if policy.Accepts().Has(authpolicy.Provider) {
		for _, o := range policy.Open() {
			if !slices.ContainsFunc(all, func(l logins.Login) bool { return l.Issuer == o.Issuer }) {
				m.Available = append(m.Available, signin.Choice{ID: o.ID, Name: o.Name})
			}
		}
	}
	return m, nil
}

// openAt returns the provider at which the login serves to sign in: one of its issuer, open or not.
// ok is false if none is open.
func openAt(policy *authpolicy.Policy, login logins.Login) (o authpolicy.OIDC, ok bool) {
	for _, o := range policy.Open() {
		if o.Issuer == login.Issuer {
			return o, policy.Accepts().Has(authpolicy.Provider)
		}
	}
	o, _ = policy.Provider(login.Provider)
	return o, false
}

// Disconnect takes a way to sign in away from the grant's person. logins.ErrNotFound if it is none
// of theirs, ErrLastLogin if it is the last, mfa.ErrUnproven, identityplatform.ErrUnavailable.
func (s *Service) Disconnect(ctx context.Context, g vending.Grant, key string) error {
	m, err := s.Methods(ctx, g)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(m.Logins, func(l Method) bool { return l.Key == key })
	switch {
	case i < 0:
		return logins.ErrNotFound
	case m.Logins[i].Last:
		return ErrLastLogin
	}
	if err := s.factors.MayChange(ctx, g); err != nil {
		return err
	}
	gone := m.Logins[i].Login
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	p, err := s.authenticator.Disconnect(ctx, g.Principal(), key)
	if err != nil {
		return people.Unavailable("disconnect", err)
	}
	narrow, err := s.machine.Vend(ctx, p)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	at := logins.NewRepository(narrow)
	entry := audit.Entry{Action: "user.disconnect", Kind: "user", ID: p.User().String(), Before: gone.Provider.AtGoogle()}
	err = audit.Of(narrow).Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		have, err := at.GetIn(tx, key)
		switch {
		case errors.Is(err, logins.ErrNotFound):
			return audit.ErrUnchanged
		case err != nil:
			return err
		case have.User != p.User():
			return logins.ErrNotFound
		}
		return at.Delete(tx, key)
	})
	switch {
	case errors.Is(err, logins.ErrNotFound):
		return err
	case err != nil:
		return people.Unavailable("disconnect", err)
	}
	s.unlink(ctx, g, gone)
	return nil
}

// unlink takes the link away from the account at Identity Platform. Google's copy decides nothing,
// and whoever connects the identity next takes the link over: a failure is logged.
func (s *Service) unlink(ctx context.Context, g vending.Grant, gone logins.Login) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err == nil {
		var dir *firebaseauth.TenantClient
		if dir, err = s.google.Directory(t); err == nil {
			_, err = dir.UpdateUser(ctx, gone.User.String(),
				new(firebaseauth.UserToUpdate).ProvidersToDelete([]string{gone.Provider.AtGoogle()}))
		}
	}
	if err != nil {
		s.log.WarnContext(ctx, "an account is still linked to a provider",
			"tenant", g.Tenant().String(), "user", gone.User.String(), "error", err)
	}
}
