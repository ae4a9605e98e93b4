package signin

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Recovery shows the page on which an admin signs in with a recovery code.
func (f Feature) Recovery(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, RecoveryPage(Recovery{Workspace: door.Workspace(t)}))
}

// Recover begins the session of an admin by a password and a recovery code. A session that the
// browser has lasts as long as any: to end it could end the new one too, and the code is used up.
func (f Feature) Recover(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	email, password, code := form.Value("email"), form.Value("password"), form.Value("code")
	var tokens sessioncookie.Tokens
	if email == "" || password == "" || code == "" {
		err = errCode
	} else if err = f.sessions.Attempt(c.Request().Context(), t.ID); err == nil {
		tokens, err = f.signIn.SignInWithRecoveryCode(c.Request().Context(), t, email, password, code)
	}
	if ok, err := f.onward(c, t, "", err); ok {
		return err
	}
	if door.ForTheForm(err) || errors.Is(err, errCode) || errors.Is(err, signin.ErrRecoveryCode) {
		r := door.Refuse(c, err)
		return door.Show(c, r.Status, RecoveryPage(Recovery{Workspace: door.Workspace(t), Email: email, Error: r.Sentence}))
	}
	if err != nil {
		return err
	}
	if err := f.sessions.Begin(c, t, tokens); err != nil {
		return err
	}
	return door.Redirect(c, f.sessions.Onward(c, t.Slug, ""))
}
