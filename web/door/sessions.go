package door

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
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

// Attempt counts an attempt to sign in to the tenant, by whomever. Too many become 429.
func (s Sessions) Attempt(id tenant.ID) error { return s.door.limiter.signIn(id) }

// Begin begins a session in t with tokens, and has the browser keep it.
func (s Sessions) Begin(c echo.Context, t tenant.Tenant, tokens identity.Tokens) error {
	now := s.door.config.Now()
	return s.door.keepSession(c, t, identity.Session{Tokens: tokens, Created: now, Seen: now})
}

// Left returns how long it is until then, in whole seconds.
func (s Sessions) Left(until time.Time) int { return int(until.Sub(s.door.config.Now()).Seconds()) }

// Drop has the browser forget its session in the workspace.
func (s Sessions) Drop(c echo.Context, slug tenant.Slug) { dropCookie(c, cookieName(slug)) }

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
