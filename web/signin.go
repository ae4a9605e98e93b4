package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// pathTenant returns the workspace in the path, if it is served.
func (s *site) pathTenant(c echo.Context) (tenancy.Tenant, error) {
	slug, err := pathSlug(c)
	if err != nil {
		return tenancy.Tenant{}, err
	}
	return s.Authenticator.Tenant(c.Request().Context(), tenancy.SelectSlug(slug))
}

// whoLeaves returns whose session the browser has, if it has one that still stands.
func (s *site) whoLeaves(c echo.Context, slug tenancy.Slug) (tenancy.Principal, bool) {
	ctx := c.Request().Context()
	sealed, err := readCookie(c.Request(), cookieName(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	t, err := s.Authenticator.Tenant(ctx, tenancy.SelectSlug(slug))
	if err != nil {
		return tenancy.Principal{}, false
	}
	session, err := s.Sessions.Open(t.ID, sealed)
	if err != nil {
		return tenancy.Principal{}, false
	}
	_, p, err := s.authenticate(ctx, t, session, time.Now())
	return p, err == nil
}

func (s *site) signInPage(c echo.Context) error {
	t, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, view.SignInPage(view.SignIn{
		Workspace: workspaceView(t),
		Next:      localPath(t.Slug, c.QueryParam("next")),
		Notice:    noticeOf(c.QueryParam("notice")).Text,
	}))
}

func (s *site) signIn(c echo.Context) error {
	t, err := s.pathTenant(c)
	if err != nil {
		return err
	}
	f, err := readForm(c.Request())
	if err != nil {
		return err
	}
	email, password, next := f.value("email"), f.value("password"), localPath(t.Slug, f.value("next"))
	var tokens identity.Tokens
	if err = errIncomplete; email != "" && password != "" {
		err = s.limiter.signIn(t.ID)
	}
	if err == nil {
		tokens, err = s.Identity.SignInWithPassword(c.Request().Context(), t, email, password)
	}
	if refusedSignIn(err) {
		r, _ := report(c.Request().Context(), err)
		return s.show(c, r.status, view.SignInPage(view.SignIn{
			Workspace: workspaceView(t), Email: email, Next: next, Error: r.sentence,
		}))
	}
	if err != nil {
		return err
	}
	now := time.Now()
	if err := s.keepSession(c, t, identity.Session{Tokens: tokens, Created: now, Seen: now}); err != nil {
		return err
	}
	if next == "" {
		next = filesPath(t.Slug)
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// refusedSignIn reports whether err is for the person at the form, who keeps what they typed.
func refusedSignIn(err error) bool {
	for _, target := range []error{
		errIncomplete, errTooMany, identity.ErrBadCredentials, identity.ErrDisabled, identity.ErrNoAccess, identity.ErrTooManyAttempts, identity.ErrUnavailable,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// signOut ends the browser's session everywhere, and has the browser forget it. It works without one, and for a workspace
// that has been closed since.
func (s *site) signOut(c echo.Context) error {
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	dropCookie(c, cookieName(slug))
	ctx := c.Request().Context()
	if p, ok := s.whoLeaves(c, slug); ok {
		if err := s.Identity.SignOut(ctx, p); err != nil {
			return err // what was signed in elsewhere may still be: the page says to try again
		}
	}
	return c.Redirect(http.StatusSeeOther, signInPath(slug)+"?notice="+signedOut)
}
