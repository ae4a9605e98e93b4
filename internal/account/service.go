package account

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service. All but Origin, Logger and Now is needed.
type Config struct {
	Google        *identityplatform.Client
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Policies      *authpolicies.Store
	People        *people.Service
	Factors       *mfa.Service
	SignIn        *signin.Service
	Origin        string           // that browsers use: letters lead there
	Logger        *slog.Logger     // nil: slog.Default
	Now           func() time.Time // nil: time.Now
}

// Service changes people's own accounts. Safe for concurrent use.
type Service struct {
	google        *identityplatform.Client
	machine       *vending.Machine
	authenticator *tenancy.Authenticator
	policies      *authpolicies.Store
	people        *people.Service
	factors       *mfa.Service
	signIn        *signin.Service
	origin        string
	log           *slog.Logger
	now           func() time.Time
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Machine == nil || cfg.Authenticator == nil || cfg.Policies == nil || cfg.People == nil ||
		cfg.Factors == nil || cfg.SignIn == nil {
		return nil, errors.New("account: a client of Identity Platform, a machine, an authenticator, policies, people, factors and a sign-in are needed")
	}
	s := &Service{
		google: cfg.Google, machine: cfg.Machine, authenticator: cfg.Authenticator, policies: cfg.Policies, people: cfg.People,
		factors: cfg.Factors, signIn: cfg.SignIn, origin: cfg.Origin, log: cmp.Or(cfg.Logger, slog.Default()), now: cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}
