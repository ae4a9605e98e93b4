package door

import (
	"cmp"
	"net/http"
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

// hold has the browser keep the form that it sent, for user; the zero UserID if nobody can tell
// whose it was, because the browser has no session any more. It reports whether the form is kept:
// one that is too long for a cookie is not.
func (d *Door) hold(c echo.Context, slug tenant.Slug, user tenant.UserID) bool {
	r := c.Request()
	if r.Method != http.MethodPost {
		return false
	}
	form, err := ReadForm(r)
	if err != nil || len(form) == 0 {
		return false
	}
	t, err := d.config.Authenticator.Tenant(r.Context(), tenant.SelectSlug(slug))
	if err != nil {
		return false
	}
	held := sessioncookie.Held{User: user.String(), Path: r.URL.Path, Fields: map[string]string{}, At: d.config.Now().Unix()}
	for name := range form {
		if !isSecret(name) {
			held.Fields[name] = form.Value(name)
		}
	}
	sealed, err := d.config.Sessions.SealHeld(t.ID, held)
	if err != nil {
		return false
	}
	return writeCookie(c, heldCookie(slug), sealed, heldLife) == nil
}

// whose returns whose session the browser has in the workspace, be it over; zero if none opens.
func (d *Door) whose(c echo.Context, slug tenant.Slug) tenant.UserID {
	sealed, err := readCookie(c.Request(), cookieName(slug))
	if err != nil {
		return tenant.UserID{}
	}
	t, err := d.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
	if err != nil {
		return tenant.UserID{}
	}
	session, err := d.config.Sessions.Open(t.ID, sealed)
	if err != nil {
		return tenant.UserID{}
	}
	return session.User()
}

// Onward is where to lead somebody who has just proven who they are: to the form that the browser
// keeps of them, else to next, a path that ReturnPath has checked, else to the first page.
func (s Sessions) Onward(c echo.Context, slug tenant.Slug, next string) string {
	if _, err := readCookie(c.Request(), heldCookie(slug)); err == nil {
		return Address(slug, "resume")
	}
	return cmp.Or(next, FirstPage(c, slug))
}

// TakeHeld returns the form that the browser keeps of p in t, and has the browser forget it. ok is
// false if it keeps none, or somebody else's.
func (s Sessions) TakeHeld(c echo.Context, t tenant.Tenant, p tenancy.Principal) (_ sessioncookie.Held, ok bool) {
	sealed, err := readCookie(c.Request(), heldCookie(t.Slug))
	dropCookie(c, heldCookie(t.Slug))
	if err != nil {
		return sessioncookie.Held{}, false
	}
	held, err := s.door.config.Sessions.OpenHeld(t.ID, sealed)
	if err != nil {
		return sessioncookie.Held{}, false
	}
	age := s.door.config.Now().Sub(time.Unix(held.At, 0))
	mine := held.User == "" || held.User == p.User().String()
	return held, mine && age <= heldLife && age > -time.Minute && strings.HasPrefix(held.Path, Address(t.Slug))
}
