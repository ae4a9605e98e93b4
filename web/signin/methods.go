package signin

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// section is the page's place, which is not in the navigation: the account menu leads to it.
func section() view.Section { return view.Section{Name: "sign-in-methods", Label: "Sign-in methods"} }

// methods is the address of a person's ways to sign in.
func methods(slug tenant.Slug) string { return door.Address(slug, "sign-in-methods") }

// Methods shows the caller's ways to sign in.
func (f Feature) Methods(c echo.Context, g vending.Grant) error {
	return f.showMethods(c, g, http.StatusOK, "")
}

func (f Feature) showMethods(c echo.Context, g vending.Grant, status int, sentence string) error {
	all, err := f.federation.Methods(c.Request().Context(), g)
	if err != nil {
		return err
	}
	return door.Show(c, status, MethodsPage(door.Shell(c, g, section()), Methods{all, sentence}))
}

// Disconnect takes one of the caller's ways to sign in away.
func (f Feature) Disconnect(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	key, err := door.ParseID(c.Param("id"), logins.ParseKey, "a way to sign in")
	if err != nil {
		return err
	}
	err = f.federation.Disconnect(c.Request().Context(), g, key)
	if errors.Is(err, federation.ErrLastLogin) || errors.Is(err, mfa.ErrUnproven) {
		r := door.Refuse(c, err)
		return f.showMethods(c, g, r.Status, r.Sentence)
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(methods(slug), disconnected))
}
