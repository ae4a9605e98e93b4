package adapter

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/forwarding"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Adapter has files inspected: see package forwarding.
type Adapter interface {
	Take(ctx context.Context, m events.Message) error
	Drain(ctx context.Context) (jobs.Result, error)
}

// Feature answers Pub/Sub and the scheduler. It is read-only.
type Feature struct{ adapter Adapter }

// New returns the feature.
func New(a Adapter) Feature { return Feature{a} }

// Notices returns nothing: no person reads what the feature says.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns what callers are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: events.ErrMalformed, Refusal: door.Malformed()},
		{Err: forwarding.ErrNotYet, Refusal: door.NewRefusal(http.StatusServiceUnavailable, "not_yet",
			"What has to come first has not come yet. Send it again.")},
	}
}

// Status says that the process serves.
func (f Feature) Status(c echo.Context) error {
	return door.SendAlive(c)
}

// Upload takes in what the application says of a file.
func (f Feature) Upload(c echo.Context, _ tenancy.PlatformCall) error {
	m, err := door.ReceivePush(c.Request())
	if err != nil {
		return err
	}
	if err := f.adapter.Take(c.Request().Context(), m); err != nil {
		return err
	}
	return door.NoContent(c)
}

// Tick goes on with what is due.
func (f Feature) Tick(c echo.Context, _ tenancy.PlatformCall) error {
	r, err := f.adapter.Drain(c.Request().Context())
	if err != nil {
		return err
	}
	return door.SendEnded(c, r)
}
