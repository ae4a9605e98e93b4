package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A sign-in has two steps where a second factor is needed: by the tenant's settings, or because the
// person has set one up. After the first step nothing is issued. The browser keeps a sealed value
// that says whose first factor was right, and brings it back with the second one.

// FactorLife is how long after the first factor the second one is taken.
const FactorLife = 10 * time.Minute

// ErrPending reports that no first factor was proven in this browser, or too long ago. (400)
var ErrPending = errors.New("identity: no sign-in waits for a second factor")

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
	if s.factors == nil {
		return secondfactor.Place{}, vending.Grant{}, fmt.Errorf("%w: this process opens no second factor", identityplatform.ErrUnavailable)
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
	f, err := s.factors.Read(ctx, at)
	if err != nil {
		return f, unavailable("second factors", err)
	}
	return f, nil
}

// askFactor returns nil if u may begin a session with a first factor alone, and a *FactorNeeded if
// not.
func (s *Service) askFactor(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way, policy *authpolicy.Policy) error {
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

// provenSince returns ErrSecondFactor for the tokens of a session that has proven none although its
// person had set one up when it began.
func (s *Service) provenSince(ctx context.Context, t tenant.Tenant, tokens sessioncookie.Tokens) error {
	p, err := s.authenticator.Session(ctx, tenant.SelectID(t.ID), tokens.ID)
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

// Prove takes the second factor of a sign-in whose first one was right, and begins the session.
// kept is what the browser kept. Recovery codes are returned if a factor was set up: they are shown
// this once.
//
// ErrPending, those of package secondfactor, and those of Exchange.
func (s *Service) Prove(ctx context.Context, t tenant.Tenant, kept string, a FactorAnswer) (_ sessioncookie.Tokens, codes []string, err error) {
	first, user, err := s.openPending(t.ID, kept)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	way, err := authpolicy.ParseWay(first.Way)
	if err != nil {
		return sessioncookie.Tokens{}, nil, ErrPending
	}
	errand, err := s.authenticator.Factors(ctx, tenant.SelectID(t.ID), user)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	u, err := s.record(ctx, errand)
	if err != nil {
		return sessioncookie.Tokens{}, nil, s.refused(ctx, t, u, err)
	}
	at, g, err := s.factorsAt(ctx, errand, first.Email)
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	var proven authpolicy.Factor
	if first.IsSet {
		proven, err = s.prove(ctx, at, first, a)
	} else {
		proven, codes, err = s.setUpFirst(ctx, at, g, first, a)
	}
	if err != nil {
		return sessioncookie.Tokens{}, nil, err
	}
	tokens, err := s.enter(ctx, t, u, way, proven)
	if err == nil {
		err = s.entered(ctx, t, u, way, tokens)
	}
	return tokens, codes, err
}

// entered does what follows a sign-in of this way.
func (s *Service) entered(ctx context.Context, t tenant.Tenant, u users.User, way authpolicy.Way, tokens sessioncookie.Tokens) error {
	switch {
	case way == authpolicy.WithRecoveryCode():
		return s.auditRecovery(ctx, t, tokens)
	case !way.Provider().IsZero():
		s.succeeded(ctx, t, u.ID)
	}
	return nil
}

// prove takes an answer to the question of a second factor that is set up.
func (s *Service) prove(ctx context.Context, at secondfactor.Place, first pending, a FactorAnswer) (by authpolicy.Factor, err error) {
	var held []byte
	if len(a.Passkey) > 0 {
		if held, err = s.openCeremony(at.Owner, first.ID, a.State); err != nil {
			return by, err
		}
	}
	err = s.factors.Prove(ctx, at, func(f *secondfactor.Factors, now time.Time) error {
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
