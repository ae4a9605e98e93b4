package mfa

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"

	"cloud.google.com/go/firestore"
)

// FactorQuestion is what to ask for after a first factor.
type FactorQuestion struct {
	Email string // whose first factor was right
	IsSet bool   // false: App and Passkey are to be set up

	App     *AppSetUp // to set an app up
	Code    bool      // a code of the app is an answer
	Passkey *Challenge
}

// AppSetUp is an app that is about to be set up.
type AppSetUp struct {
	Secret  string // to be typed where no picture can be taken
	Address string // what the picture says: an otpauth URL
	QR      secondfactor.QR
	State   string // comes back with the code
}

// Challenge is what a passkey is to answer.
type Challenge struct {
	Options []byte // for the browser, in JSON
	State   string // comes back with the answer
}

// Question returns what to ask the person for whose first factor the browser keeps. ErrPending,
// identityplatform.ErrUnavailable.
func (s *Service) Question(ctx context.Context, t tenant.Tenant, kept string) (FactorQuestion, error) {
	first, user, err := s.openPending(t.ID, kept)
	if err != nil {
		return FactorQuestion{}, err
	}
	f, err := s.readFactors(ctx, t, user)
	if err != nil {
		return FactorQuestion{}, err
	}
	return s.question(secondfactor.Owner{Tenant: t.ID, User: user, Label: first.Email}, first, &f)
}

func (s *Service) question(o secondfactor.Owner, first pending, f *secondfactor.Factors) (q FactorQuestion, err error) {
	q = FactorQuestion{Email: first.Email, IsSet: first.IsSet}
	if !first.IsSet {
		if q.App, err = s.appSetUp(o, first.ID); err == nil {
			q.Passkey, err = s.passkeySetUp(o, f, first.ID)
		}
		return q, err
	}
	q.Code = f.App != nil
	if s.party.Available() && len(f.Passkeys) > 0 {
		c, err := s.party.AskPasskey(o, f, s.now())
		if err != nil {
			return q, err
		}
		q.Passkey, err = s.challenge(o, first.ID, c)
		return q, err
	}
	return q, nil
}

// appSetUp is a fresh secret for an app. about names the sign-in or the session that it is for.
func (s *Service) appSetUp(o secondfactor.Owner, about string) (*AppSetUp, error) {
	secret := secondfactor.NewSecret()
	address := secondfactor.Address(o, secret)
	code, err := secondfactor.NewQR(address)
	if err != nil {
		return nil, err
	}
	state, err := s.keys.SealJSON(stepPurpose("app", o, about), setUp{secret, s.now().Unix()})
	return &AppSetUp{secret, address, code, state}, err
}

// passkeySetUp is a challenge to set a passkey up; nil where there are none.
func (s *Service) passkeySetUp(o secondfactor.Owner, f *secondfactor.Factors, about string) (*Challenge, error) {
	if !s.party.Available() || len(f.Passkeys) >= secondfactor.MaxPasskeys {
		return nil, nil
	}
	c, err := s.party.BeginPasskey(o, f, s.now())
	if err != nil {
		return nil, err
	}
	return s.challenge(o, about, c)
}

func (s *Service) challenge(o secondfactor.Owner, about string, c secondfactor.Ceremony) (*Challenge, error) {
	state, err := s.keys.SealJSON(stepPurpose("passkey", o, about), ceremony{c.Keep})
	return &Challenge{c.Options, state}, err
}

// setUp is what is sealed of an app that is about to be set up, and ceremony what is of a
// challenge.
type (
	setUp struct {
		Secret  string `json:"k"`
		Created int64  `json:"c"`
	}
	ceremony struct {
		Kept []byte `json:"k"`
	}
)

// stepPurpose seals a step of one person, and of one sign-in or session.
func stepPurpose(what string, o secondfactor.Owner, about string) []byte {
	return []byte("bulkhead step " + what + "\x00" + o.Tenant.String() + "\x00" + o.User.String() + "\x00" + about)
}

// openCeremony returns what was kept of a challenge. secondfactor.ErrPasskey.
func (s *Service) openCeremony(o secondfactor.Owner, about, state string) ([]byte, error) {
	var c ceremony
	if s.keys.OpenJSON(stepPurpose("passkey", o, about), state, &c) != nil {
		return nil, secondfactor.ErrPasskey
	}
	return c.Kept, nil
}

// openSetUp returns the secret of an app that is about to be set up. ErrPending: begin again.
func (s *Service) openSetUp(o secondfactor.Owner, about, state string) (secret string, err error) {
	var u setUp
	if s.keys.OpenJSON(stepPurpose("app", o, about), state, &u) != nil || s.now().Unix()-u.Created >= int64(FactorLife.Seconds()) {
		return "", ErrPending
	}
	return u.Secret, nil
}

// adding returns the change that sets up what an answer brings: what it is called in the audit, and
// what it does.
func (s *Service) adding(o secondfactor.Owner, about string, a FactorAnswer) (by authpolicy.Factor, action string,
	do func(f *secondfactor.Factors) (codes []string, err error), err error,
) {
	if len(a.Passkey) > 0 {
		held, err := s.openCeremony(o, about, a.State)
		return authpolicy.ByPasskey(), "user.passkey.add", func(f *secondfactor.Factors) ([]string, error) {
			return s.party.AddPasskey(o, f, held, a.Passkey, a.Name, s.now())
		}, err
	}
	secret, err := s.openSetUp(o, about, a.State)
	return authpolicy.ByCode(), "user.app.add", func(f *secondfactor.Factors) ([]string, error) {
		return f.AddApp(secret, a.Code, s.now())
	}, err
}

// setUpFirst sets up the first second factor of somebody who is signing in and has none. Whoever
// has set one up meanwhile is to begin again, and is asked for it.
func (s *Service) setUpFirst(ctx context.Context, at secondfactor.Place, g vending.Grant, first pending, a FactorAnswer) (
	by authpolicy.Factor, codes []string, err error,
) {
	by, action, do, err := s.adding(at.Owner, first.ID, a)
	if err != nil {
		return by, nil, err
	}
	err = audit.Of(g).Change(ctx, userEntry(action, at.Owner), func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		e.After = a.Name
		return s.store.Edit(tx, at, func(f *secondfactor.Factors) (err error) {
			if f.IsSetUp() {
				return ErrPending
			}
			codes, err = do(f)
			return err
		})
	})
	if err != nil {
		return by, nil, unavailable("set a second factor up", err)
	}
	return by, codes, nil
}

func userEntry(action string, o secondfactor.Owner) audit.Entry {
	return audit.Entry{Action: action, Kind: "user", ID: o.User.String()}
}
