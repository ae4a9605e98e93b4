package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/kinds"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web"
)

// TickPath is the address, at a worker, that the scheduler sends its ticks to.
const TickPath = "/jobs/tick"

// Worker is the server of the worker role.
type Worker struct {
	core
	kinds map[string]kinds.Kind
	name  string // of this process, for people
	log   *slog.Logger
}

// NewWorker validates cfg and wires the server of the worker role. It makes no request to Google
// yet. Close it when done.
func NewWorker(ctx context.Context, cfg Config, log *slog.Logger) (_ *Worker, err error) {
	cfg.Role = RoleWorker
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	w := &Worker{name: processName(), log: log}
	defer func() {
		if err != nil {
			w.Close(ctx)
		}
	}()
	if err := w.open(ctx, cfg, serviceAccount{cfg.WorkerAccount, cfg.WorkerKeyFile}, log); err != nil {
		return nil, err
	}
	if err := w.openSettings(cfg, nil, nil, log); err != nil {
		return nil, err
	}
	server, err := mail.NewServer(cfg.mail())
	if err != nil {
		return nil, err
	}
	w.kinds = kinds.Table(w.People, w.APIKeys, w.Settings, &mail.Postman{Server: server, Compose: w.letters()})
	ticks, err := tenancy.NewTicks(tenancy.TicksConfig{
		Account:    cfg.TickAccount,
		Audience:   cfg.PublicURL + TickPath,
		KeysURL:    tenancy.GoogleKeys,
		HTTPClient: w.platform.HTTP(),
	})
	if err != nil {
		return nil, err
	}
	w.handler, err = web.NewWorker(web.WorkerDeps{Ticks: ticks, Drain: w.drain, Logger: log, PublicURL: cfg.PublicURL})
	return w, err
}

// drain does what is due, on the strength of a tick.
func (w *Worker) drain(ctx context.Context, tick tenancy.Tick) (jobs.Result, error) {
	handlers := make(map[string]jobs.Handler, len(w.kinds))
	for name, kind := range w.kinds {
		handlers[name] = func(ctx context.Context, l queue.Lease) error { return w.do(ctx, tick, kind, l) }
	}
	r := &jobs.Runner{Store: w.jobs, Handlers: handlers, Holder: w.name, Logger: w.log}
	return r.Drain(ctx)
}

// do does one job: in the tenant's name, with what is vended for its purpose and nothing else.
func (w *Worker) do(ctx context.Context, tick tenancy.Tick, kind kinds.Kind, l queue.Lease) error {
	p, err := w.Authenticator.Job(ctx, tick, l)
	if err != nil {
		return err
	}
	g, err := w.Machine.Vend(ctx, p)
	if err != nil {
		return err
	}
	return kind.Do(ctx, g, l.Job().Payload)
}

// processName names this process: the instance that Google runs it on, or this machine and the
// process's number.
func processName() string {
	if instance := os.Getenv("GAE_INSTANCE"); instance != "" {
		return instance
	}
	host, _ := os.Hostname()
	return host + "/" + strconv.Itoa(os.Getpid())
}
