package notes

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// pageLength is how many notes one page shows.
const pageLength = 50

// List shows the workspace's notes.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	cursor, err := notes.ParseCursor(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	page, err := notes.NewRepository(g).List(c.Request().Context(), cursor, pageLength)
	if err != nil {
		return err
	}
	list := List{Next: page.Next.String(), CanWrite: g.Principal().May(tenant.NotesWrite)}
	for _, n := range page.Items {
		list.Notes = append(list.Notes, newNote(n))
	}
	return door.Show(c, http.StatusOK, Page(door.Shell(c, g, Section()), list))
}

// Create keeps a note.
func (f Feature) Create(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	if _, err := notes.NewRepository(g).Create(c.Request().Context(), form.Value("text")); err != nil {
		return err
	}
	return door.Redirect(c, address(slug))
}

// Delete deletes a note.
func (f Feature) Delete(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if err := notes.NewRepository(g).Delete(c.Request().Context(), id); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(address(slug), deleted))
}
