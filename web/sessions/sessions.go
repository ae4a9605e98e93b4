package sessions

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Show shows where the caller is signed in.
func (f Feature) Show(c echo.Context, g vending.Grant) error {
	all, err := f.ends.SessionsOf(c.Request().Context(), g, g.Principal().User())
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, Page(door.Shell(c, g, section()), listOf(g, all)))
}

// End ends one of the caller's sessions. Whoever ends the one that asks has signed out.
func (f Feature) End(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if id == own(g) {
		return f.signOut(c, slug)
	}
	if err := f.ends.EndSession(c.Request().Context(), g, g.Principal().User(), id); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(address(slug), ended))
}

// EndMany ends all of the caller's sessions, or all but the one that asks.
func (f Feature) EndMany(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	switch form.Value("which") {
	case "others":
		if err := f.ends.EndOtherSessions(ctx, g); err != nil {
			return err
		}
		return door.Redirect(c, door.WithNotice(address(slug), othersEnded))
	case "all":
		if err := f.ends.EndSessions(ctx, g, g.Principal().User()); err != nil {
			return err
		}
		return f.signOut(c, slug)
	}
	return errWhich
}

// signOut ends the session that asks, has the browser forget it, and shows the sign-in page.
func (f Feature) signOut(c echo.Context, slug tenant.Slug) error {
	if err := f.browser.End(c, slug); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.SignInPath(slug), door.SignedOut))
}

// ShowOf shows an admin where a person is signed in.
func (f Feature) ShowOf(c echo.Context, g vending.Grant) error {
	u, err := person(c)
	if err != nil {
		return err
	}
	all, err := f.ends.SessionsOf(c.Request().Context(), g, u)
	if err != nil {
		return err
	}
	v := listOf(g, all)
	if u != g.Principal().User() {
		v.Of = u.String()
	}
	return door.Show(c, http.StatusOK, Page(door.Shell(c, g, section()), v))
}

// EndOf ends, as an admin asks, one session of a person, or all of them.
func (f Feature) EndOf(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	u, err := person(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx, notice := c.Request().Context(), ended
	if form.Value("session") == "" {
		err, notice = f.ends.EndSessions(ctx, g, u), allEnded
	} else {
		var id sessions.ID
		if id, err = parse(form.Value("session")); err == nil {
			err = f.ends.EndSession(ctx, g, u, id)
		}
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "people", u.String(), "sessions"), notice))
}

func person(c echo.Context) (tenant.UserID, error) {
	return door.ParseID(c.Param("id"), tenant.ParseUserID, "a person")
}

func address(slug tenant.Slug) string { return door.Address(slug, "sessions") }

// listOf returns the sessions as the caller of g sees them.
func listOf(g vending.Grant, all []sessions.Session) (v List) {
	for _, s := range all {
		v.Sessions = append(v.Sessions, Session{
			ID: s.ID.String(), Device: s.Device, Address: s.Address, Began: s.Began, Seen: s.Seen, Current: s.ID == own(g),
			How: how(s.Way, s.Program),
		})
	}
	return v
}

// how says in words how a session began.
func how(w authpolicy.Way, program bool) string {
	var with string
	switch {
	case !w.Provider().IsZero():
		with = "at a provider"
	case w == authpolicy.WithRecoveryCode():
		with = "with a recovery code"
	default:
		with = "with a password"
	}
	if program {
		return with + ", over the API"
	}
	return with
}
