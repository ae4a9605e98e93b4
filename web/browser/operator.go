package browser

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// OperatorSessions begins and ends operators' sessions.
type OperatorSessions struct{ store Store }

// Begin begins an operator's session with tokens, and has the browser keep it.
func (s OperatorSessions) Begin(c echo.Context, tokens sessioncookie.Tokens) error {
	now := s.store.config.Now()
	return s.store.KeepOperator(c, sessioncookie.Session{Tokens: tokens, Created: now, Seen: now})
}

// End ends all of the operator's sessions, and has the browser forget its own. It returns nil also
// if there is none to end, and keeps the cookie with every error: see Sessions.End.
func (s OperatorSessions) End(c echo.Context) error {
	err := s.end(c)
	if err == nil || nothingToEnd(err) {
		DropCookie(c, OperatorCookie)
		return nil
	}
	return err
}

// Replace is Sessions.Replace for an operator. As signing out does, it ends all sessions of
// whoever's the browser had.
func (s OperatorSessions) Replace(c echo.Context, tokens sessioncookie.Tokens) (again bool) {
	if !s.store.replaced(c, s.end(c)) {
		return false
	}
	_, err := s.store.config.Operators.Authenticate(c.Request().Context(), tokens.ID)
	return errors.Is(err, tenant.ErrUnauthenticated)
}

func (s OperatorSessions) end(c echo.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), endTime)
	defer cancel()
	sealed, err := ReadCookie(c.Request(), OperatorCookie)
	if err != nil {
		return err
	}
	session, err := s.store.config.Seal.OpenOperator(sealed)
	if err != nil {
		return err
	}
	err = s.store.config.Operators.SignOutOf(ctx, session.ID)
	if !errors.Is(err, tenant.ErrUnauthenticated) {
		return err
	}
	_, o, err := s.store.AuthenticateOperator(ctx, session, s.store.config.Now())
	if err != nil {
		return err
	}
	return s.store.config.Operators.SignOut(ctx, o)
}
