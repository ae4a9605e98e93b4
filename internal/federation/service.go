package federation

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service.
type Config struct {
	Google        *identityplatform.Client
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Policies      *authpolicies.Store
	People        *people.Service
	Factors       *mfa.Service
	SignIn        *signin.Service

	// Keys seal sign-ins under way, and open client secrets. Without them, or without Outbound,
	// nobody signs in at a provider.
	Keys     *sealing.Keys
	Outbound *outbound.Client
	Origin   string // that browsers use, and to which providers send people back

	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Service signs people in at their tenant's providers. Safe for concurrent use.
type Service struct {
	google        *identityplatform.Client
	machine       *vending.Machine
	authenticator *tenancy.Authenticator
	policies      *authpolicies.Store
	people        *people.Service
	factors       *mfa.Service
	signIn        *signin.Service
	keys          *sealing.Keys    // nil: nobody signs in
	outbound      *outbound.Client // nil: the same
	origin        string
	log           *slog.Logger
	now           func() time.Time
}

// New returns a Service. From then on the authenticator finds by it the persons whom access tokens
// of a tenant's own issuer stand for.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Machine == nil || cfg.Authenticator == nil || cfg.Policies == nil || cfg.People == nil ||
		cfg.Factors == nil || cfg.SignIn == nil {
		return nil, errors.New("federation: a client of Identity Platform, a machine, an authenticator, policies, people, factors and a sign-in are needed")
	}
	s := &Service{
		google: cfg.Google, machine: cfg.Machine, authenticator: cfg.Authenticator, policies: cfg.Policies, people: cfg.People,
		factors: cfg.Factors, signIn: cfg.SignIn, keys: cfg.Keys, outbound: cfg.Outbound, origin: cfg.Origin,
		log: cmp.Or(cfg.Logger, slog.Default()), now: cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	cfg.Authenticator.FindPeopleBy(s.bearer)
	return s, nil
}
