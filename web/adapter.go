package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/forwarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/adapter"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// AdapterDeps is what the front door of the Adapter is built from. All fields but Now are required.
type AdapterDeps struct {
	Callers map[string]*tenancy.PlatformCaller // by path: who may call there
	Adapter *forwarding.Adapter
	Logger  *slog.Logger
	// PublicURL is the origin that Pub/Sub and the scheduler use.
	PublicURL string
	Now       func() time.Time // nil: time.Now
}

// NewAdapter returns the handler of the Adapter's process. It returns every fault of d.
func NewAdapter(d AdapterDeps) (http.Handler, error) {
	behind, err := door.NewWorker(door.WorkerConfig{Callers: d.Callers, Logger: d.Logger, PublicURL: d.PublicURL, Now: d.Now})
	if d.Adapter == nil {
		err = errors.Join(err, errors.New("web: no Adapter"))
	}
	if err != nil {
		return nil, err
	}
	return d.table(behind).Handler()
}

func (d AdapterDeps) table(behind *door.Door) *door.Table {
	f := adapter.New(d.Adapter)
	t := behind.Table("What the Adapter answers.", f)
	adapterRoutes(t, f)
	return t
}

// AdapterRoutes returns the route table of the Adapter, for tests that call every line of it.
func AdapterRoutes() []door.Route { return AdapterDeps{}.table(new(door.Door)).Routes() }
