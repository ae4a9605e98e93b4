package files

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Bin is a part of the list of a workspace's bin.
type Bin struct {
	Files     []BinnedFile
	Next      string // cursor of the next part; empty on the last
	CanChange bool   // whoever looks at it may restore files and delete them for good
}

// BinnedFile is a row of the bin.
type BinnedFile struct {
	File
	BinnedBy string // e-mail address
	BinnedAt time.Time
	Left     string // when it is deleted for good: "in 30 days"
}

// binAddress is where the workspace's bin stands.
func binAddress(slug tenant.Slug) string { return address(slug) + "/bin" }

// undoing is the address to which the form is sent that restores a file; "" for none.
func undoing(slug tenant.Slug, id string) string {
	if id == "" {
		return ""
	}
	return binAddress(slug) + "/" + id + "/restore"
}

// left says in words how long it is from now until due.
func left(now, due time.Time) string {
	const day = 24 * time.Hour
	switch days := int((due.Sub(now) + day - 1) / day); {
	case days < 1:
		return "any moment"
	case days == 1:
		return "within a day"
	default:
		return fmt.Sprintf("in %d days", days)
	}
}

func binnedOf(b uploads.Binned, now time.Time) BinnedFile {
	return BinnedFile{File: fileOf(b.Upload), BinnedBy: b.By, BinnedAt: b.At, Left: left(now, b.Due)}
}

// ShowBin shows what is in the bin. It looks first at what is over its time, as the list of files
// does.
func (f Feature) ShowBin(c echo.Context, g vending.Grant) error {
	cursor, err := uploads.ParseBinCursor(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	page, err := f.bin(c.Request().Context(), g, cursor, pageLength)
	if err != nil {
		return err
	}
	bin := Bin{Next: page.Next.String(), CanChange: g.Principal().May(tenant.FilesWrite)}
	for _, b := range page.Items {
		bin.Files = append(bin.Files, binnedOf(b, g.Now()))
	}
	shell := door.Shell(c, g, Section())
	return door.Choose(c, http.StatusOK, BinPage(shell, bin), BinRows(shell, bin))
}

// showBinned answers, in place of a file's page, that the file is in the bin. why is the refusal.
func (f Feature) showBinned(c echo.Context, g vending.Grant, id uploads.ID, why error) error {
	b, err := uploads.NewRepository(g).GetBinned(c.Request().Context(), id)
	if err != nil {
		return err
	}
	file := binnedOf(b, g.Now())
	file.CanChange = g.Principal().May(tenant.FilesWrite)
	return door.Show(c, door.Refuse(c, why).Status, BinnedPage(door.Shell(c, g, Section()), file))
}

// Restore takes a file out of the bin.
func (f Feature) Restore(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := uploads.NewRepository(g).Restore(c.Request().Context(), id); err != nil {
		return err
	}
	return toFile(c, id, restored)
}

// AskPurge asks before a file of the bin is deleted for good.
func (f Feature) AskPurge(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	b, err := uploads.NewRepository(g).GetBinned(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, PurgePage(door.Shell(c, g, Section()), binnedOf(b, g.Now())))
}

// Purge deletes a file of the bin for good.
func (f Feature) Purge(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if err := uploads.NewRepository(g).Delete(c.Request().Context(), id); err != nil {
		return err
	}
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(binAddress(slug), deleted))
}

// AskEmpty asks before everything in the bin is deleted for good.
func (f Feature) AskEmpty(c echo.Context, g vending.Grant) error {
	return door.Show(c, http.StatusOK, EmptyPage(door.Shell(c, g, Section())))
}

// Empty deletes for good what is in the bin.
func (f Feature) Empty(c echo.Context, g vending.Grant) error {
	_, more, err := uploads.NewRepository(g).Empty(c.Request().Context())
	if err != nil {
		return err
	}
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	notice := emptied
	if more {
		notice = emptying
	}
	return door.Redirect(c, door.WithNotice(binAddress(slug), notice))
}
