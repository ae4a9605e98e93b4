package files

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Move is the form for another name and folder of a file.
type Move struct {
	ID       string
	Name     string
	Folder   string
	Revision int64  // of the file, that the change is based on
	Field    string // the one that Error is about: "name", "folder" or none
	Error    string
}

// AskMove shows the form for another name and folder.
func (f Feature) AskMove(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := uploads.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	form := Move{ID: id.String(), Name: u.Name, Folder: u.Folder, Revision: u.Revision}
	return door.Show(c, http.StatusOK, MovePage(door.Shell(c, g, Section()), form))
}

// Move gives a file another name and folder. What the file cannot be called is said in the form.
func (f Feature) Move(c echo.Context, g vending.Grant) error {
	ctx := c.Request().Context()
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	fields, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	form := Move{ID: id.String(), Name: fields.Value("name"), Folder: fields.Value("folder")}
	if text := fields.Value("revision"); text != "" {
		form.Revision, err = strconv.ParseInt(text, 10, 64)
		if err != nil || form.Revision < 1 {
			return fmt.Errorf("%w: revision", uploads.ErrInvalid)
		}
	}
	_, err = uploads.NewRepository(g).Move(ctx, id, uploads.Change{Name: &form.Name, Folder: &form.Folder, Based: form.Revision})
	field, wrong := errors.AsType[*uploads.FieldError](err)
	switch {
	case wrong:
		form.Field = field.Field
	case errors.Is(err, tenant.ErrStale):
		now, err := uploads.NewRepository(g).Get(ctx, id)
		if err != nil {
			return err
		}
		form.Revision = now.Revision // whoever sends the form again has read what it says
	case err != nil:
		return err
	default:
		return door.Redirect(c, door.WithNotice(address(slug)+"/"+id.String(), moved))
	}
	r := door.Refuse(c, err)
	form.Error = r.Sentence
	return door.Show(c, r.Status, MovePage(door.Shell(c, g, Section()), form))
}

type moveInput struct {
	api.ID
	Match string `header:"If-Match" doc:"The ETag of a GET. If the file was renamed or moved since, nothing is changed now."`
	Body  struct {
		Name   *string `json:"name,omitempty" doc:"Absent: it stays."`
		Folder *string `json:"folder,omitempty" doc:"The path of the folder. Empty: the top. Absent: it stays."`
	}
}

// MoveAPI renames and moves a file.
func (f Feature) MoveAPI() api.Operation {
	return api.NewOperation("Rename or move a file", f.moveAPI).Described(api.Doc{
		Says: "Only the record changes: the object stays where it is, and a download has the new name. An inspection that goes on is of the content and goes on.",
		ID:   exampleID, Given: "a file was sent", Asks: `{"name":"report.txt"}`, Problems: []string{"in_bin", "replaced"},
		Answers: exampleStored,
	})
}

func (f Feature) moveAPI(ctx context.Context, g vending.Grant, in *moveInput) (*uploadOutput, error) {
	id, err := parse(in.ID.ID)
	if err != nil {
		return nil, err
	}
	repo, change := uploads.NewRepository(g), uploads.Change{Name: in.Body.Name, Folder: in.Body.Folder}
	if in.Match != "" {
		u, err := repo.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if !api.Matches(in.Match, tag(u)) {
			return nil, tenant.ErrStale
		}
		change.Based = u.Revision
	}
	u, err := repo.Move(ctx, id, change)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}
