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
	Callers map[string]*tenancy.PlatformCaller // by path: who may call there
	Does    worker.Config
	Logger  *slog.Logger
	// PublicURL is the origin that the scheduler uses: "https://worker-dot-app.example.com".
	PublicURL string
	Now       func() time.Time // nil: time.Now
}

// NewWorker returns the handler of a worker process. It returns every fault of d.
func NewWorker(d WorkerDeps) (http.Handler, error) {
	behind, err := door.NewWorker(door.WorkerConfig{Callers: d.Callers, Logger: d.Logger, PublicURL: d.PublicURL, Now: d.Now})
	if d.Does.Drain == nil || d.Does.Take == nil || d.Does.Open == nil {
		err = errors.Join(err, errors.New("web: nothing that does jobs, takes messages in or opens files"))
	}
	if err != nil {
		return nil, err
	}
	return d.table(behind).Handler()
}

func (d WorkerDeps) table(behind *door.Door) *door.Table {
	f := worker.New(d.Does)
	t := behind.Table("What a worker answers.", f)
	workerRoutes(t, f)
	return t
}

// WorkerRoutes returns the route table of a worker, for tests that call every line of it.
func WorkerRoutes() []door.Route { return WorkerDeps{}.table(new(door.Door)).Routes() }
