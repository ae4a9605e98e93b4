package people

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service. All but Origin, Logger and Now is needed.
type Config struct {
	Google        *identityplatform.Client
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Revocations   *tenancy.Revocations
	Origin        string           // that browsers use: letters lead there
	Logger        *slog.Logger     // nil: slog.Default
	Now           func() time.Time // nil: time.Now
}

// Service adds people and changes them. Safe for concurrent use.
type Service struct {
	google        *identityplatform.Client
	machine       *vending.Machine
	authenticator *tenancy.Authenticator
	revocations   *tenancy.Revocations
	origin        string
	log           *slog.Logger
	now           func() time.Time
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Machine == nil || cfg.Authenticator == nil || cfg.Revocations == nil {
		return nil, errors.New("people: a client of Identity Platform, a machine, an authenticator and revocations are needed")
	}
	s := &Service{cfg.Google, cfg.Machine, cfg.Authenticator, cfg.Revocations, cfg.Origin, cmp.Or(cfg.Logger, slog.Default()), cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// finishTime bounds what is still to be done once the truth has been written, or once others wait
// for it.
const finishTime = 20 * time.Second

// Finish returns a context for what is still to be done once the truth has been written: it goes on
// when the request that began it goes away, for at most 20 s.
func Finish(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishTime)
}

// Record reads the caller's own record. ErrNoAccess if there is none; identityplatform.ErrDisabled,
// with the record, if it says so; identityplatform.ErrUnavailable.
func (s *Service) Record(ctx context.Context, p tenancy.Principal) (users.User, error) {
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return users.User{}, Unavailable("vend", err)
	}
	u, err := users.NewRepository(g).Get(ctx, p.User())
	switch {
	case errors.Is(err, users.ErrNotFound):
		return users.User{}, ErrNoAccess
	case err != nil:
		return users.User{}, Unavailable("own record", err)
	case u.Status != users.Active:
		return u, identityplatform.ErrDisabled
	}
	return u, nil
}
