package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Config is what a store is built from. All fields are required.
type Config struct {
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Renewer       Renewer
	Seal          *sessioncookie.Sealer
	Logger        *slog.Logger
	Now           func() time.Time
	// Address is where the addresses of a workspace begin.
	Address func(tenant.Slug) string
	// Record records that the session of these tokens has begun in t, and returns when it did so:
	// the zero time if it could not. program says that a program has the tokens.
	Record func(ctx context.Context, t tenant.Tenant, tokens sessioncookie.Tokens, program bool) time.Time
	// Refused records a refusal that is an attempt to reach another tenant, and returns what to
	// answer with.
	Refused func(ctx context.Context, err error) error
}

// Renewer renews the tokens of a session.
type Renewer interface {
	// Refresh renews the tokens of a session in t.
	Refresh(ctx context.Context, t tenant.Tenant, refresh string) (sessioncookie.Tokens, error)
	// RefreshOperator renews the tokens of an operator's session.
	RefreshOperator(ctx context.Context, refresh string) (sessioncookie.Tokens, error)
}

// Limits of a browser's session, beside those that its tenant sets: see authpolicy.SessionLimits.
const (
	refreshBefore = 5 * time.Minute // an ID token this near its end is renewed
	operatorIdle  = time.Hour       // without a request, an operator's session ends; after tenancy.OperatorSession in any case
	noteEvery     = time.Minute     // how exactly the last request is remembered
)

// Store opens, renews and keeps browsers' sessions. The door alone holds one: whoever does can have
// a browser keep any session.
type Store struct{ config Config }

// New returns a store.
func New(c Config) Store { return Store{c} }

// Sessions returns what begins and ends sessions in workspaces.
func (s Store) Sessions() Sessions { return Sessions{s} }

// OperatorSessions returns what begins and ends operators' sessions.
func (s Store) OperatorSessions() OperatorSessions { return OperatorSessions{s} }

// Open opens the sealed session in t. ErrSessionOver if it does not open.
func (s Store) Open(t tenant.Tenant, sealed string) (sessioncookie.Session, error) {
	session, err := s.config.Seal.Open(t.ID, sealed)
	return session, Ended(err)
}

// Authenticate returns who the session stands for, and the session as it is from now on: its tokens
// renewed when they near their end or no longer count. A change of role ends every token issued
// before it, so renewing is also how a session learns its new role.
func (s Store) Authenticate(ctx context.Context, t tenant.Tenant, session sessioncookie.Session, now time.Time) (sessioncookie.Session, tenancy.Principal, error) {
	if err := s.WithinLimits(ctx, t, session, now); err != nil {
		return session, tenancy.Principal{}, err
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	selected := tenant.SelectID(t.ID)
	if session.Expires.Sub(now) > refreshBefore {
		p, err := s.config.Authenticator.Session(ctx, selected, session.ID)
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			return session, p, Ended(err)
		}
	}
	tokens, err := s.config.Renewer.Refresh(ctx, t, session.Refresh)
	switch {
	case errors.Is(err, identityplatform.ErrUnavailable), errors.Is(err, tenant.ErrUnavailable), errors.Is(err, tenant.ErrTenantDenied):
		return session, tenancy.Principal{}, err
	case err != nil:
		return session, tenancy.Principal{}, fmt.Errorf("%w: %w", ErrSessionOver, err)
	}
	session.Tokens = tokens
	p, err := s.config.Authenticator.Session(ctx, selected, tokens.ID)
	return session, p, Ended(err)
}

// Ended says of an error that means so that the session is over: its cookie does not open, its
// tokens do not count any more, or the tenant does not accept how it began.
func Ended(err error) error {
	for _, sign := range []error{sessioncookie.ErrExpired, tenant.ErrUnauthenticated, authpolicy.ErrWay, authpolicy.ErrSecondFactor} {
		if errors.Is(err, sign) {
			return fmt.Errorf("%w: %w", ErrSessionOver, err)
		}
	}
	return err
}

// Keep has the browser keep the session, sealed into the workspace's cookie.
func (s Store) Keep(c echo.Context, t tenant.Tenant, session sessioncookie.Session) error {
	limits, err := s.config.Authenticator.SessionLimits(c.Request().Context(), t.ID)
	if err != nil {
		return err
	}
	sealed, err := s.config.Seal.Seal(t.ID, session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, CookieName(t.Slug), sealed, session.Created.Add(limits.Absolute).Sub(s.config.Now()))
}

// WithinLimits returns ErrSessionOver if the session is too old for its tenant, or was left alone
// for too long. tenant.ErrUnavailable.
func (s Store) WithinLimits(ctx context.Context, t tenant.Tenant, session sessioncookie.Session, now time.Time) error {
	limits, err := s.config.Authenticator.SessionLimits(ctx, t.ID)
	if err != nil {
		return err
	}
	if limits.Over(session.Created, session.Seen, now) {
		return ErrSessionOver
	}
	return nil
}

// Caller returns whose session in the workspace the browser has. ok is false if it has none that
// still counts.
func (s Store) Caller(c echo.Context, slug tenant.Slug) (p tenancy.Principal, ok bool) {
	ctx := c.Request().Context()
	sealed, err := ReadCookie(c.Request(), CookieName(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	t, err := s.config.Authenticator.Tenant(ctx, tenant.SelectSlug(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	session, err := s.config.Seal.Open(t.ID, sealed)
	if err != nil {
		_ = s.config.Refused(ctx, err)
		return tenancy.Principal{}, false
	}
	_, p, err = s.Authenticate(ctx, t, session, s.config.Now())
	return p, err == nil
}

// OpenOperator opens an operator's sealed session. ErrSessionOver if it does not open.
func (s Store) OpenOperator(sealed string) (sessioncookie.Session, error) {
	session, err := s.config.Seal.OpenOperator(sealed)
	return session, Ended(err)
}

// OperatorWithinLimits is WithinLimits for an operator's session, which is shorter.
func (s Store) OperatorWithinLimits(session sessioncookie.Session, now time.Time) error {
	if now.Sub(session.Created) > tenancy.OperatorSession || now.Sub(session.Seen) > operatorIdle {
		return ErrSessionOver
	}
	return nil
}

// AuthenticateOperator is Authenticate for an operator's session.
func (s Store) AuthenticateOperator(ctx context.Context, session sessioncookie.Session, now time.Time) (sessioncookie.Session, tenancy.Operator, error) {
	if err := s.OperatorWithinLimits(session, now); err != nil {
		return session, tenancy.Operator{}, err
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	if session.Expires.Sub(now) <= refreshBefore {
		tokens, err := s.config.Renewer.RefreshOperator(ctx, session.Refresh)
		switch {
		case errors.Is(err, identityplatform.ErrUnavailable), errors.Is(err, tenant.ErrUnavailable):
			return session, tenancy.Operator{}, err
		case err != nil:
			return session, tenancy.Operator{}, fmt.Errorf("%w: %w", ErrSessionOver, err)
		}
		session.Tokens = tokens
	}
	o, err := s.config.Operators.Authenticate(ctx, session.ID)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", ErrSessionOver, err)
	}
	return session, o, err
}

// KeepOperator has the browser keep the session, sealed into the operator's cookie.
func (s Store) KeepOperator(c echo.Context, session sessioncookie.Session) error {
	sealed, err := s.config.Seal.SealOperator(session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, OperatorCookie, sealed,
		session.Created.Add(tenancy.OperatorSession).Sub(s.config.Now()))
}
