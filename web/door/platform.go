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
	// Callers are who may call each address of the policy Platform, by its path. Who is not listed
	// calls nowhere.
	Callers map[string]*tenancy.PlatformCaller
	Logger  *slog.Logger
	// PublicURL is the origin that the scheduler uses: "https://worker-dot-app.example.com".
	PublicURL string
	Now       func() time.Time // nil: time.Now
}

// NewWorker returns the door of a worker, which serves no people: of the policies it knows Public
// and Platform alone. It returns every fault of c.
func NewWorker(c WorkerConfig) (*Door, error) {
	var faults []error
	if len(c.Callers) == 0 {
		faults = append(faults, errors.New("web: nobody may call the worker"))
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
		config:  Config{Logger: c.Logger, Now: c.Now},
		callers: c.Callers,
		policy:  httpserver.ContentPolicy(""),
	}
	d.standAt(c.PublicURL)
	return d, errors.Join(faults...)
}

// enterPlatform is the policy of a route for an account of the platform: exactly one bearer token,
// which Google signed for the account that calls there. errNoBearer, or what tenancy refuses with.
func (d *Door) enterPlatform(c echo.Context, route Route) (tenancy.PlatformCall, error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route}
	err := d.enter(a)
	return a.call, err
}

func (d *Door) judgeCall(a *attempt) (err error) {
	caller := d.callers[a.route.Path]
	if caller == nil {
		return errNoBearer
	}
	a.call, err = caller.Verify(a.ctx, a.token)
	return err
}
