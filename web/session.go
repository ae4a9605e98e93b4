package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Limits of a browser's session.
const (
	idleLife      = 8 * time.Hour      // without a request, a session ends
	absoluteLife  = tenancy.MaxSession // after this it ends in any case
	refreshBefore = 5 * time.Minute    // an ID token this near its end is renewed
	operatorIdle  = time.Hour          // idleLife for an operator, who stays no longer than tenancy.OperatorSession in any case
	noteEvery     = time.Minute        // how exactly the last request is remembered
)

// enter is the policy of a page: it selects the workspace in the path, authenticates the browser's session for it,
// demands role, and vends.
//
//	errMalformed     the path names no workspace
//	errNoSession     the browser has no session for it
//	errSessionOver   it had one, which has ended
//	errTwoSessions   it sent two
//	errForbidden     the role is too low
//
// and what tenancy and vending refuse with.
func (s *site) enter(c echo.Context, role tenancy.Role) (vending.Grant, error) {
	ctx := c.Request().Context()
	slug, err := pathSlug(c)
	if err != nil {
		return vending.Grant{}, err
	}
	sealed, err := readCookie(c.Request(), cookieName(slug))
	if err != nil {
		return vending.Grant{}, err
	}
	t, err := s.Authenticator.Tenant(ctx, tenancy.SelectSlug(slug))
	if err != nil {
		return vending.Grant{}, err
	}
	before, err := s.Sessions.Open(t.ID, sealed)
	if err != nil {
		return vending.Grant{}, fmt.Errorf("%w: %w", errSessionOver, err)
	}
	after, p, err := s.authenticate(ctx, t, before, time.Now())
	if err != nil {
		return vending.Grant{}, s.Machine.Refused(ctx, err)
	}
	if v, ok := visitOf(ctx); ok {
		v.caller, v.tenant = &p, &t
	}
	if after != before {
		if err := s.keepSession(c, t, after); err != nil {
			return vending.Grant{}, err
		}
	}
	if !p.Role().Includes(role) {
		return vending.Grant{}, errForbidden
	}
	return s.Machine.Vend(ctx, p)
}

// authenticate returns who the session stands for, and the session as it is from now on: its tokens renewed when they
// near their end or no longer count. A change of role ends every token issued before it, so renewing is also how a
// session learns its new role.
func (s *site) authenticate(ctx context.Context, t tenancy.Tenant, session identity.Session, now time.Time) (identity.Session, tenancy.Principal, error) {
	if now.Sub(session.Seen) > idleLife || now.Sub(session.Created) > absoluteLife {
		return session, tenancy.Principal{}, errSessionOver
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	selected := tenancy.SelectID(t.ID)
	if session.Expires.Sub(now) > refreshBefore {
		p, err := s.Authenticator.Session(ctx, selected, session.ID)
		if !errors.Is(err, tenancy.ErrUnauthenticated) {
			return session, p, err
		}
	}
	tokens, err := s.Identity.Refresh(ctx, t, session.Refresh)
	switch {
	case errors.Is(err, identity.ErrUnavailable), errors.Is(err, tenancy.ErrUnavailable), errors.Is(err, tenancy.ErrTenantDenied):
		return session, tenancy.Principal{}, err
	case err != nil:
		return session, tenancy.Principal{}, fmt.Errorf("%w: %w", errSessionOver, err)
	}
	session.Tokens = tokens
	p, err := s.Authenticator.Session(ctx, selected, tokens.ID)
	if errors.Is(err, tenancy.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", errSessionOver, err)
	}
	return session, p, err
}

// keepSession seals the session into the workspace's cookie.
func (s *site) keepSession(c echo.Context, t tenancy.Tenant, session identity.Session) error {
	sealed, err := s.Sessions.Seal(t.ID, session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, cookieName(t.Slug), sealed, session.Created.Add(absoluteLife))
}

// leadToSignIn answers a browser that has no session for a page that needs one, and reports whether it did. Scripts that
// send JSON are told 401 instead: they would take the sign-in page for their answer.
func (s *site) leadToSignIn(c echo.Context, err error) bool {
	over := errors.Is(err, errSessionOver)
	if !over && !errors.Is(err, errNoSession) {
		return false
	}
	r := c.Request()
	cookie, to := operatorCookie, operatorSignIn
	switch {
	case !isOperators(r):
		slug, err := pathSlug(c)
		if err != nil {
			return false
		}
		cookie, to = cookieName(slug), signInURL(slug, pageOf(r), over)
	case over:
		to += "?notice=" + sessionOver
	}
	if over {
		dropCookie(c, cookie)
	}
	report(r.Context(), err)
	if isHTMX(r) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized) == nil
	}
	if wantsProblem(r) {
		return false
	}
	return c.Redirect(http.StatusSeeOther, to) == nil
}
