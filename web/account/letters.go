package account

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Forgotten shows the page on which a new password is asked for.
func (f Feature) Forgotten(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, ForgottenPage(Forgotten{Workspace: door.Workspace(t)}))
}

// AskReset has a letter written. Nobody is looked up for the answer: it is the same whether anybody
// has the address.
func (f Feature) AskReset(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx, page := c.Request().Context(), Forgotten{Workspace: door.Workspace(t), Email: form.Value("email")}
	if _, err = users.ParseAddress(page.Email); err == nil {
		err = f.sessions.Attempt(ctx, t.ID)
	}
	if err == nil {
		err = f.account.AskReset(ctx, t, page.Email)
	}
	switch {
	case errors.Is(err, users.ErrInvalid):
		page.Error = "This is no e-mail address. Write it like ada@example.com."
		return door.Show(c, http.StatusUnprocessableEntity, ForgottenPage(page))
	case door.ForTheForm(err):
		r := door.Refuse(c, err)
		page.Error = r.Sentence
		return door.Show(c, r.Status, ForgottenPage(page))
	case err != nil:
		return err
	}
	page.Asked = true
	return door.Show(c, http.StatusOK, ForgottenPage(page))
}

// NewPassword shows the page on which a letter's code and a new password are entered.
func (f Feature) NewPassword(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, NewPasswordPage(Code{Workspace: door.Workspace(t)}))
}

// SetPassword sets a password by a letter's code.
func (f Feature) SetPassword(c echo.Context) error {
	t, form, err := f.coded(c)
	if err != nil {
		return err
	}
	typed := Code{Workspace: door.Workspace(t), Typed: form.Value("code")}
	if err = f.sessions.Attempt(c.Request().Context(), t.ID); err == nil {
		err = f.account.Reset(c.Request().Context(), t, typed.Typed, form.Value("password"))
	}
	if forTheForm(err) {
		r := door.Refuse(c, err)
		typed.Error = r.Sentence
		return door.Show(c, r.Status, NewPasswordPage(typed))
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.SignInPath(t.Slug), passwordSet))
}

// Confirm shows the page on which a letter's code is entered to confirm an address.
func (f Feature) Confirm(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, ConfirmPage(Code{Workspace: door.Workspace(t)}))
}

// ConfirmAddress takes the code that was mailed to a new address.
func (f Feature) ConfirmAddress(c echo.Context) error {
	t, form, err := f.coded(c)
	if err != nil {
		return err
	}
	typed := Code{Workspace: door.Workspace(t), Typed: form.Value("code")}
	if err = f.sessions.Attempt(c.Request().Context(), t.ID); err == nil {
		err = f.account.ConfirmAddress(c.Request().Context(), t, typed.Typed)
	}
	if forTheForm(err) || errors.Is(err, people.ErrAddressTaken) {
		r := door.Refuse(c, err)
		typed.Error = r.Sentence
		return door.Show(c, r.Status, ConfirmPage(typed))
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.SignInPath(t.Slug), addressChanged))
}

// coded reads a form of a page that takes a code.
func (f Feature) coded(c echo.Context) (tenant.Tenant, door.Form, error) {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return t, nil, err
	}
	form, err := door.ReadForm(c.Request())
	return t, form, err
}

// forTheForm reports whether the page with the form says what is wrong.
func forTheForm(err error) bool {
	return door.ForTheForm(err) || errors.Is(err, identityplatform.ErrCode) || errors.Is(err, identityplatform.ErrPassword)
}
