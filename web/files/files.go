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

// pageLength is how many files one page shows.
const pageLength = 50

// List shows the workspace's files.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	cursor, err := uploads.ParseCursor(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	q := uploads.Query{Order: orderOf(c.QueryParam("sort")), Folder: c.QueryParam("folder"), Search: c.QueryParam("search")}
	page, err := f.list(ctx, g, q, cursor, pageLength)
	status, wrong := http.StatusOK, ""
	if field, ok := errors.AsType[*uploads.FieldError](err); ok && field.Field == "search" {
		r := door.Refuse(c, err) // said where it was typed
		status, wrong, err = r.Status, r.Sentence, nil
	}
	if err != nil {
		return err
	}
	demands, err := f.demands(c, g)
	if err != nil {
		return err
	}
	list := List{
		Query:     q,
		Wrong:     wrong,
		Next:      page.Next.String(),
		CanUpload: g.Principal().May(tenant.FilesWrite),
		CanSet:    g.Principal().May(tenant.SettingsManage),
		MaxBytes:  demands.most,
		Types:     demands.Types,
		Problem:   demands.problem,
	}
	for _, u := range page.Items {
		file := fileOf(u)
		file.Withheld = demands.withholds(u) != ""
		list.Files = append(list.Files, file)
	}
	if cursor.IsZero() && q.Search == "" && !door.IsHTMX(c.Request()) {
		list.Folders, list.MoreFolders, err = uploads.NewRepository(g).Folders(ctx, q.Folder, c.QueryParam("folders"), 0)
		if err != nil {
			return err
		}
	}
	if list.CanUpload && cursor.IsZero() && !door.IsHTMX(c.Request()) {
		if list.Usage, err = f.usage(c, g); err != nil {
			return err
		}
	}
	shell := door.Shell(c, g, Section())
	if id, err := uploads.ParseID(c.QueryParam("undo")); err == nil && list.CanUpload && c.QueryParam("notice") == inBin {
		if slug, err := door.PathSlug(c); err == nil {
			shell.Notice.Undo = undoing(slug, id.String())
		}
	}
	fragment := Table(shell, list)
	if !cursor.IsZero() {
		fragment = Rows(shell, list)
	}
	return door.Choose(c, status, Page(shell, list), fragment)
}

// Create announces a file. It answers our own script, which then sends the file straight to the
// bucket.
func (f Feature) Create(c echo.Context, g vending.Grant) error {
	var in intent
	if err := door.ReceiveJSON(c.Request(), &in); err != nil {
		return err
	}
	u, signed, err := f.create(c.Request().Context(), g, in, c.Request().Header.Get("If-Match"))
	if err != nil {
		return err
	}
	return door.SendJSON(c, http.StatusCreated, newCreated(u, signed))
}

// Complete hears that a file has been sent.
func (f Feature) Complete(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := uploads.NewRepository(g).Complete(c.Request().Context(), id); err != nil {
		return err
	}
	return door.NoContent(c)
}

// Download leads to the file in the bucket, by a signed URL. Before a file in which something was
// found, it asks. Of a file that is withheld it shows the page, which says why.
func (f Feature) Download(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	ctx, repo := c.Request().Context(), uploads.NewRepository(g)
	signed, err := repo.Download(ctx, id, c.QueryParam("knowing") == "yes")
	if errors.Is(err, uploads.ErrHarmful) {
		u, err := repo.Get(ctx, id)
		if err != nil {
			return err
		}
		ways := Ways{Back: []string{"files", id.String()}, On: []string{"files", id.String(), "download"}}
		return door.Show(c, http.StatusOK, HarmfulPage(door.Shell(c, g, Section()), fileOf(u), found(u.Inspection.Findings), ways))
	}
	if errors.Is(err, uploads.ErrWithheld) || errors.Is(err, uploads.ErrSettings) {
		return f.show(c, g, door.Refuse(c, err).Status, id)
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, signed.URL)
}

// ConfirmDelete asks first, for people without scripts.
func (f Feature) ConfirmDelete(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := uploads.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, DeletePage(door.Shell(c, g, Section()), fileOf(u)))
}

// Delete puts a file into the bin. One that has not arrived is deleted.
func (f Feature) Delete(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	repo := uploads.NewRepository(g)
	u, err := repo.Get(c.Request().Context(), id)
	if err != nil && !errors.Is(err, uploads.ErrBinned) {
		return err
	}
	b, err := repo.Bin(c.Request().Context(), id)
	if err != nil {
		return err
	}
	notice, undo := deleted, ""
	if !b.At.IsZero() {
		u, notice, undo = b.Upload, inBin, id.String()
	}
	if door.IsHTMX(c.Request()) {
		return door.Show(c, http.StatusOK, Deleted(fileOf(u), undoing(slug, undo)))
	}
	to := door.WithNotice(address(slug), notice)
	if undo != "" {
		to += "&undo=" + undo
	}
	return door.Redirect(c, to)
}

// badgeOf says in a word how a file stands.
func badgeOf(u uploads.Upload) string {
	switch {
	case u.State == uploads.Pending:
		return "Uploading"
	case u.State == uploads.Unfinished:
		return "Unfinished"
	case u.Inspection.Progress == uploads.Harmful:
		return "Harmful"
	case u.Inspection.Progress == uploads.Clean:
		return "Stored"
	}
	return "Not inspected"
}

func fileOf(u uploads.Upload) File {
	return File{
		ID:     u.ID.String(),
		Name:   u.Name,
		Folder: u.Folder,
		Type:   u.ContentType,
		Size:   u.Size,
		By:     u.OwnerEmail,
		At:     u.Created,
		Status: string(u.State),
		Badge:  badgeOf(u),
		Tag:    tag(u),
	}
}

// Preview leads to the file as its page shows it.
func (f Feature) Preview(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	signed, err := uploads.NewRepository(g).Preview(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return door.RedirectWithin(c, signed.URL)
}
