package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/worker"
)

// WorkerDeps is what the front door of a worker is built from. All fields but Now are required.
type WorkerDeps struct {
	Ticks  *tenancy.Ticks
	Drain  worker.Drain
	Logger *slog.Logger
	// PublicURL is the origin that the scheduler uses: "https://worker-dot-app.example.com".
	PublicURL string
	Now       func() time.Time // nil: time.Now
}

// NewWorker returns the handler of a worker process. It returns every fault of d.
func NewWorker(d WorkerDeps) (http.Handler, error) {
	behind, err := door.NewWorker(door.WorkerConfig{Ticks: d.Ticks, Logger: d.Logger, PublicURL: d.PublicURL, Now: d.Now})
	if d.Drain == nil {
		err = errors.Join(err, errors.New("web: nothing that does jobs"))
	}
	if err != nil {
		return nil, err
	}
	return d.table(behind).Handler()
}

func (d WorkerDeps) table(behind *door.Door) *door.Table {
	f := worker.New(d.Drain)
	t := behind.Table("What a worker answers.", f)
	workerRoutes(t, f)
	return t
}

// WorkerRoutes returns the route table of a worker, for tests that call every line of it.
func WorkerRoutes() []door.Route { return WorkerDeps{}.table(new(door.Door)).Routes() }
