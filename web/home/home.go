package home

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Feature answers at the addresses of nobody in particular. It is read-only.
type Feature struct {
	served     func(context.Context, tenant.Slug) error
	sessions   Sessions
	workspaces Workspaces
}

// Workspaces knows which workspaces have proven a domain.
type Workspaces interface {
	// OfDomain returns the workspaces that are served and have proven the domain.
	OfDomain(ctx context.Context, domain string) ([]view.Workspace, error)
}

// Sessions knows where the browser of a request is signed in.
type Sessions interface {
	// Live returns the workspaces in which the browser has a session that still counts.
	Live(c echo.Context) []door.SignedIn
	// Guess counts a question of somebody who may be guessing. Too many become 429.
	Guess(ctx context.Context) error
}

// New returns the feature. served returns nil for a workspace that is served, and
// tenant.ErrTenantDenied for any other.
func New(served func(context.Context, tenant.Slug) error, sessions Sessions, w Workspaces) Feature {
	return Feature{served, sessions, w}
}

// Notices returns nothing: the feature says nothing after a form.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns nothing: the feature has no errors of its own.
func (f Feature) Refusals() []door.Row { return nil }

// Choose lets a person choose their workspace, or go on in one where they are signed in.
func (f Feature) Choose(c echo.Context) error {
	name := c.QueryParam("workspace")
	if !c.QueryParams().Has("workspace") {
		return door.Show(c, http.StatusOK, Page(Form{Live: f.sessions.Live(c)}))
	}
	slug, err := slugIn(name)
	if err != nil {
		return door.Show(c, http.StatusUnprocessableEntity, Page(Form{
			Slug:  name,
			Error: "Enter the short name that stands in the workspace's address, such as acme: 3 to 32 letters, digits and hyphens, the first a letter.",
			Live:  f.sessions.Live(c),
		}))
	}
	err = f.served(c.Request().Context(), slug)
	if errors.Is(err, tenant.ErrTenantDenied) {
		r := door.Refuse(c, err)
		return door.Show(c, r.Status, Page(Form{Slug: name, Error: r.Sentence, Live: f.sessions.Live(c)}))
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.SignInPath(slug))
}

// slugIn returns the workspace that a person means: capitals and spaces around the name do not
// matter, and the address of one of its pages names it, too.
func slugIn(typed string) (tenant.Slug, error) {
	name := strings.ToLower(strings.TrimSpace(typed))
	if _, below, ok := strings.Cut(name, "/t/"); ok {
		name, _, _ = strings.Cut(below, "/")
		name, _, _ = strings.Cut(name, "?")
	}
	return tenant.ParseSlug(name)
}

// Workspace leads from the bare address of a workspace to its first page.
func (f Feature) Workspace(c echo.Context) error {
	slug, err := slugIn(c.Param("tenant"))
	if err != nil {
		_, err = door.PathSlug(c)
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
