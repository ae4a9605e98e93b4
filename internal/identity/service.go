package identity

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
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service. All but Logger, Now and what is for sign-ins is needed.
type Config struct {
	Google        *identityplatform.Client
	Machine       *vending.Machine
	Authenticator *tenancy.Authenticator
	Revocations   *tenancy.Revocations
	Operators     *tenancy.Operators
	Policies      *authpolicies.Store

	// Keys seal second factors and sign-ins under way. Without them nobody signs in.
	Keys *sealing.Keys

	// OperatorFactors is where operators' second factors stand. Without it no operator signs in.
	OperatorFactors *secondfactor.Operators

	// For sign-ins at the tenants' own providers; without the first there are none.
	Outbound  *outbound.Client
	PublicURL string // the origin that browsers use, and to which providers send people back

	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Service signs people in and changes who they are. Safe for concurrent use.
type Service struct {
	google         *identityplatform.Client
	machine        *vending.Machine
	authenticator  *tenancy.Authenticator
	revocations    *tenancy.Revocations
	operators      *tenancy.Operators
	policies       *authpolicies.Store
	keys           *sealing.Keys       // nil: nobody signs in
	factors        *secondfactor.Store // nil: the same
	party          *secondfactor.Party
	operatorPlaces *secondfactor.Operators // nil: the same
	outbound       *outbound.Client        // nil: the same
	publicURL      string
	log            *slog.Logger
	now            func() time.Time
	refreshing     singleflight.Group
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Machine == nil || cfg.Authenticator == nil || cfg.Revocations == nil || cfg.Operators == nil ||
		cfg.Policies == nil {
		return nil, errors.New("identity: a client of Identity Platform, a machine, an authenticator, revocations, operators and policies are needed")
	}
	s := &Service{
		google:         cfg.Google,
		machine:        cfg.Machine,
		authenticator:  cfg.Authenticator,
		revocations:    cfg.Revocations,
		operators:      cfg.Operators,
		policies:       cfg.Policies,
		keys:           cfg.Keys,
		operatorPlaces: cfg.OperatorFactors,
		outbound:       cfg.Outbound,
		publicURL:      cfg.PublicURL,
		log:            cmp.Or(cfg.Logger, slog.Default()),
		now:            cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	cfg.Authenticator.FindPeopleBy(s.bearer)
	return s, s.openFactors(cfg)
}

// openFactors builds what second factors need.
func (s *Service) openFactors(cfg Config) (err error) {
	if cfg.Keys == nil {
		return nil
	}
	if s.factors, err = secondfactor.NewStore(cfg.Keys, s.now); err != nil || cfg.PublicURL == "" {
		return err
	}
	s.party, err = secondfactor.NewParty(cfg.PublicURL)
	return err
}

// finishTime bounds what is still to be done once the truth has been written, or once others wait
// for it: it goes on when the request that began it goes away.
const finishTime = 20 * time.Second

func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishTime)
}

// record reads the caller's own record. ErrNoAccess if there is none, identityplatform.ErrDisabled if it says so.
func (s *Service) record(ctx context.Context, p tenancy.Principal) (users.User, error) {
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return users.User{}, unavailable("vend", err)
	}
	u, err := users.NewRepository(g).Get(ctx, p.User())
	switch {
	case errors.Is(err, users.ErrNotFound):
		return users.User{}, ErrNoAccess
	case err != nil:
		return users.User{}, unavailable("own record", err)
	case u.Status != users.Active:
		return u, identityplatform.ErrDisabled
	}
	return u, nil
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
