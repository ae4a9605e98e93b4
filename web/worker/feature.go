package worker

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/inbox"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Drain does the jobs that are due, on the strength of a tick. It fails as jobs.Runner does.
type Drain func(ctx context.Context, tick tenancy.PlatformCall) (jobs.Result, error)

// Take takes in a message that was pushed, on the strength of the push. It fails as inbox.Take
// does.
type Take func(ctx context.Context, push tenancy.PlatformCall, from inbox.Source, m events.Message) error

// Open returns a signed request for the file of a ticket, on the strength of a call of the
// Adapter's. events.ErrTicket, uploads.ErrNotFound, uploads.ErrNotUploaded, and what package
// tenancy refuses with.
type Open func(ctx context.Context, call tenancy.PlatformCall, ticket string) (vending.SignedRequest, error)

// Config is what a worker can do. All fields are required.
type Config struct {
	Drain Drain
	Take  Take
	Open  Open
}

// Feature answers the platform's accounts. It is read-only.
type Feature struct{ does Config }

// New returns the feature.
func New(does Config) Feature { return Feature{does} }

// Notices returns nothing: no person reads what the feature says.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns what callers are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: events.ErrMalformed, Refusal: door.Malformed()},
		{Err: events.ErrTicket, Refusal: door.Forbidden()},
		{Err: uploads.ErrNotFound, Refusal: door.NotFound()},
		{Err: uploads.ErrNotUploaded, Refusal: door.NewRefusal(http.StatusConflict, "not_uploaded",
			"The file itself has not arrived yet.")},
	}
}

// Status says that the process serves.
func (f Feature) Status(c echo.Context) error {
	return door.SendAlive(c)
}

// Tick does what is due.
func (f Feature) Tick(c echo.Context, tick tenancy.PlatformCall) error {
	r, err := f.does.Drain(c.Request().Context(), tick)
	if err != nil {
		return err
	}
	return door.SendEnded(c, r)
}

// Object takes in what Cloud Storage says of a bucket.
func (f Feature) Object(c echo.Context, push tenancy.PlatformCall) error {
	return f.take(c, push, inbox.Objects)
}

// Inspection takes in how far the Adapter has come with a file.
func (f Feature) Inspection(c echo.Context, push tenancy.PlatformCall) error {
	return f.take(c, push, inbox.Inspections)
}

func (f Feature) take(c echo.Context, push tenancy.PlatformCall, from inbox.Source) error {
	m, err := door.ReceivePush(c.Request())
	if err != nil {
		return err
	}
	if err := f.does.Take(c.Request().Context(), push, from, m); err != nil {
		return err
	}
	return door.NoContent(c)
}

// OpenFile answers the Adapter with a signed request for a file.
func (f Feature) OpenFile(c echo.Context, call tenancy.PlatformCall) error {
	var in events.Opening
	if err := door.ReceiveJSON(c.Request(), &in); err != nil {
		return err
	}
	signed, err := f.does.Open(c.Request().Context(), call, in.Ticket)
	if err != nil {
		return err
	}
	return door.SendJSON(c, http.StatusOK, events.Opened{URL: signed.URL, Expires: signed.Expires})
}
