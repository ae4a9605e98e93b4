package worker

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Drain does the jobs that are due, on the strength of a tick. It fails as jobs.Runner does.
type Drain func(ctx context.Context, tick tenancy.Tick) (jobs.Result, error)

// Feature answers the scheduler. It is read-only.
type Feature struct{ drain Drain }

// New returns the feature.
func New(drain Drain) Feature { return Feature{drain} }

// Notices returns nothing: no person reads what the feature says.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns nothing: the feature has no errors of its own.
func (f Feature) Refusals() []door.Row { return nil }

// Status says that the process serves.
func (f Feature) Status(c echo.Context) error {
	return door.SendJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

// ended is how the jobs of a tick ended.
type ended struct {
	Done       int `json:"done"`
	Retried    int `json:"retried"`
	Parked     int `json:"parked"`
	Lost       int `json:"lost"`
	Unreadable int `json:"unreadable"`
}

// Tick does what is due.
func (f Feature) Tick(c echo.Context, tick tenancy.Tick) error {
	r, err := f.drain(c.Request().Context(), tick)
	if err != nil {
		return err
	}
	return door.SendJSON(c, http.StatusOK, ended(r))
}
