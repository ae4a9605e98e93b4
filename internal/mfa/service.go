package mfa

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service.
type Config struct {
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Policies      *authpolicies.Store
	People        *people.Service

	// Keys seal second factors and the steps of a sign-in. Without them there is no second factor,
	// and nobody signs in.
	Keys *sealing.Keys
	// Operators is where operators' second factors stand. Without it no operator signs in.
	Operators *secondfactor.Operators
	// Origin is the one that browsers use. Passkeys are bound to it; without it there are none.
	Origin string

	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Service asks for second factors and changes them. Safe for concurrent use.
type Service struct {
	machine       *vending.Machine
	authenticator *tenancy.Authenticator
	policies      *authpolicies.Store
	people        *people.Service
	keys          *sealing.Keys           // nil: nobody signs in
	store         *secondfactor.Store     // nil: the same
	operators     *secondfactor.Operators // nil: no operator signs in
	party         *secondfactor.Party
	log           *slog.Logger
	now           func() time.Time
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Machine == nil || cfg.Authenticator == nil || cfg.Policies == nil || cfg.People == nil {
		return nil, errors.New("mfa: a machine, an authenticator, policies and people are needed")
	}
	s := &Service{
		machine: cfg.Machine, authenticator: cfg.Authenticator, policies: cfg.Policies, people: cfg.People,
		keys: cfg.Keys, operators: cfg.Operators, log: cmp.Or(cfg.Logger, slog.Default()), now: cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.keys == nil {
		return s, nil
	}
	var err error
	if s.store, err = secondfactor.NewStore(s.keys, s.now); err != nil || cfg.Origin == "" {
		return s, err
	}
	s.party, err = secondfactor.NewParty(cfg.Origin)
	return s, err
}

var errClosed = fmt.Errorf("%w: this process opens no second factor", identityplatform.ErrUnavailable)
