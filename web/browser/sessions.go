package browser

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Sessions begins and ends browsers' sessions in workspaces.
type Sessions struct{ store Store }

// Begin begins a session in t with tokens, and has the browser keep it.
func (s Sessions) Begin(c echo.Context, t tenant.Tenant, tokens sessioncookie.Tokens) error {
	now := s.store.config.Now()
	noted := s.store.config.Record(c.Request().Context(), t, tokens, false)
	return s.store.Keep(c, t, sessioncookie.Session{Tokens: tokens, Created: now, Seen: now, Proved: now, Noted: noted})
}

// RecordProgram records that tokens were handed to a program over the API: a session that its
// person can see and end.
func (s Sessions) RecordProgram(ctx context.Context, t tenant.Tenant, tokens sessioncookie.Tokens) {
	s.store.config.Record(ctx, t, tokens, true)
}

// Caller returns whose session in the workspace the browser has. ok is false if it has none that
// still counts.
func (s Sessions) Caller(c echo.Context, slug tenant.Slug) (p tenancy.Principal, ok bool) {
	return s.store.Caller(c, slug)
}

// Left returns how long it is until then, in whole seconds.
func (s Sessions) Left(until time.Time) int { return int(until.Sub(s.store.config.Now()).Seconds()) }

// Proved notes that p, whose session the browser has in t, has just proven who they are.
// ErrSessionOver if the browser has another session by now.
func (s Sessions) Proved(c echo.Context, t tenant.Tenant, p tenancy.Principal) error {
	sealed, err := ReadCookie(c.Request(), CookieName(t.Slug))
	if err != nil {
		return err
	}
	session, err := s.store.config.Seal.Open(t.ID, sealed)
	if err != nil {
		return Ended(err)
	}
	now := s.store.config.Now()
	renewed, have, err := s.store.Authenticate(c.Request().Context(), t, session, now)
	if err != nil {
		return err
	}
	if have.User() != p.User() || !have.SignedIn().Equal(p.SignedIn()) {
		return ErrSessionOver
	}
	renewed.Proved = now
	return s.store.Keep(c, t, renewed)
}
