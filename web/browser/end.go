package browser

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// endTime bounds what ending a session may take, whatever becomes of the browser meanwhile.
const endTime = 10 * time.Second

// End ends the browser's session in the workspace everywhere, and has the browser forget it. It
// returns nil also if there is no session to end: none was sent, it does not open, or the workspace
// is not served. Whenever it cannot tell, or the end may not be known everywhere, it returns an
// error and the browser keeps the session, so that it can be ended again.
func (s Sessions) End(c echo.Context, slug tenant.Slug) error {
	err := s.end(c, slug)
	if err == nil || nothingToEnd(err) {
		DropCookie(c, CookieName(slug))
		return nil
	}
	return err
}

// Replace ends the session that the browser has in t, which a new one with these tokens replaces:
// nobody would ever sign out of it. Where the end fails, the new session begins all the same, and
// the old one lasts as long as any. again reports that the tokens ended with it, for both sessions
// began in the same second: sign in once more.
func (s Sessions) Replace(c echo.Context, t tenant.Tenant, tokens sessioncookie.Tokens) (again bool) {
	if !s.store.replaced(c, s.end(c, t.Slug)) {
		return false
	}
	_, err := s.store.config.Authenticator.Session(c.Request().Context(), tenant.SelectID(t.ID), tokens.ID)
	return errors.Is(err, tenant.ErrUnauthenticated)
}

// replaced reports whether a session was ended, by what ending it returned, and logs a failure.
func (s Store) replaced(c echo.Context, err error) bool {
	if err != nil && !nothingToEnd(err) {
		s.config.Logger.WarnContext(c.Request().Context(), "a session that was replaced lives on", "error", err)
	}
	return err == nil
}

func (s Sessions) end(c echo.Context, slug tenant.Slug) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), endTime)
	defer cancel()
	sealed, err := ReadCookie(c.Request(), CookieName(slug))
	if err != nil {
		return err
	}
	t, err := s.store.config.Authenticator.Tenant(ctx, tenant.SelectSlug(slug))
	if err != nil {
		return err
	}
	session, err := s.store.config.Seal.Open(t.ID, sealed)
	if err != nil {
		return s.store.config.Refused(ctx, err)
	}
	err = s.store.config.Authenticator.EndSessionOf(ctx, t, session.ID)
	if !errors.Is(err, tenant.ErrUnauthenticated) {
		return err
	}
	// The token names nobody any more: Google has withdrawn its key. A refreshed one does.
	_, p, err := s.store.Authenticate(ctx, t, session, s.store.config.Now())
	if err != nil {
		return err
	}
	return s.store.config.Authenticator.EndSession(ctx, p)
}

// nothingToEnd reports whether err says that there is no session, or none that still counts.
func nothingToEnd(err error) bool {
	if errors.Is(err, identityplatform.ErrUnavailable) || errors.Is(err, tenant.ErrUnavailable) {
		return false
	}
	for _, none := range []error{
		ErrNoSession, ErrSessionOver, sessioncookie.ErrExpired, tenant.ErrTenantDenied, tenant.ErrUnauthenticated,
	} {
		if errors.Is(err, none) {
			return true
		}
	}
	return false
}
