package identity

import (
	"time"

	"go.etcd.io/bbolt"
)

const pendingLife = 5 * time.Minute // to give the second factor in

// pendingSignIn is a sign-in that waits for its second factor. It works once.
type pendingSignIn struct {
	Tenant   string
	LocalID  string
	Provider string // of the first factor
	Epoch    int64
	Expires  time.Time
}

// begun is what a first factor comes to: a session or, for somebody who has a second factor, a
// credential that is good for nothing but giving that.
type begun struct {
	session session
	refresh string
	pending string
}

// challenge is the part of a sign-in's answer that asks for the second factor.
type challenge struct {
	PendingCredential string       `json:"mfaPendingCredential,omitempty"`
	Factors           []factorJSON `json:"mfaInfo,omitempty"`
}

// firstFactor records that a has proven itself by the provider's means. Custom tokens do not come
// here: who mints one answers for whom it names. USER_DISABLED.
func (s *Service) firstFactor(tx *bbolt.Tx, t tenant, a *account, provider string) (begun, error) {
	if a.Disabled {
		return begun{}, errDisabled
	}
	if len(a.Factors) == 0 || !t.MFA.asks() {
		ss, refresh, err := s.signIn(tx, a, provider, "")
		return begun{session: ss, refresh: refresh}, err
	}
	if err := putAccount(tx, *a); err != nil {
		return begun{}, err
	}
	pending := newSecret()
	return begun{pending: pending}, keep(tx, bucketPending, digest(pending), pendingSignIn{
		Tenant: a.Tenant, LocalID: a.LocalID, Provider: provider, Epoch: a.Epoch, Expires: s.now().Add(pendingLife),
	}, s.now())
}

// answer is what a sign-in answers to b, once that is committed.
func (s *Service) answer(a account, b begun) (t tokens, c challenge, err error) {
	if b.pending == "" {
		t.IDToken, err = s.first(a, b.session)
		t.RefreshToken, t.ExpiresIn = b.refresh, expiresIn
		return t, c, err
	}
	c.PendingCredential = b.pending
	for _, f := range a.Factors {
		c.Factors = append(c.Factors, f.challenge())
	}
	return t, c, nil
}
