package door

import (
	"cmp"
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// enterPage is the policy of a page: it selects the workspace in the path, authenticates the
// browser's session for it, demands the permission, and vends.
//
//	httpserver.ErrMalformed    the path names no workspace
//	browser.ErrNoSession       the browser has no session for it
//	browser.ErrSessionOver     it had one, which has ended
//	browser.ErrTwoSessions     it sent two
//	errForbidden               the caller's role does not have the permission
//
// and what tenancy and vending refuse with.
//
// Before anything is asked of others but the registry, it counts the request: call done at its end.
// The caller is known by the session, which our own seal vouches for.
func (d *Door) enterPage(c echo.Context, route Route) (_ vending.Grant, done func(), err error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route, path: c.Param("tenant")}
	if err = d.enter(a); err == nil {
		a.renewed = d.usage.Note(a.ctx, a.grant, a.renewed)
	}
	if a.renewed != (sessioncookie.Session{}) && a.renewed != a.session { // whatever came of the request
		if kept := d.browsers.Keep(c, a.tenant, a.renewed); err == nil && kept != nil {
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
func (d *Door) sessionOf(ctx context.Context, t tenant.Tenant, session sessioncookie.Session) string {
	if p, err := d.config.Authenticator.Session(ctx, tenant.SelectID(t.ID), session.ID); err == nil {
		return p.User().String()
	}
	return "session " + session.Created.String()
}

// Sessions begins and ends browsers' sessions in workspaces. Only the pages where people sign in
// hold one.
type Sessions struct {
	browser.Sessions
	door *Door
}

// Sessions returns what begins and ends sessions in workspaces.
func (d *Door) Sessions() Sessions { return Sessions{d.browsers.Sessions(), d} }

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

// Guess counts a question of somebody unknown, who may be guessing, at their own address alone. Too
// many become 429.
func (s Sessions) Guess(ctx context.Context) error {
	return s.door.limiter.guess(visit.AddressOf(ctx))
}

// SignedIn is a workspace in which the browser has a session.
type SignedIn struct {
	Workspace view.Workspace
	Email     string // of the person whose session it is
	Address   string // of the workspace's first page
}

// Live returns the workspaces in which the browser has a session that still counts, at most twelve,
// by their names. What cannot be told right now is left out.
func (s Sessions) Live(c echo.Context) (all []SignedIn) {
	for _, live := range s.door.browsers.Live(c) {
		all = append(all, SignedIn{Workspace(live.Tenant), live.Principal.Email(), FirstPage(c, live.Tenant.Slug)})
	}
	return all
}

// Onward is where to lead somebody who has just proven who they are: to the form that the browser
// keeps of them, else to next, a path that ReturnPath has checked, else to the first page.
func (s Sessions) Onward(c echo.Context, slug tenant.Slug, next string) string {
	if s.door.browsers.Holds(c, slug) {
		return Address(slug, "resume")
	}
	return cmp.Or(next, FirstPage(c, slug))
}

// Of returns the tenant of a grant.
func (s Sessions) Of(ctx context.Context, g vending.Grant) (tenant.Tenant, error) {
	return s.door.config.Authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
}

// PageURL returns the whole address of a page of the workspace, for a program to open in a browser.
func (s Sessions) PageURL(slug tenant.Slug, segments ...string) string {
	return s.door.origin + Address(slug, segments...)
}

// recordBegin records that the session of these tokens has begun in t: see usage.Recorder.Begin.
func (d *Door) recordBegin(ctx context.Context, t tenant.Tenant, tokens sessioncookie.Tokens, program bool) time.Time {
	return d.usage.Begin(ctx, t.ID, program, func(ctx context.Context) (vending.Grant, error) {
		p, err := d.config.Authenticator.Session(ctx, tenant.SelectID(t.ID), tokens.ID)
		if err != nil {
			return vending.Grant{}, err
		}
		return d.config.Machine.Vend(ctx, p)
	})
}
