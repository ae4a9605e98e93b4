package door

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// Sessions begins and ends browsers' sessions in workspaces. Only the pages where people sign in
// hold one.
type Sessions struct{ door *Door }

// Sessions returns what begins and ends sessions in workspaces.
func (d *Door) Sessions() Sessions { return Sessions{d} }

// Tenant returns the tenant whose workspace is in the path. tenant.ErrTenantDenied if it is not
// served.
func (s Sessions) Tenant(c echo.Context) (tenant.Tenant, error) {
	slug, err := PathSlug(c)
	if err != nil {
		return tenant.Tenant{}, err
	}
	return s.door.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
}

// Attempt counts an attempt to sign in to the tenant, by whomever. Too many become 429. Count none
// before its form is looked at: what cannot succeed costs the tenant nothing.
func (s Sessions) Attempt(ctx context.Context, id tenant.ID) error {
	return s.door.limiter.signIn(visit.AddressOf(ctx), id)
}

// AttemptRefresh is Attempt for a refresh token.
func (s Sessions) AttemptRefresh(ctx context.Context, id tenant.ID) error {
	return s.door.limiter.refresh(visit.AddressOf(ctx), id)
}

// Begin begins a session in t with tokens, and has the browser keep it.
func (s Sessions) Begin(c echo.Context, t tenant.Tenant, tokens identity.Tokens) error {
	now := s.door.config.Now()
	noted := s.door.recordBegin(c.Request().Context(), t, tokens, false)
	return s.door.keepSession(c, t, identity.Session{Tokens: tokens, Created: now, Seen: now, Proved: now, Noted: noted})
}

// Left returns how long it is until then, in whole seconds.
func (s Sessions) Left(until time.Time) int { return int(until.Sub(s.door.config.Now()).Seconds()) }

// endTime bounds what ending a session may take, whatever becomes of the browser meanwhile.
const endTime = 10 * time.Second

// End ends the browser's session in the workspace everywhere, and has the browser forget it. It
// returns nil also if there is no session to end: none was sent, it does not open, or the workspace
// is not served. Whenever it cannot tell, or the end may not be known everywhere, it returns an
// error and the browser keeps the session, so that it can be ended again.
func (s Sessions) End(c echo.Context, slug tenant.Slug) error {
	err := s.end(c, slug)
	if err == nil || nothingToEnd(err) {
		dropCookie(c, cookieName(slug))
		return nil
	}
	return err
}

// Replace ends the session that the browser has in t, which a new one with these tokens replaces:
// nobody would ever sign out of it. Where the end fails, the new session begins all the same, and
// the old one lasts as long as any. again reports that the tokens ended with it, for both sessions
// began in the same second: sign in once more.
func (s Sessions) Replace(c echo.Context, t tenant.Tenant, tokens identity.Tokens) (again bool) {
	if !s.door.replaced(c, s.end(c, t.Slug)) {
		return false
	}
	_, err := s.door.config.Authenticator.Session(c.Request().Context(), tenant.SelectID(t.ID), tokens.ID)
	return errors.Is(err, tenant.ErrUnauthenticated)
}

// replaced reports whether a session was ended, by what ending it returned, and logs a failure.
func (d *Door) replaced(c echo.Context, err error) bool {
	if err != nil && !nothingToEnd(err) {
		d.config.Logger.WarnContext(c.Request().Context(), "a session that was replaced lives on", "error", err)
	}
	return err == nil
}

func (s Sessions) end(c echo.Context, slug tenant.Slug) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), endTime)
	defer cancel()
	sealed, err := readCookie(c.Request(), cookieName(slug))
	if err != nil {
		return err
	}
	t, err := s.door.config.Authenticator.Tenant(ctx, tenant.SelectSlug(slug))
	if err != nil {
		return err
	}
	session, err := s.door.config.Sessions.Open(t.ID, sealed)
	if err != nil {
		return s.door.refused(ctx, err)
	}
	err = s.door.config.Authenticator.EndSessionOf(ctx, t, session.ID)
	if !errors.Is(err, tenant.ErrUnauthenticated) {
		return err
	}
	// The token names nobody any more: Google has withdrawn its key. A refreshed one does.
	_, p, err := s.door.authenticate(ctx, t, session, s.door.config.Now())
	if err != nil {
		return err
	}
	return s.door.config.Authenticator.EndSession(ctx, p)
}

// nothingToEnd reports whether err says that there is no session, or none that still counts.
func nothingToEnd(err error) bool {
	if errors.Is(err, identity.ErrUnavailable) || errors.Is(err, tenant.ErrUnavailable) {
		return false
	}
	for _, none := range []error{
		errNoSession, errSessionOver, identity.ErrSessionExpired, tenant.ErrTenantDenied, tenant.ErrUnauthenticated,
	} {
		if errors.Is(err, none) {
			return true
		}
	}
	return false
}

// Caller returns whose session in the workspace the browser has. ok is false if it has none that
// still counts.
func (s Sessions) Caller(c echo.Context, slug tenant.Slug) (p tenancy.Principal, ok bool) {
	ctx := c.Request().Context()
	sealed, err := readCookie(c.Request(), cookieName(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	t, err := s.door.config.Authenticator.Tenant(ctx, tenant.SelectSlug(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	session, err := s.door.config.Sessions.Open(t.ID, sealed)
	if err != nil {
		_ = s.door.refused(ctx, err)
		return tenancy.Principal{}, false
	}
	_, p, err = s.door.authenticate(ctx, t, session, s.door.config.Now())
	return p, err == nil
}
