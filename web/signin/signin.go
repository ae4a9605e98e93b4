package signin

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
)

// Page shows the sign-in page of the workspace in the path. Whoever is signed in already is led on,
// unless they come with a notice: then a page has sent them here.
func (f Feature) Page(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	if _, ok := f.sessions.Caller(c, t.Slug); ok && !c.QueryParams().Has("notice") {
		next := door.ReturnPath(c, t.Slug, c.QueryParam("next"))
		return door.Redirect(c, cmp.Or(next, door.FirstPage(c, t.Slug)))
	}
	choices, err := f.signIn.Choices(c.Request().Context(), t)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, Page(Form{
		Workspace: door.Workspace(t),
		Next:      door.ReturnPath(c, t.Slug, c.QueryParam("next")),
		Notice:    door.NoticeIn(c).Text,
		Choices:   choices,
	}))
}

// SignIn begins a session in the workspace in the path. One that the browser has there is replaced,
// and ends.
func (f Feature) SignIn(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	typed := signinform.Read(form)
	next := door.ReturnPath(c, t.Slug, typed.Next)
	var tokens sessioncookie.Tokens
	if err = typed.Check(); err == nil {
		err = f.sessions.Attempt(c.Request().Context(), t.ID)
	}
	if err == nil {
		tokens, err = f.signIn.SignInWithPassword(c.Request().Context(), t, typed.Email, typed.Password)
	}
	if ok, err := f.onward(c, t, next, err); ok {
		return err
	}
	if door.ForTheForm(err) {
		r := door.Refuse(c, err)
		choices, err := f.signIn.Choices(c.Request().Context(), t)
		if err != nil {
			return err
		}
		return door.Show(c, r.Status, Page(Form{
			Workspace: door.Workspace(t), Email: typed.Email, Next: next, Error: r.Sentence, Choices: choices,
		}))
	}
	if err != nil {
		return err
	}
	if f.sessions.Replace(c, t, tokens) {
		if tokens, err = f.signIn.SignInWithPassword(c.Request().Context(), t, typed.Email, typed.Password); err != nil {
			return err
		}
	}
	if err := f.sessions.Begin(c, t, tokens); err != nil {
		return err
	}
	return door.Redirect(c, f.sessions.Onward(c, t.Slug, next))
}

// SignOut ends the browser's session everywhere, and has the browser forget it. It works without
// one, and for a workspace that has been closed since. If the end cannot be made sure, it fails and
// the browser keeps its session: the page says to try again.
func (f Feature) SignOut(c echo.Context) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	if err := f.sessions.End(c, slug); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.SignInPath(slug), door.SignedOut))
}
