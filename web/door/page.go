package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Limits of a browser's session, beside those that its tenant sets: see authpolicy.SessionLimits.
const (
	refreshBefore = 5 * time.Minute // an ID token this near its end is renewed
	operatorIdle  = time.Hour       // without a request, an operator's session ends; after tenancy.OperatorSession in any case
	noteEvery     = time.Minute     // how exactly the last request is remembered
)

// enterPage is the policy of a page: it selects the workspace in the path, authenticates the
// browser's session for it, demands the permission, and vends.
//
//	httpserver.ErrMalformed   the path names no workspace
//	errNoSession              the browser has no session for it
//	errSessionOver            it had one, which has ended
//	errTwoSessions            it sent two
//	errForbidden              the caller's role does not have the permission
//
// and what tenancy and vending refuse with.
//
// Before anything is asked of others but the registry, it counts the request: call done at its end.
// The caller is known by the session, which our own seal vouches for.
func (d *Door) enterPage(c echo.Context, route Route) (_ vending.Grant, done func(), err error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route, path: c.Param("tenant")}
	if err = d.enter(a); err == nil {
		a.renewed = d.note(a.ctx, a.grant, a.renewed)
	}
	if a.renewed != (identity.Session{}) && a.renewed != a.session { // whatever came of the request
		if kept := d.keepSession(c, a.tenant, a.renewed); err == nil && kept != nil {
			a.done()
			err = kept
		}
	}
	if err != nil {
		return vending.Grant{}, nil, d.refused(a.ctx, err)
	}
	return a.grant, a.done, nil
}

// sessionOf names whose the session is, for the limits: the person if its token still says so, and
// otherwise the session itself. Nobody but the process is asked.
func (d *Door) sessionOf(ctx context.Context, t tenant.Tenant, session identity.Session) string {
	if p, err := d.config.Authenticator.Session(ctx, tenant.SelectID(t.ID), session.ID); err == nil {
		return p.User().String()
	}
	return "session " + session.Created.String()
}

// authenticate returns who the session stands for, and the session as it is from now on: its tokens
// renewed when they near their end or no longer count. A change of role ends every token issued
// before it, so renewing is also how a session learns its new role.
func (d *Door) authenticate(ctx context.Context, t tenant.Tenant, session identity.Session, now time.Time) (identity.Session, tenancy.Principal, error) {
	if err := d.withinLimits(ctx, t, session, now); err != nil {
		return session, tenancy.Principal{}, err
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	selected := tenant.SelectID(t.ID)
	if session.Expires.Sub(now) > refreshBefore {
		p, err := d.config.Authenticator.Session(ctx, selected, session.ID)
		if !errors.Is(err, tenant.ErrUnauthenticated) {
			return session, p, ended(err)
		}
	}
	tokens, err := d.config.Renewer.Refresh(ctx, t, session.Refresh)
	switch {
	case errors.Is(err, identity.ErrUnavailable), errors.Is(err, tenant.ErrUnavailable), errors.Is(err, tenant.ErrTenantDenied):
		return session, tenancy.Principal{}, err
	case err != nil:
		return session, tenancy.Principal{}, fmt.Errorf("%w: %w", errSessionOver, err)
	}
	session.Tokens = tokens
	p, err := d.config.Authenticator.Session(ctx, selected, tokens.ID)
	return session, p, ended(err)
}

// ended says of an error that means so that the session is over: its cookie does not open, its
// tokens do not count any more, or the tenant does not accept how it began.
func ended(err error) error {
	for _, sign := range []error{identity.ErrSessionExpired, tenant.ErrUnauthenticated, authpolicy.ErrWay, authpolicy.ErrSecondFactor} {
		if errors.Is(err, sign) {
			return fmt.Errorf("%w: %w", errSessionOver, err)
		}
	}
	return err
}

// keepSession seals the session into the workspace's cookie.
func (d *Door) keepSession(c echo.Context, t tenant.Tenant, session identity.Session) error {
	limits, err := d.config.Authenticator.SessionLimits(c.Request().Context(), t.ID)
	if err != nil {
		return err
	}
	sealed, err := d.config.Sessions.Seal(t.ID, session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, cookieName(t.Slug), sealed, session.Created.Add(limits.Absolute).Sub(d.config.Now()))
}

// withinLimits returns errSessionOver if the session is too old for its tenant, or was left alone
// for too long. tenant.ErrUnavailable.
func (d *Door) withinLimits(ctx context.Context, t tenant.Tenant, session identity.Session, now time.Time) error {
	limits, err := d.config.Authenticator.SessionLimits(ctx, t.ID)
	if err != nil {
		return err
	}
	if limits.Over(session.Created, session.Seen, now) {
		return errSessionOver
	}
	return nil
}
