package door

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
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

// SendAlive says that the process serves.
func SendAlive(c echo.Context) error {
	return SendJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

// SendEnded says how the jobs of a tick ended.
func SendEnded(c echo.Context, r jobs.Result) error {
	return SendJSON(c, http.StatusOK, struct {
		Done       int `json:"done"`
		Retried    int `json:"retried"`
		Parked     int `json:"parked"`
		Lost       int `json:"lost"`
		Unreadable int `json:"unreadable"`
	}(r))
}

// ReceivePush reads the message of a push of Pub/Sub. A body that is none becomes 400 or 413.
func ReceivePush(r *http.Request) (events.Message, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return events.Message{}, bodyError(err)
	}
	m, err := events.ParsePush(body)
	if err != nil {
		return events.Message{}, fmt.Errorf("%w: %w", httpserver.ErrMalformed, err)
	}
	return m, nil
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
