package mfa

import (
	"context"
	"crypto/rand"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// FactorLife is how long after the first factor the second one is taken.
const FactorLife = 10 * time.Minute

// FactorNeeded is the error of a sign-in whose first factor is right and which needs a second one.
// It wraps authpolicy.ErrSecondFactor.
type FactorNeeded struct {
	Kept  string // what the browser is to keep, for FactorLife
	IsSet bool   // false: the person has none, and sets one up before going on
}

func (*FactorNeeded) Error() string { return authpolicy.ErrSecondFactor.Error() }
func (*FactorNeeded) Unwrap() error { return authpolicy.ErrSecondFactor }

// FactorAnswer is a second factor as it came: one of Code, Recovery and Passkey. To set one up,
// State is that of the question as well.
type FactorAnswer struct {
	Code     string
	Recovery string
	Passkey  []byte // the browser's answer, in JSON
	State    string // of the question, with a passkey and to set an app up
	Name     string // of a passkey to be set up
}

// pending is what the browser keeps between the two factors.
type pending struct {
	ID      string `json:"i"`
	User    string `json:"u"`
	Email   string `json:"e"`
	Way     string `json:"w,omitempty"` // of a tenant's person
	Refresh string `json:"r,omitempty"` // of an operator's tokens
	IsSet   bool   `json:"s"`
	Created int64  `json:"c"`
}

// pendingPurpose seals it for a tenant; the zero ID is the operators.
func pendingPurpose(id tenant.ID) []byte { return []byte("bulkhead first factor\x00" + id.String()) }

func (s *Service) sealPending(id tenant.ID, p pending) (*FactorNeeded, error) {
	p.ID, p.Created = rand.Text(), s.now().Unix()
	kept, err := s.keys.SealJSON(pendingPurpose(id), p)
	if err != nil {
		return nil, err
	}
	return &FactorNeeded{kept, p.IsSet}, nil
}

// openPending returns what was kept after a first factor of the tenant's. ErrPending.
func (s *Service) openPending(id tenant.ID, kept string) (p pending, user tenant.UserID, err error) {
	if s.keys == nil || s.keys.OpenJSON(pendingPurpose(id), kept, &p) != nil {
		return p, user, ErrPending
	}
	began := time.Unix(p.Created, 0)
	if now := s.now(); now.Sub(began) >= FactorLife || began.After(now.Add(time.Minute)) {
		return p, user, ErrPending
	}
	if user, err = tenant.ParseUserID(p.User); err != nil {
		return p, user, ErrPending
	}
	return p, user, nil
}

// factorsAt returns where the second factors are that an errand is about.
func (s *Service) factorsAt(ctx context.Context, p tenancy.Principal, label string) (secondfactor.Place, vending.Grant, error) {
	if s.store == nil {
		return secondfactor.Place{}, vending.Grant{}, errClosed
	}
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return secondfactor.Place{}, g, unavailable("vend", err)
	}
	db := g.Database()
	return secondfactor.Place{
		Owner: secondfactor.Owner{Tenant: p.Tenant(), User: p.Whose(), Label: label},
		Doc:   db.Collection(location.Factors).Doc(p.Whose().String()),
		Transact: func(ctx context.Context, f func(context.Context, *firestore.Transaction) error) error {
			return db.RunTransaction(ctx, f)
		},
	}, g, nil
}

// readFactors returns the second factors of a person who has proven a first one.
func (s *Service) readFactors(ctx context.Context, t tenant.Tenant, user tenant.UserID) (secondfactor.Factors, error) {
	p, err := s.authenticator.Factors(ctx, tenant.SelectID(t.ID), user)
	if err != nil {
		return secondfactor.Factors{}, err
	}
	at, _, err := s.factorsAt(ctx, p, "")
	if err != nil {
		return secondfactor.Factors{}, err
	}
	f, err := s.store.Read(ctx, at)
	if err != nil {
		return f, unavailable("second factors", err)
	}
	return f, nil
}

// Ask returns nil if u may begin a session of t with a first factor alone, which was right in this
// way, and a *FactorNeeded if not. identityplatform.ErrUnavailable.
func (s *Service) Ask(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way, policy *authpolicy.Policy) error {
	f, err := s.readFactors(ctx, t, u.ID)
	if err != nil {
		return err
	}
	if !f.IsSetUp() && (!policy.SecondFactor.IsRequired() || policy.SecondFactor.InGrace(s.now())) {
		return nil
	}
	need, err := s.sealPending(t.ID, pending{User: u.ID.String(), Email: u.Email, Way: way.String(), IsSet: f.IsSetUp()})
	if err != nil {
		return err
	}
	return need
}

// MayGoOn returns authpolicy.ErrSecondFactor for a session of t that has proven no second factor
// although its person had set one up when it began. identityplatform.ErrUnavailable.
func (s *Service) MayGoOn(ctx context.Context, t tenant.Tenant, idToken string) error {
	p, err := s.authenticator.Session(ctx, tenant.SelectID(t.ID), idToken)
	if err != nil || !p.Factor().IsZero() {
		return err
	}
	f, err := s.readFactors(ctx, t, p.User())
	if err != nil {
		return err
	}
	if f.IsSetUp() && f.Since.Before(p.SignedIn()) {
		return authpolicy.ErrSecondFactor
	}
	return nil
}

// Proven is whose sign-in has proven a second factor.
type Proven struct {
	User   users.User
	Way    authpolicy.Way    // of the first factor
	Factor authpolicy.Factor // the second one
	Codes  []string          // recovery codes, if a factor was set up: they are shown this once
}

// Answer takes the second factor of a sign-in to t whose first one was right. kept is what the
// browser kept.
//
// ErrPending, those of package secondfactor, people.ErrNoAccess, identityplatform.ErrDisabled,
// identityplatform.ErrUnavailable.
func (s *Service) Answer(ctx context.Context, t tenant.Tenant, kept string, a FactorAnswer) (Proven, error) {
	first, user, err := s.openPending(t.ID, kept)
	if err != nil {
		return Proven{}, err
	}
	way, err := authpolicy.ParseWay(first.Way)
	if err != nil {
		return Proven{}, ErrPending
	}
	errand, err := s.authenticator.Factors(ctx, tenant.SelectID(t.ID), user)
	if err != nil {
		return Proven{}, err
	}
	u, err := s.people.Record(ctx, errand)
	if err != nil {
		return Proven{}, s.people.Refused(ctx, t, u, err)
	}
	at, g, err := s.factorsAt(ctx, errand, first.Email)
	if err != nil {
		return Proven{}, err
	}
	proven := Proven{User: u, Way: way}
	if first.IsSet {
		proven.Factor, err = s.prove(ctx, at, first, a)
	} else {
		proven.Factor, proven.Codes, err = s.setUpFirst(ctx, at, g, first, a)
	}
	if err != nil {
		return Proven{}, err
	}
	return proven, nil
}

// prove takes an answer to the question of a second factor that is set up.
func (s *Service) prove(ctx context.Context, at secondfactor.Place, first pending, a FactorAnswer) (by authpolicy.Factor, err error) {
	var held []byte
	if len(a.Passkey) > 0 {
		if held, err = s.openCeremony(at.Owner, first.ID, a.State); err != nil {
			return by, err
		}
	}
	err = s.store.Prove(ctx, at, func(f *secondfactor.Factors, now time.Time) error {
		switch {
		case len(a.Passkey) > 0:
			by = authpolicy.ByPasskey()
			return s.party.ProvePasskey(at.Owner, f, held, a.Passkey, now)
		case a.Recovery != "":
			by = authpolicy.ByRecovery()
			return f.UseRecovery(a.Recovery)
		}
		by = authpolicy.ByCode()
		return f.ProveCode(a.Code, now)
	})
	if err != nil {
		return authpolicy.Factor{}, unavailable("second factor", err)
	}
	return by, nil
}
