package home

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Feature answers at the addresses of nobody in particular. It is read-only.
type Feature struct {
	served func(context.Context, tenant.Slug) error
}

// New returns the feature. served returns nil for a workspace that is served, and
// tenant.ErrTenantDenied for any other.
func New(served func(context.Context, tenant.Slug) error) Feature { return Feature{served} }

// Notices returns nothing: the feature says nothing after a form.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns nothing: the feature has no errors of its own.
func (f Feature) Refusals() []door.Row { return nil }

// Choose lets a person choose their workspace.
func (f Feature) Choose(c echo.Context) error {
	name := c.QueryParam("workspace")
	if !c.QueryParams().Has("workspace") {
		return door.Show(c, http.StatusOK, Page(Form{}))
	}
	slug, err := tenant.ParseSlug(name)
	if err != nil {
		return door.Show(c, http.StatusUnprocessableEntity, Page(Form{
			Slug:  name,
			Error: "A workspace's name has 3 to 32 small letters, digits and hyphens, and begins with a letter.",
		}))
	}
	err = f.served(c.Request().Context(), slug)
	if errors.Is(err, tenant.ErrTenantDenied) {
		r := door.Refuse(c, err)
		return door.Show(c, r.Status, Page(Form{Slug: name, Error: r.Sentence}))
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.SignInPath(slug))
}

// Workspace leads from the bare address of a workspace to its first page.
func (f Feature) Workspace(c echo.Context) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	return door.Redirect(c, door.FirstPage(c, slug))
}

// Status says that the server serves. It asks nothing behind it: a load balancer that drains every
// instance because the database hiccups makes things worse.
func (f Feature) Status(c echo.Context) error {
	return door.SendJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

// Assets returns the files that pages refer to.
func (f Feature) Assets() echo.HandlerFunc { return door.Assets(assets.Handler()) }
