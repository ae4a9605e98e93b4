package mfa

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// MyFactors is what somebody has set up, for that person.
type MyFactors struct {
	App       *secondfactor.App // without its secret
	Passkeys  []secondfactor.Passkey
	Recovery  int // codes that are left
	Required  bool
	From      time.Time // when sessions without one end; zero unless Required
	Unproven  bool      // nothing can be changed in this session: see ErrUnproven
	Available bool      // there can be passkeys at this address
}

// ownAt returns where the second factors of the grant's person are, and a grant that reaches them.
func (s *Service) ownAt(ctx context.Context, g vending.Grant) (secondfactor.Place, vending.Grant, error) {
	p, err := s.authenticator.OwnFactors(ctx, g.Principal())
	if err != nil {
		return secondfactor.Place{}, vending.Grant{}, err
	}
	return s.factorsAt(ctx, p, g.Principal().Email())
}

// OwnFactors returns what the grant's person has set up. They have a session.
// identityplatform.ErrUnavailable.
func (s *Service) OwnFactors(ctx context.Context, g vending.Grant) (MyFactors, error) {
	at, _, err := s.ownAt(ctx, g)
	if err != nil {
		return MyFactors{}, err
	}
	f, err := s.store.Read(ctx, at)
	if err != nil {
		return MyFactors{}, unavailable("second factors", err)
	}
	policy, err := s.policies.Get(ctx, g.Tenant())
	if err != nil {
		return MyFactors{}, unavailable("authentication policy", err)
	}
	mine := MyFactors{
		Passkeys: f.Passkeys, Recovery: len(f.Recovery), Required: policy.SecondFactor.IsRequired(), From: policy.SecondFactor.From(),
		Unproven: unproven(g, &f) != nil, Available: s.party.Available(),
	}
	if f.App != nil {
		mine.App = &secondfactor.App{Added: f.App.Added}
	}
	return mine, nil
}

// unproven returns ErrUnproven if the person has a second factor, and the session has proven none:
// whoever has taken such a session over adds no factor of their own.
func unproven(g vending.Grant, f *secondfactor.Factors) error {
	if f.IsSetUp() && g.Principal().Factor().IsZero() {
		return ErrUnproven
	}
	return nil
}

// about names the session of the grant, to which a step on one's own page is bound.
func about(g vending.Grant) string { return fmt.Sprint("session ", g.Principal().SignedIn().Unix()) }

// BeginApp returns what to set an app up with. ErrUnproven, secondfactor.ErrSetUp,
// identityplatform.ErrUnavailable.
func (s *Service) BeginApp(ctx context.Context, g vending.Grant) (AppSetUp, error) {
	at, f, err := s.mayChange(ctx, g)
	if err == nil && f.App != nil {
		err = secondfactor.ErrSetUp
	}
	if err != nil {
		return AppSetUp{}, err
	}
	made, err := s.appSetUp(at.Owner, about(g))
	if err != nil {
		return AppSetUp{}, err
	}
	return *made, nil
}

// BeginPasskey returns the challenge to set a passkey up with. ErrUnproven,
// secondfactor.ErrTooMany, secondfactor.ErrNotSetUp at an address where there are none,
// identityplatform.ErrUnavailable.
func (s *Service) BeginPasskey(ctx context.Context, g vending.Grant) (Challenge, error) {
	at, f, err := s.mayChange(ctx, g)
	if err != nil {
		return Challenge{}, err
	}
	if len(f.Passkeys) >= secondfactor.MaxPasskeys {
		return Challenge{}, secondfactor.ErrTooMany
	}
	made, err := s.passkeySetUp(at.Owner, &f, about(g))
	if made == nil {
		return Challenge{}, errors.Join(secondfactor.ErrNotSetUp, err)
	}
	return *made, err
}

func (s *Service) mayChange(ctx context.Context, g vending.Grant) (at secondfactor.Place, f secondfactor.Factors, err error) {
	if at, _, err = s.ownAt(ctx, g); err != nil {
		return at, f, err
	}
	if f, err = s.store.Read(ctx, at); err != nil {
		return at, f, unavailable("second factors", err)
	}
	return at, f, unproven(g, &f)
}

// MayChange returns ErrUnproven if the grant's person has a second factor, and their session has
// proven none. Whoever holds such a session, which began before the factor was set up, takes
// nothing away and changes nothing. identityplatform.ErrUnavailable.
func (s *Service) MayChange(ctx context.Context, g vending.Grant) error {
	if s.store == nil {
		return nil
	}
	_, _, err := s.mayChange(ctx, g)
	return err
}

// AddFactor sets up the app or the passkey that the answer brings, with the state of BeginApp or
// BeginPasskey. Recovery codes are returned if there were none: they are shown this once.
// ErrUnproven, ErrPending, those of package secondfactor, identityplatform.ErrUnavailable.
func (s *Service) AddFactor(ctx context.Context, g vending.Grant, a FactorAnswer) (codes []string, err error) {
	_, codes, err = s.addFactor(ctx, g, a)
	return codes, err
}

// AddPasskey is AddFactor for a passkey, and returns it. secondfactor.ErrPasskey for an answer that
// is none.
func (s *Service) AddPasskey(ctx context.Context, g vending.Grant, a FactorAnswer) (made secondfactor.Passkey, codes []string, err error) {
	if len(a.Passkey) == 0 {
		return made, nil, secondfactor.ErrPasskey
	}
	all, codes, err := s.addFactor(ctx, g, a)
	if err != nil {
		return made, nil, err
	}
	return all[len(all)-1], codes, nil
}

// addFactor is AddFactor, and returns the passkeys that there are now, the latest last.
func (s *Service) addFactor(ctx context.Context, g vending.Grant, a FactorAnswer) (all []secondfactor.Passkey, codes []string, err error) {
	owner := secondfactor.Owner{Tenant: g.Tenant(), User: g.Principal().User(), Label: g.Principal().Email()}
	_, action, do, err := s.adding(owner, about(g), a)
	if err != nil {
		return nil, nil, err
	}
	err = s.changeOwn(ctx, g, action, func(f *secondfactor.Factors, e *audit.Entry) (err error) {
		e.After = a.Name
		codes, err = do(f)
		all = f.Passkeys
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return all, codes, nil
}

// RemoveApp takes the app of the grant's person away. secondfactor.ErrNotSetUp, ErrLastFactor,
// ErrUnproven, identityplatform.ErrUnavailable.
func (s *Service) RemoveApp(ctx context.Context, g vending.Grant) error {
	return s.changeOwn(ctx, g, "user.app.remove", func(f *secondfactor.Factors, _ *audit.Entry) error { return f.RemoveApp() })
}

// RemovePasskey takes a passkey of theirs away. Errors are those of RemoveApp.
func (s *Service) RemovePasskey(ctx context.Context, g vending.Grant, id string) error {
	return s.changeOwn(ctx, g, "user.passkey.remove", func(f *secondfactor.Factors, e *audit.Entry) (err error) {
		e.Before, err = f.RemovePasskey(id)
		return err
	})
}

// NewRecoveryCodes makes recovery codes in the place of theirs. secondfactor.ErrNotSetUp,
// ErrUnproven, identityplatform.ErrUnavailable.
func (s *Service) NewRecoveryCodes(ctx context.Context, g vending.Grant) (codes []string, err error) {
	err = s.changeOwn(ctx, g, "user.recovery-codes", func(f *secondfactor.Factors, _ *audit.Entry) (err error) {
		codes, err = f.NewCodes()
		return err
	})
	return codes, err
}

// changeOwn changes the second factors of the grant's person, with an entry of the audit.
func (s *Service) changeOwn(ctx context.Context, g vending.Grant, action string, do func(*secondfactor.Factors, *audit.Entry) error) error {
	at, reach, err := s.ownAt(ctx, g)
	if err != nil {
		return err
	}
	policy, err := s.policies.Get(ctx, g.Tenant())
	if err != nil {
		return unavailable("authentication policy", err)
	}
	err = audit.Of(reach).Change(ctx, userEntry(action, at.Owner), func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		return s.store.Edit(tx, at, func(f *secondfactor.Factors) error {
			if err := unproven(g, f); err != nil {
				return err
			}
			if err := do(f, e); err != nil {
				return err
			}
			if policy.SecondFactor.IsRequired() && !f.IsSetUp() {
				return ErrLastFactor
			}
			return nil
		})
	})
	if err != nil {
		return unavailable("change second factors", err)
	}
	return nil
}

// ResetFactors takes all second factors of another person away and ends their sessions, as an admin
// decides: the person has lost them. Nobody sees what was there. users.ErrForbidden,
// users.ErrNotFound, users.ErrInvalid for oneself, identityplatform.ErrUnavailable. The person is
// told by letter.
func (s *Service) ResetFactors(ctx context.Context, g vending.Grant, id tenant.UserID) error {
	by := g.Principal()
	switch me, err := s.people.Record(ctx, by); {
	case by.Method().IsProgram():
		return users.ErrForbidden
	case err != nil:
		return err
	case me.Role != tenant.Admin || !by.May(tenant.PeopleManage):
		return users.ErrForbidden
	case id == me.ID:
		return fmt.Errorf("%w: one's own second factors", users.ErrInvalid)
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	if err != nil {
		return unavailable("read a record", err)
	}
	errand, err := s.authenticator.ResetFactors(ctx, by, id)
	if err != nil {
		return err
	}
	at, reach, err := s.factorsAt(ctx, errand, "")
	if err != nil {
		return err
	}
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	err = audit.Of(reach).Change(ctx, userEntry(string(people.FactorsReset), at.Owner),
		func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error { return tx.Delete(at.Doc) })
	if err != nil {
		return unavailable("reset second factors", err)
	}
	if err := s.people.EndSessions(ctx, g, id); err != nil {
		return err
	}
	if err := people.PostChange(ctx, reach, people.FactorsReset, u.ID); err != nil {
		s.log.WarnContext(ctx, "a reset of second factors is not told", "tenant", g.Tenant().String(), "user", u.ID.String(), "error", err)
	}
	return nil
}
