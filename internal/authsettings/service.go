package authsettings

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Sealer seals the client secret of a provider, for one tenant and one provider.
type Sealer interface {
	SealClientSecret(id tenant.ID, p authpolicy.ProviderID, secret string) ([]byte, error)
}

// Mirror keeps Identity Platform's list of a tenant's providers like ours, so that Google's console
// shows it. Both acts can be repeated.
type Mirror interface {
	Mirror(ctx context.Context, t tenant.Tenant, p authpolicy.OIDC) error
	Unmirror(ctx context.Context, t tenant.Tenant, p authpolicy.ProviderID) error
}

// Tenants knows the tenant that a selector selects.
type Tenants interface {
	Tenant(ctx context.Context, s tenant.Selector) (tenant.Tenant, error)
}

// Config configures a Service.
type Config struct {
	Policies *authpolicies.Store
	Outbound *outbound.Client
	Keys     *issuer.Keys // of this process, for Health; nil: nothing is known
	Resolver dnstxt.Resolver
	Sealer   Sealer  // nil in a process that adds no provider
	Mirror   Mirror  // nil: providers are not mirrored
	Tenants  Tenants // needed with Mirror

	// AllowDevelopment lets a tenant prove bulkhead.test and what is beneath it, which anybody can.
	// A program that serves the public leaves it false.
	AllowDevelopment bool

	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Service changes tenants' authentication settings. Safe for concurrent use; it keeps nothing of a
// tenant.
type Service struct{ Config }

// New returns a Service. The error is a Config without policies or without what calls addresses.
func New(cfg Config) (*Service, error) {
	if cfg.Policies == nil || cfg.Outbound == nil || cfg.Mirror != nil && cfg.Tenants == nil {
		return nil, errors.New("authsettings: policies, what calls addresses, and tenants for a mirror are needed")
	}
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Service{cfg}, nil
}

// Read returns the policy of the grant's tenant as it is stored now. users.ErrForbidden unless the
// caller is an active admin; tenant.ErrUnavailable.
func (s *Service) Read(ctx context.Context, g vending.Grant) (*authpolicy.Policy, error) {
	if err := authorize(ctx, g); err != nil {
		return nil, err
	}
	return s.Policies.Current(ctx, g.Tenant())
}

// Apply writes what an admin may write at once, and returns the policy. The errors are those of
// every change:
//
//	users.ErrForbidden     the caller is no active admin
//	tenant.ErrStale        the policy is not of this version any more
//	ErrInvalid             a value is not of its form; Sentence says which
//	ErrLockout, ErrOwn     nobody, or not the caller, could sign in any more
//	ErrOwnAge              the caller's own session is older than sessions would get
//	tenant.ErrUnavailable  something could not be asked; the change may have been made or not
func (s *Service) Apply(ctx context.Context, g vending.Grant, version int64, set authpolicy.Settings) (*authpolicy.Policy, error) {
	return s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		before, limits := strings.Join(p.Settings().API, ", "), p.SessionLimits()
		alone := set
		alone.Sessions = nil
		if _, err := p.Apply(alone); err != nil {
			return note{}, invalid("The API must accept at least one of token, key and access, each named once.")
		}
		next, err := p.Apply(set)
		if err != nil {
			return note{}, invalid("A session may be left alone for 5 minutes to 8 hours, and last for 1 to 24 hours.")
		}
		*p = next
		if now := next.SessionLimits(); now != limits {
			if after := strings.Join(next.Settings().API, ", "); before != after {
				return note{"settings", "settings", before + "; " + limitsText(limits), after + "; " + limitsText(now)}, nil
			}
			return note{"sessions", "settings", limitsText(limits), limitsText(now)}, nil
		}
		return note{"api", "settings", before, strings.Join(next.Settings().API, ", ")}, nil
	})
}

// limitsText is the limits of sessions in an entry of the audit.
func limitsText(l authpolicy.SessionLimits) string {
	return fmt.Sprintf("idle %v, absolute %v", l.Idle, l.Absolute)
}

// note is what an entry of the audit says about a change. The zero note is no entry: nothing that
// anybody set is another then.
type note struct {
	action        string // after "authentication."
	id            string // of the object
	before, after string // in words
}

func (n note) entry(stage string) audit.Entry {
	return audit.Entry{
		Action: "authentication." + n.action + stage, Kind: "authentication", ID: cut(n.id), Before: cut(n.before), After: cut(n.after),
	}
}

// cut keeps a text within what an entry takes.
func cut(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most-4], "") + " ..."
	}
	return s
}

// edit changes the policy in place, or returns why not. It is called more than once.
type edit func(*authpolicy.Policy) (note, error)

// change makes one change, as every act does: the caller is an admin; the change is tried on what
// is stored, so that what is refused leaves no trace; an entry is appended; the change is made;
// another entry is appended. A crash between the entries leaves a request of which they do not say
// what came of it: the settings do.
func (s *Service) change(ctx context.Context, g vending.Grant, version int64, do edit) (*authpolicy.Policy, error) {
	if err := authorize(ctx, g); err != nil {
		return nil, err
	}
	seen, err := s.Policies.Current(ctx, g.Tenant())
	if err != nil {
		return nil, err
	}
	if version != authpolicies.AnyVersion && seen.Version != version {
		return nil, tenant.ErrStale
	}
	return s.record(ctx, g, version, *seen, func(p *authpolicy.Policy) (note, error) {
		n, err := do(p)
		if err == nil {
			err = s.keepsItsMaker(p, g.Principal())
		}
		return n, err
	})
}

// keepsItsMaker returns ErrOwn or ErrOwnAge if the change would end the caller's own session or
// token: they could neither take it back nor have it entered in the audit. What locks everybody out
// is told first.
func (s *Service) keepsItsMaker(p *authpolicy.Policy, by tenancy.Principal) error {
	if err := wayIn(p, s.Now()); err != nil {
		return err
	}
	sent := by.Facts().Credential
	if sent != 0 && !p.Accepts().Has(sent) {
		return ErrOwn
	}
	if by.Method() == tenancy.ByPersonToken {
		return nil // no session that could end
	}
	if p.Admits(by.Way(), by.Role(), by.SignedIn(), s.Now()) != nil || p.SecondFactor.Admits(by.Factor(), s.Now()) != nil {
		return ErrOwn
	}
	if s.Now().Sub(by.SignedIn()) > p.SessionLimits().Absolute {
		return ErrOwnAge
	}
	return nil
}

// record tries the change on what was seen, and makes it between two entries of the audit.
func (s *Service) record(ctx context.Context, g vending.Grant, version int64, seen authpolicy.Policy, do edit) (*authpolicy.Policy, error) {
	_, n, err := s.try(seen.Clone(), do)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	log, key := audit.Of(g), "authentication-"+rand.Text()
	if n != (note{}) {
		if err := log.Append(ctx, key+"-request", n.entry(".request")); err != nil {
			return nil, unavailable("audit", err)
		}
	}
	var made note
	p, err := s.Policies.Change(ctx, g.Tenant(), version, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		next, n, err := s.try(p, do)
		made = n
		return next, err
	})
	if err != nil {
		return nil, err
	}
	if made == (note{}) {
		return p, nil
	}
	if err := log.Append(ctx, key+"-done", made.entry("")); err != nil {
		return p, unavailable("audit", err)
	}
	s.Logger.InfoContext(ctx, "authentication settings changed",
		slog.Any("by", g.Principal()), slog.String("what", made.action), slog.Int64("version", p.Version))
	return p, nil
}

// finishTime bounds a change that was begun: it goes on when the request goes away.
const finishTime = 20 * time.Second

// try applies a change to p, and holds it to the rules that no setting may break.
func (s *Service) try(p authpolicy.Policy, do edit) (authpolicy.Policy, note, error) {
	n, err := do(&p)
	if err != nil {
		return p, n, err
	}
	if err := wayIn(&p, s.Now()); err != nil {
		return p, n, err
	}
	if err := p.Validate(); err != nil {
		return p, n, fmt.Errorf("%w: %w", invalid("A value is too long, empty or not of its form."), err)
	}
	return p, n, nil
}

// wayIn returns ErrLockout if nobody could sign in by p, and ErrRequired if only those could who
// may still use a password.
func wayIn(p *authpolicy.Policy, now time.Time) error {
	atProvider := p.Accepts().Has(authpolicy.Provider) && len(p.Open()) > 0
	withPassword := p.Accepts().Has(authpolicy.Password)
	switch p.Enforcement.Now(now) {
	case authpolicy.Enforced:
		withPassword = false
	case authpolicy.Staged:
		if !atProvider {
			return ErrRequired
		}
	}
	if !atProvider && !withPassword {
		return ErrLockout
	}
	return nil
}

// authorize returns users.ErrForbidden unless the caller manages settings by their record.
func authorize(ctx context.Context, g vending.Grant) error {
	if err := users.NewRepository(g).Authorize(ctx, tenant.SettingsManage); err != nil {
		return unavailable("own record", err)
	}
	return nil
}

// unavailable wraps an error of a database that failed, and leaves alone one that says more.
func unavailable(what string, err error) error {
	for _, known := range []error{vending.ErrDenied, tenant.ErrUnauthenticated, tenant.ErrTenantDenied, tenant.ErrUnavailable, users.ErrForbidden} {
		if errors.Is(err, known) {
			return fmt.Errorf("authsettings: %s: %w", what, err)
		}
	}
	return tenant.Unavailable(what, err)
}
