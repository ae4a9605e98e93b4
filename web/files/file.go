package files

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

const inspectionAsked = "inspection-asked"

// Show shows one file, and how far it has come. A file whose inspection waits for its owner is
// handed over again when its owner looks at it.
func (f Feature) Show(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	return f.show(c, g, http.StatusOK, id)
}

func (f Feature) show(c echo.Context, g vending.Grant, status int, id uploads.ID) error {
	ctx, repo := c.Request().Context(), uploads.NewRepository(g)
	u, err := repo.Get(ctx, id)
	if errors.Is(err, uploads.ErrBinned) {
		return f.showBinned(c, g, id, err)
	}
	if errors.Is(err, uploads.ErrReplaced) {
		return f.showFile(c, g, id)
	}
	if err != nil {
		return err
	}
	mayAsk := u.Owner == g.Principal().User() && g.Principal().May(tenant.FilesWrite)
	if mayAsk && u.Inspection.MayAsk && u.Inspection.Progress == uploads.Waiting {
		again, err := repo.Inspect(ctx, id, f.hand(g))
		if err == nil {
			u = again
		} else { // the page is still the page
			f.log.WarnContext(ctx, "an inspection is not handed over again", "tenant", g.Tenant().String(), "error", err)
		}
	}
	demands, err := f.demands(c, g)
	if err != nil {
		return err
	}
	shown := timelineOf(u)
	shown.MayAsk = mayAsk && u.Inspection.MayAsk
	file := fileOf(u)
	file.CanChange = g.Principal().May(tenant.FilesWrite)
	file.CanSet = g.Principal().May(tenant.SettingsManage)
	shown.Withheld = demands.withholds(u)
	file.Withheld = shown.Withheld != ""
	if !file.Withheld {
		file.Preview = u.Preview()
	}
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	file.Link = door.Absolute(c, address(slug)+"/"+id.String())
	versions, err := earlier(ctx, g, id)
	if err != nil {
		return err
	}
	return door.ShowWithPreview(c, status, FilePage(door.Shell(c, g, Section()), file, shown, versions))
}

// Inspect has a file inspected again, for its owner.
func (f Feature) Inspect(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := uploads.NewRepository(g).Inspect(c.Request().Context(), id, f.hand(g)); err != nil {
		return err
	}
	return toFile(c, id, inspectionAsked)
}

// toFile leads to the page of a file, with a notice if there is one.
func toFile(c echo.Context, id uploads.ID, notice string) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	to := address(slug) + "/" + id.String()
	if notice != "" {
		to = door.WithNotice(to, notice)
	}
	return door.Redirect(c, to)
}
