package settings

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

const filesSaved = "file-settings-saved"

// Files is what the page of the settings of files shows.
type Files struct {
	Version       string // of the settings that the page shows
	Problem       string // one sentence about what was just tried, if it is about no field
	Field         string // the one that Error is about: "max-bytes" or "types"
	Error         string
	Sizes         []Choice
	Types         string // one a line
	OnlyInspected bool
	Inspects      bool     // files are inspected here
	Known         []string // the types that can be named
	Usage         uploads.Usage
	Counted       bool // Usage is known
}

// sizeChoices are the limits that the page offers, in bytes. The API takes any.
func sizeChoices() []int64 { return []int64{1e6, 10e6, 100e6, 1e9} }

// sizesOffered returns the choices of the greatest size, the platform's own last. One that the API
// has set stands among them.
func sizesOffered(now, platform int64) (all []Choice) {
	offered := slices.DeleteFunc(sizeChoices(), func(n int64) bool { return n >= platform })
	if now != 0 && now < platform && !slices.Contains(offered, now) {
		offered = append(offered, now)
		slices.Sort(offered)
	}
	for _, n := range offered {
		all = append(all, Choice{strconv.FormatInt(n, 10), view.Bytes(n), n == now})
	}
	return append(all, Choice{"0", view.Bytes(platform) + ", as the platform", now == 0 || now >= platform})
}

// ShowFiles shows what the workspace demands of its files.
func (f Feature) ShowFiles(c echo.Context, g vending.Grant) error {
	return f.showFiles(c, g, http.StatusOK, Files{})
}

// showFiles shows the settings as they are now, around what v says of something just tried.
func (f Feature) showFiles(c echo.Context, g vending.Grant, status int, v Files) error {
	s, err := uploads.NewRepository(g).Settings(c.Request().Context())
	switch {
	case errors.Is(err, uploads.ErrSettings):
		v.Problem = cmp.Or(v.Problem, "The settings cannot be read, so no file is taken or given out. Set and save them again.")
	case err != nil:
		return err
	}
	return f.formOfFiles(c, g, status, s, v)
}

// formOfFiles shows the form with the values of s.
func (f Feature) formOfFiles(c echo.Context, g vending.Grant, status int, s uploads.Settings, v Files) error {
	v.Version, v.Sizes = strconv.FormatInt(s.Version, 10), sizesOffered(s.MaxSize, f.maxFile)
	v.Types, v.OnlyInspected = strings.Join(s.Types, "\n"), s.OnlyInspected
	var err error
	v.Usage, err = uploads.NewRepository(g).Usage(c.Request().Context())
	if v.Counted = err == nil; err != nil && !errors.Is(err, uploads.ErrUncounted) {
		return err
	}
	v.Inspects, v.Known = g.Publishes(), append(uploads.Types(), uploads.AnyType)
	return door.Show(c, status, FilesPage(door.Shell(c, g, view.Section{Name: "files"}), v))
}

// SetFiles sets what the workspace demands of its files. What cannot be set is said at its field,
// and what was typed stays.
func (f Feature) SetFiles(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, version, err := versioned(c)
	if err != nil {
		return err
	}
	set := uploads.Settings{Types: words(form.Value("types")), OnlyInspected: form.Value("only-inspected") != "", Version: version}
	if set.MaxSize, err = strconv.ParseInt(form.Value("max-bytes"), 10, 64); err != nil {
		set.MaxSize = -1 // what is no number is none that may be
	}
	_, err = f.setFiles(c.Request().Context(), g, version, set)
	field, wrong := errors.AsType[*uploads.FieldError](err)
	switch {
	case wrong:
		r := door.Refuse(c, err)
		return f.formOfFiles(c, g, r.Status, set, Files{Field: formFields[field.Field], Error: r.Sentence})
	case errors.Is(err, tenant.ErrStale):
		r := door.Refuse(c, err)
		return f.showFiles(c, g, r.Status, Files{Problem: r.Sentence})
	case err != nil:
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "files"), filesSaved))
}

// setFiles sets what the workspace demands of its files, for a caller who is an admin by their
// record, too.
func (f Feature) setFiles(ctx context.Context, g vending.Grant, version int64, s uploads.Settings) (uploads.Settings, error) {
	if err := users.NewRepository(g).Authorize(ctx, tenant.SettingsManage); err != nil {
		return uploads.Settings{}, err
	}
	return uploads.NewRepository(g).SetSettings(ctx, version, s, f.maxFile)
}

// formFields are the form's names for fields of the settings.
var formFields = map[string]string{"maxBytes": "max-bytes", "types": "types"}

// fileSettings reads the settings that a change over the API is based on: the zero ones if they
// cannot be read. errNoCondition, tenant.ErrStale.
func fileSettings(ctx context.Context, g vending.Grant, in Based) (uploads.Settings, error) {
	if strings.TrimSpace(in.Match) == "" {
		return uploads.Settings{}, errNoCondition
	}
	s, err := uploads.NewRepository(g).Settings(ctx)
	if errors.Is(err, uploads.ErrSettings) {
		err = nil // they are replaced
	}
	if err == nil && !matches(in.Match, s.Version) {
		err = tenant.ErrStale
	}
	return s, err
}
