package signin

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service. All but Logger and Now is needed.
type Config struct {
	Google        *identityplatform.Client
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Revocations   *tenancy.Revocations
	Policies      *authpolicies.Store
	People        *people.Service
	Factors       *mfa.Service

	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Service signs the people of tenants in, and keeps their sessions going. Safe for concurrent use.
type Service struct {
	google        *identityplatform.Client
	machine       *vending.Machine
	authenticator *tenancy.Authenticator
	revocations   *tenancy.Revocations
	policies      *authpolicies.Store
	people        *people.Service
	factors       *mfa.Service
	log           *slog.Logger
	now           func() time.Time
	refreshing    singleflight.Group
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Machine == nil || cfg.Authenticator == nil || cfg.Revocations == nil || cfg.Policies == nil ||
		cfg.People == nil || cfg.Factors == nil {
		return nil, errors.New("signin: a client of Identity Platform, a machine, an authenticator, revocations, policies, people and factors are needed")
	}
	s := &Service{
		google: cfg.Google, machine: cfg.Machine, authenticator: cfg.Authenticator, revocations: cfg.Revocations,
		policies: cfg.Policies, people: cfg.People, factors: cfg.Factors, log: cmp.Or(cfg.Logger, slog.Default()), now: cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// outwait reports whether a token of u was dead on arrival, for a revocation kills what is issued
// in its own second too, and if so returns when a new one would live. token was just issued.
func (s *Service) outwait(ctx context.Context, t tenant.ID, user, token string) bool {
	u, err := tenant.ParseUserID(user)
	if err != nil {
		return false
	}
	iat, ok := issuedAt(token)
	if !ok {
		return false
	}
	wait, dead, err := s.revocations.Outwait(t, u, iat)
	if err != nil || !dead {
		return false
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// issuedAt is what an ID token says of the second in which it was issued. It verifies nothing: it
// is for a token that Identity Platform has just answered with, to decide whether to ask for
// another.
func issuedAt(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var c struct {
		IssuedAt int64 `json:"iat"`
	}
	if err := json.Unmarshal(payload, &c); err != nil || c.IssuedAt <= 0 {
		return time.Time{}, false
	}
	return time.Unix(c.IssuedAt, 0), true
}
