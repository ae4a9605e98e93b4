package account

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Show shows the caller's own account.
func (f Feature) Show(c echo.Context, g vending.Grant) error {
	return f.show(c, g, http.StatusOK, Own{})
}

func (f Feature) show(c echo.Context, g vending.Grant, status int, o Own) error {
	ways, err := f.methods.Methods(c.Request().Context(), g)
	if err != nil {
		return err
	}
	o.Password = ways.Password
	return door.Show(c, status, Page(door.Shell(c, g, section()), o))
}

// ChangePassword gives the caller another password. All their sessions end, and this browser gets a
// new one.
func (f Feature) ChangePassword(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	var tokens sessioncookie.Tokens
	if err = f.sessions.Attempt(ctx, t.ID); err == nil {
		tokens, err = f.account.ChangePassword(ctx, g, form.Value("current-password"), form.Value("password"))
		err = ofPassword(err)
	}
	if own(err) {
		r := door.Refuse(c, err)
		return f.show(c, g, r.Status, Own{Failed: "password", Error: r.Sentence})
	}
	if err != nil {
		return err
	}
	if err := f.sessions.Begin(c, t, tokens); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "account"), passwordChanged))
}

// AskAddress has a letter written to the address that the caller wants to have.
func (f Feature) AskAddress(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	if err = f.sessions.Attempt(c.Request().Context(), g.Tenant()); err == nil {
		err = ofPassword(f.account.AskAddress(c.Request().Context(), g, form.Value("current-password"), form.Value("email")))
	}
	if own(err) || errors.Is(err, users.ErrInvalid) {
		r := door.Refuse(c, err)
		return f.show(c, g, r.Status, Own{Email: form.Value("email"), Failed: "address", Error: sentence(r, err)})
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "account"), addressAsked))
}

// ConfirmErase asks whether to erase the caller's account.
func (f Feature) ConfirmErase(c echo.Context, g vending.Grant) error {
	return f.showErase(c, g, http.StatusOK, "")
}

func (f Feature) showErase(c echo.Context, g vending.Grant, status int, sentence string) error {
	ways, err := f.methods.Methods(c.Request().Context(), g)
	if err != nil {
		return err
	}
	return door.Show(c, status, ErasePage(door.Shell(c, g, section()), Erase{ways.Password, sentence}))
}

// Erase erases the caller's account.
func (f Feature) Erase(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	if err = f.sessions.Attempt(c.Request().Context(), g.Tenant()); err == nil {
		err = ofPassword(f.account.EraseOwn(c.Request().Context(), g, form.Value("current-password")))
	}
	if own(err) || errors.Is(err, users.ErrLastAdmin) {
		r := door.Refuse(c, err)
		return f.showErase(c, g, r.Status, r.Sentence)
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.SignInPath(slug), erased))
}

// own reports whether the account's own page says what is wrong.
func own(err error) bool {
	return forTheForm(err) || errors.Is(err, errPresent) || errors.Is(err, account.ErrNoPassword) || errors.Is(err, mfa.ErrUnproven)
}

// sentence is what the page says of an address, or r's own.
func sentence(r door.Refusal, err error) string {
	if errors.Is(err, users.ErrInvalid) {
		return "This is no e-mail address. Write it like ada@example.com."
	}
	return r.Sentence
}
