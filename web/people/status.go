package people

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Disabling is the question whether to disable a person.
type Disabling struct{ ID, Who string }

// ConfirmDisable asks an admin whether to disable another. Whoever is disabled already, or is the
// admin themselves, is nobody to ask about.
func (f Feature) ConfirmDisable(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := users.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	p := personOf(g, u)
	if p.You || u.Status == users.Disabled {
		return door.Redirect(c, address(slug))
	}
	return door.Show(c, http.StatusOK, DisablePage(door.Shell(c, g, Section()), Disabling{p.ID, p.called()}))
}

// Disable stops a person from signing in.
func (f Feature) Disable(c echo.Context, g vending.Grant) error {
	return f.setDisabled(c, g, true, disabled)
}

// Enable lets a person sign in again.
func (f Feature) Enable(c echo.Context, g vending.Grant) error {
	return f.setDisabled(c, g, false, enabled)
}

func (f Feature) setDisabled(c echo.Context, g vending.Grant, to bool, notice string) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := f.changes.SetDisabledIf(c.Request().Context(), g, id, to, time.Time{}); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(address(slug), notice))
}
