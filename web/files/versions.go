package files

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// FileVersion is a row of the earlier versions of a file.
type FileVersion struct {
	File
	Number int64
}

// toReplace returns the file that is to be replaced and its revision. tenant.ErrStale if match is
// not its ETag; "" is any.
func toReplace(ctx context.Context, g vending.Grant, name, match string) (uploads.ID, int64, error) {
	if !g.Principal().May(tenant.FilesWrite) { // a program that only hands files in sees none
		return uploads.ID{}, 0, uploads.ErrForbidden
	}
	id, err := parse(name)
	if err != nil {
		return id, 0, err
	}
	u, err := uploads.NewRepository(g).Get(ctx, id)
	if err == nil && match != "" && !api.Matches(match, tag(u)) {
		err = tenant.ErrStale
	}
	return id, u.Revision, err
}

// earlier returns the earlier versions of a file, as its page shows them.
func earlier(ctx context.Context, g vending.Grant, id uploads.ID) ([]FileVersion, error) {
	all, err := uploads.NewRepository(g).Versions(ctx, id)
	var rows []FileVersion
	for _, v := range all {
		if !v.Current {
			rows = append(rows, FileVersion{fileOf(v.Upload), v.Version})
		}
	}
	return rows, err
}

// DownloadVersion leads to an earlier version in the bucket, as Download does to a file.
func (f Feature) DownloadVersion(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	ctx, repo := c.Request().Context(), uploads.NewRepository(g)
	signed, err := repo.DownloadVersion(ctx, id, c.QueryParam("knowing") == "yes")
	if errors.Is(err, uploads.ErrHarmful) {
		of, file, err := repo.Version(ctx, id)
		if err != nil {
			return err
		}
		ways := Ways{Back: []string{"files", file.ID.String()}, On: []string{"files", "versions", id.String(), "download"}}
		return door.Show(c, http.StatusOK, HarmfulPage(door.Shell(c, g, Section()), fileOf(of), found(of.Inspection.Findings), ways))
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, signed.URL)
}

// RestoreVersion makes an earlier version the file again.
func (f Feature) RestoreVersion(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := uploads.NewRepository(g).MakeCurrent(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return toFile(c, u.ID, current)
}

// AskDeleteVersion asks before an earlier version is deleted for good.
func (f Feature) AskDeleteVersion(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	of, file, err := uploads.NewRepository(g).Version(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, DeleteVersionPage(door.Shell(c, g, Section()), FileVersion{fileOf(of), of.Version}, file.ID.String()))
}

// DeleteVersion deletes an earlier version for good.
func (f Feature) DeleteVersion(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	ctx, repo := c.Request().Context(), uploads.NewRepository(g)
	_, file, err := repo.Version(ctx, id)
	if err != nil {
		return err
	}
	if err := repo.DeleteVersion(ctx, id); err != nil {
		return err
	}
	return toFile(c, file.ID, versionDeleted)
}

// showFile leads from the address of an earlier version to its file.
func (f Feature) showFile(c echo.Context, g vending.Grant, id uploads.ID) error {
	_, file, err := uploads.NewRepository(g).Version(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return toFile(c, file.ID, "")
}
