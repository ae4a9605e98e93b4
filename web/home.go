package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// home lets a person choose their workspace.
func (s *site) home(c echo.Context) error {
	name := c.QueryParam("workspace")
	if !c.QueryParams().Has("workspace") {
		return s.show(c, http.StatusOK, view.HomePage(view.Home{}))
	}
	slug, err := tenancy.ParseSlug(name)
	if err != nil {
		return s.show(c, http.StatusUnprocessableEntity, view.HomePage(view.Home{
			Slug:  name,
			Error: "A workspace's name has 3 to 32 small letters, digits and hyphens, and begins with a letter.",
		}))
	}
	_, err = s.Authenticator.Tenant(c.Request().Context(), tenancy.SelectSlug(slug))
	if errors.Is(err, tenancy.ErrTenantDenied) {
		r := refuse(err)
		return s.show(c, r.status, view.HomePage(view.Home{Slug: name, Error: r.sentence}))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, signInPath(slug))
}

// workspace leads from the bare address of a workspace to its first page.
func (s *site) workspace(c echo.Context) error {
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, filesPath(slug))
}

// status says that the server serves. It asks nothing behind it: a load balancer that drains every instance because the
// database hiccups makes things worse.
func (s *site) status(c echo.Context) error {
	return s.send(c, http.StatusOK, "application/json", map[string]string{"status": "ok"})
}
