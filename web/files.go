package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// pageLength is how many files one page shows.
const pageLength = 50

func (s *site) files(c echo.Context, g vending.Grant) error {
	cursor, err := uploads.ParseCursor(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	page, err := s.listUploads(c.Request().Context(), g, cursor, pageLength)
	if err != nil {
		return err
	}
	list := view.Files{
		Next:      page.Next.String(),
		CanUpload: g.Principal().Role().Includes(tenancy.Editor),
		MaxBytes:  s.MaxUpload,
	}
	for _, u := range page.Uploads {
		list.Files = append(list.Files, fileView(u))
	}
	shell := s.shell(c, g, view.SectionFiles)
	fragment := view.FileList(shell, list)
	if cursor != (uploads.Cursor{}) {
		fragment = view.FileRows(shell, list)
	}
	return s.choose(c, http.StatusOK, view.FilesPage(shell, list), fragment)
}

// createFile answers our own script, which then sends the file straight to the bucket.
func (s *site) createFile(c echo.Context, g vending.Grant) error {
	var in intent
	if err := receive(c.Request(), &in); err != nil {
		return err
	}
	u, signed, err := s.createUpload(c.Request().Context(), g, in)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusCreated, "application/json", createdUpload{u.ID.String(), newSignedRequest(signed)})
}

func (s *site) completeFile(c echo.Context, g vending.Grant) error {
	id, err := parseUpload(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := uploads.NewRepository(g).Complete(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *site) downloadFile(c echo.Context, g vending.Grant) error {
	id, err := parseUpload(c.Param("id"))
	if err != nil {
		return err
	}
	signed, err := uploads.NewRepository(g).Download(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, signed.URL)
}

// confirmDelete asks first, for people without scripts.
func (s *site) confirmDelete(c echo.Context, g vending.Grant) error {
	id, err := parseUpload(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := uploads.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, view.DeletePage(s.shell(c, g, view.SectionFiles), fileView(u)))
}

func (s *site) deleteFile(c echo.Context, g vending.Grant) error {
	id, err := parseUpload(c.Param("id"))
	if err != nil {
		return err
	}
	repo := uploads.NewRepository(g)
	u, err := repo.Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if err := repo.Delete(c.Request().Context(), id); err != nil {
		return err
	}
	if isHTMX(c.Request()) {
		return s.show(c, http.StatusOK, view.FileDeleted(fileView(u)))
	}
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, filesPath(slug)+"?"+url.Values{"notice": {fileDeleted}}.Encode())
}
