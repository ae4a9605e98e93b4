package operators

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
)

// SignInPage shows the page on which operators sign in.
func (f Feature) SignInPage(c echo.Context) error {
	return door.Show(c, http.StatusOK, SignInPage(SignIn{Notice: door.NoticeIn(c).Text}))
}

// SignIn takes an operator's password, and leads to the second factor. A session that the browser
// has is replaced, and ends.
func (f Feature) SignIn(c echo.Context) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	typed := signinform.Read(form)
	var need *mfa.FactorNeeded
	if err = typed.Check(); err == nil {
		err = f.deps.Sessions.Attempt(c.Request().Context())
	}
	if err == nil {
		need, err = f.deps.SignIn.SignInOperator(c.Request().Context(), typed.Email, typed.Password)
	}
	if door.ForTheForm(err) {
		r := door.Refuse(c, err)
		return door.Show(c, r.Status, SignInPage(SignIn{Email: typed.Email, Error: r.Sentence}))
	}
	if err != nil {
		return err
	}
	if f.deps.Sessions.Replace(c, sessioncookie.Tokens{}) { // what ended it has ended this sign-in too
		if need, err = f.deps.SignIn.SignInOperator(c.Request().Context(), typed.Email, typed.Password); err != nil {
			return err
		}
	}
	if err := f.deps.Sessions.KeepPending(c, need.Kept, mfa.FactorLife); err != nil {
		return err
	}
	return door.Redirect(c, factorPath)
}

// SignOut ends all of the operator's sessions, and has the browser forget its own. It works without
// one. If the end cannot be made sure, it fails and the browser keeps its session.
func (f Feature) SignOut(c echo.Context) error {
	if err := f.deps.Sessions.End(c); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.OperatorSignIn, door.SignedOut))
}
