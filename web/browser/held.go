package browser

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// A form that arrives when its session has ended, or whose person must prove who they are first, is
// not lost: the browser keeps what was typed, sealed for the workspace and for whom it was of, and
// its person is shown it once they are back. They send it themselves.

// heldLife is how long a form is kept so.
const heldLife = 10 * time.Minute

// heldCookie is the name of the cookie in which a browser keeps a form of a workspace.
func heldCookie(slug tenant.Slug) string { return "__Host-bhh-" + slug.String() }

// isSecret reports whether a field of this name is not kept: a secret is typed again.
func isSecret(field string) bool {
	return strings.Contains(field, "password") || strings.Contains(field, "secret") || strings.Contains(field, "code")
}

// Hold has the browser keep a form of the workspace that was sent to path, for user; the zero
// UserID if nobody can tell whose it was, because the browser has no session any more. It reports
// whether the form is kept: one that is too long for a cookie is not.
func (s Store) Hold(c echo.Context, slug tenant.Slug, user tenant.UserID, path string, form map[string]string) bool {
	t, err := s.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
	if err != nil {
		return false
	}
	held := sessioncookie.Held{User: user.String(), Path: path, Fields: map[string]string{}, At: s.config.Now().Unix()}
	for name, value := range form {
		if !isSecret(name) {
			held.Fields[name] = value
		}
	}
	sealed, err := s.config.Seal.SealHeld(t.ID, held)
	if err != nil {
		return false
	}
	return writeCookie(c, heldCookie(slug), sealed, heldLife) == nil
}

// Whose returns whose session the browser has in the workspace, be it over; zero if none opens.
func (s Store) Whose(c echo.Context, slug tenant.Slug) tenant.UserID {
	sealed, err := ReadCookie(c.Request(), CookieName(slug))
	if err != nil {
		return tenant.UserID{}
	}
	t, err := s.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
	if err != nil {
		return tenant.UserID{}
	}
	session, err := s.config.Seal.Open(t.ID, sealed)
	if err != nil {
		return tenant.UserID{}
	}
	return session.User()
}

// Holds reports whether the browser keeps a form of the workspace.
func (s Store) Holds(c echo.Context, slug tenant.Slug) bool {
	_, err := ReadCookie(c.Request(), heldCookie(slug))
	return err == nil
}

// TakeHeld returns the form that the browser keeps of p in t, and has the browser forget it. ok is
// false if it keeps none, or somebody else's.
func (s Sessions) TakeHeld(c echo.Context, t tenant.Tenant, p tenancy.Principal) (_ sessioncookie.Held, ok bool) {
	sealed, err := ReadCookie(c.Request(), heldCookie(t.Slug))
	DropCookie(c, heldCookie(t.Slug))
	if err != nil {
		return sessioncookie.Held{}, false
	}
	held, err := s.store.config.Seal.OpenHeld(t.ID, sealed)
	if err != nil {
		return sessioncookie.Held{}, false
	}
	age := s.store.config.Now().Sub(time.Unix(held.At, 0))
	mine := held.User == "" || held.User == p.User().String()
	return held, mine && age <= heldLife && age > -time.Minute && strings.HasPrefix(held.Path, s.store.config.Address(t.Slug))
}
