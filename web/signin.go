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
		errIncomplete, identity.ErrBadCredentials, identity.ErrDisabled, identity.ErrNoAccess, identity.ErrTooManyAttempts, identity.ErrUnavailable,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// signOut has the browser forget its session. It works without one, and for a workspace that has been closed since.
func (s *site) signOut(c echo.Context) error {
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	dropCookie(c, slug)
	return c.Redirect(http.StatusSeeOther, signInPath(slug)+"?notice="+signedOut)
}
