package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// OperatorSignIn is the address at which operators sign in.
const OperatorSignIn = "/operator/sign-in"

// enterOperator is the policy of the operators' pages: it authenticates the browser's session as an
// operator's. errNoSession, errSessionOver, errTwoSessions, and what tenancy refuses with.
func (d *Door) enterOperator(c echo.Context, route Route) (tenancy.Operator, error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route}
	if err := d.enter(a); err != nil {
		return tenancy.Operator{}, err
	}
	if a.renewed != a.session {
		if err := d.keepOperatorSession(c, a.renewed); err != nil {
			return tenancy.Operator{}, err
		}
	}
	return a.operator, nil
}

// authenticateOperator is authenticate for an operator's session, which is shorter.
func (d *Door) authenticateOperator(ctx context.Context, session identity.Session, now time.Time) (identity.Session, tenancy.Operator, error) {
	if now.Sub(session.Created) > tenancy.OperatorSession || now.Sub(session.Seen) > operatorIdle {
		return session, tenancy.Operator{}, errSessionOver
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	if session.Expires.Sub(now) <= refreshBefore {
		tokens, err := d.config.Renewer.RefreshOperator(ctx, session.Refresh)
		switch {
		case errors.Is(err, identity.ErrUnavailable), errors.Is(err, tenant.ErrUnavailable):
			return session, tenancy.Operator{}, err
		case err != nil:
			return session, tenancy.Operator{}, fmt.Errorf("%w: %w", errSessionOver, err)
		}
		session.Tokens = tokens
	}
	o, err := d.config.Operators.Authenticate(ctx, session.ID)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", errSessionOver, err)
	}
	return session, o, err
}

func (d *Door) keepOperatorSession(c echo.Context, session identity.Session) error {
	sealed, err := d.config.Sessions.SealOperator(session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, operatorCookie, sealed,
		session.Created.Add(tenancy.OperatorSession).Sub(d.config.Now()))
}

// OperatorSessions begins and ends operators' sessions. Only the pages where they sign in hold one.
type OperatorSessions struct{ door *Door }

// OperatorSessions returns what begins and ends operators' sessions.
func (d *Door) OperatorSessions() OperatorSessions { return OperatorSessions{d} }

// Begin begins an operator's session with tokens, and has the browser keep it.
func (s OperatorSessions) Begin(c echo.Context, tokens identity.Tokens) error {
	now := s.door.config.Now()
	return s.door.keepOperatorSession(c, identity.Session{Tokens: tokens, Created: now, Seen: now})
}

// Attempt counts an attempt to sign in as an operator, by whomever. Too many become 429.
func (s OperatorSessions) Attempt(ctx context.Context) error {
	return s.door.limiter.signIn(visit.AddressOf(ctx), tenant.ID{})
}

// End ends all of the operator's sessions, and has the browser forget its own. It returns nil also
// if there is none to end, and keeps the cookie with every error: see Sessions.End.
func (s OperatorSessions) End(c echo.Context) error {
	err := s.end(c)
	if err == nil || nothingToEnd(err) {
		dropCookie(c, operatorCookie)
		return nil
	}
	return err
}

// Replace is Sessions.Replace for an operator. As signing out does, it ends all sessions of
// whoever's the browser had.
func (s OperatorSessions) Replace(c echo.Context, tokens identity.Tokens) (again bool) {
	if !s.door.replaced(c, s.end(c)) {
		return false
	}
	_, err := s.door.config.Operators.Authenticate(c.Request().Context(), tokens.ID)
	return errors.Is(err, tenant.ErrUnauthenticated)
}

func (s OperatorSessions) end(c echo.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), endTime)
	defer cancel()
	sealed, err := readCookie(c.Request(), operatorCookie)
	if err != nil {
		return err
	}
	session, err := s.door.config.Sessions.OpenOperator(sealed)
	if err != nil {
		return err
	}
	err = s.door.config.Operators.SignOutOf(ctx, session.ID)
	if !errors.Is(err, tenant.ErrUnauthenticated) {
		return err
	}
	_, o, err := s.door.authenticateOperator(ctx, session, s.door.config.Now())
	if err != nil {
		return err
	}
	return s.door.config.Operators.SignOut(ctx, o)
}
