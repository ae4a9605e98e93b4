package door

import (
	"errors"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// tickLife bounds a request of the scheduler. It is the longest that Cloud Scheduler waits unless
// it is told otherwise.
const tickLife = 3 * time.Minute

// WorkerConfig is what the door of a worker is built from. All fields but Now are required.
type WorkerConfig struct {
	Ticks  *tenancy.Ticks
	Logger *slog.Logger
	// PublicURL is the origin that the scheduler uses: "https://worker-dot-app.example.com".
	PublicURL string
	Now       func() time.Time // nil: time.Now
}

// NewWorker returns the door of a worker, which serves no people: of the policies it knows Public
// and Platform alone. It returns every fault of c.
func NewWorker(c WorkerConfig) (*Door, error) {
	var faults []error
	if c.Ticks == nil {
		faults = append(faults, errors.New("web: nothing that verifies ticks"))
	}
	if c.Logger == nil {
		faults = append(faults, errors.New("web: no logger"))
	}
	if !isOrigin(c.PublicURL) {
		faults = append(faults, errors.New("web: the public URL is not an origin"))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &Door{
		config: Config{Logger: c.Logger, Now: c.Now},
		ticks:  c.Ticks,
		policy: httpserver.ContentPolicy(""),
	}
	d.standAt(c.PublicURL)
	return d, errors.Join(faults...)
}

// enterPlatform is the policy of a route for the scheduler: exactly one bearer token, which Google
// signed for the scheduler's account. errNoBearer, or what tenancy refuses with.
func (d *Door) enterPlatform(c echo.Context, route Route) (tenancy.Tick, error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route}
	err := d.enter(a)
	return a.tick, err
}

func (d *Door) judgeTick(a *attempt) (err error) {
	if d.ticks == nil {
		return errNoBearer
	}
	a.tick, err = d.ticks.Verify(a.ctx, a.token)
	return err
}
