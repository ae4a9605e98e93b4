package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/inbox"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/kinds"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/worker"
)

// The addresses at a worker that the platform's accounts call.
const (
	TickPath        = "/jobs/tick"          // the scheduler
	ObjectsPath     = "/events/objects"     // Pub/Sub, of Cloud Storage
	InspectionsPath = "/events/inspections" // Pub/Sub, of the Adapter
	OpenPath        = "/files/open"         // the Adapter
)

// Worker is the server of the worker role.
type Worker struct {
	core
	kinds map[string]kinds.Kind
	inbox *inbox.Inbox // nil: nothing is taken in
	name  string       // of this process, for people
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
	if w.outbox != nil {
		w.inbox = &inbox.Inbox{Registry: w.Registry, Queue: w.jobs, Tickets: w.outbox.Tickets, Topic: w.outbox.Topic, Now: time.Now}
	}
	callers, err := w.callers(cfg)
	if err != nil {
		return nil, err
	}
	w.handler, err = web.NewWorker(web.WorkerDeps{
		Callers: callers, Does: worker.Config{Drain: w.drain, Take: w.take, Open: w.openFile}, Logger: log, PublicURL: cfg.PublicURL,
	})
	return w, err
}

// callers are who may call each address. Without events nobody is pushed or asks for files.
func (w *Worker) callers(cfg Config) (map[string]*tenancy.PlatformCaller, error) {
	accounts := map[string]string{TickPath: cfg.TickAccount}
	if w.inbox != nil {
		accounts[ObjectsPath], accounts[InspectionsPath], accounts[OpenPath] = cfg.PushAccount, cfg.PushAccount, cfg.AdapterAccount
	}
	return callersOf(w.platform, cfg.PublicURL, accounts)
}

// drain does what is due, on the strength of a tick.
func (w *Worker) drain(ctx context.Context, tick tenancy.PlatformCall) (jobs.Result, error) {
	return w.runner(tick).Drain(ctx)
}

// runner does jobs on the strength of a call.
func (w *Worker) runner(call tenancy.PlatformCall) *jobs.Runner {
	handlers := make(map[string]jobs.Handler, len(w.kinds)+1)
	for name, kind := range w.kinds {
		handlers[name] = func(ctx context.Context, l queue.Lease) error { return w.do(ctx, call, kind, l) }
	}
	if w.inbox != nil {
		handlers[inbox.UnreadKind] = func(ctx context.Context, l queue.Lease) error {
			err := w.inbox.ReadAgain(ctx, l.Job().Payload)
			if err != nil && !errors.Is(err, tenant.ErrUnavailable) {
				err = fmt.Errorf("%w: %w", jobs.ErrGiveUp, err)
			}
			return err
		}
	}
	return &jobs.Runner{Store: w.jobs, Handlers: handlers, Holder: w.name, Logger: w.log}
}

// take writes down what a message asks for, and does it at once. If that fails, it is tried again
// like any job: the message itself is done with.
func (w *Worker) take(ctx context.Context, push tenancy.PlatformCall, from inbox.Source, m events.Message) error {
	id, err := w.inbox.Take(ctx, from, m)
	if err != nil || id == "" {
		return err
	}
	if err := w.runner(push).Do(ctx, id); err != nil {
		w.log.InfoContext(ctx, "a message is written down, and not done yet", "job", id, "error", err)
	}
	return nil
}

// do does one job: in the tenant's name, with what is vended for its purpose and nothing else.
func (w *Worker) do(ctx context.Context, call tenancy.PlatformCall, kind kinds.Kind, l queue.Lease) error {
	g, err := w.vend(ctx, call, l)
	if err != nil {
		return err
	}
	return kind.Do(ctx, g, l.Job().Payload)
}

// vend vends what a job may touch.
func (w *Worker) vend(ctx context.Context, call tenancy.PlatformCall, l queue.Lease) (vending.Grant, error) {
	p, err := w.Authenticator.Job(ctx, call, l)
	if err != nil {
		return vending.Grant{}, err
	}
	return w.Machine.Vend(ctx, p)
}

// openLife is how long the lease of a job lives that opens a file.
const openLife = time.Minute

// openFile signs a request for the file of a ticket. That is a job of the file's tenant, which
// begins and ends here.
func (w *Worker) openFile(ctx context.Context, call tenancy.PlatformCall, text string) (vending.SignedRequest, error) {
	ticket, err := w.inbox.Tickets.Open(text)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	id, err := uploads.ParseID(ticket.Upload)
	if err != nil {
		return vending.SignedRequest{}, uploads.ErrNotFound
	}
	intent := queue.Intent{ID: uploads.OpenKind + "-" + rand.Text(), Kind: uploads.OpenKind, Tenant: ticket.Tenant, Due: time.Unix(1, 0)}
	if err := w.jobs.Post(ctx, intent); err != nil {
		return vending.SignedRequest{}, err
	}
	defer func() {
		_ = w.jobs.Cancel(context.WithoutCancel(ctx), intent.ID) // if it stays, a worker finds nothing to do
	}()
	lease, err := w.jobs.Take(ctx, queue.Job{Intent: intent}, w.name, openLife)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	g, err := w.vend(ctx, call, lease)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	return uploads.NewRepository(g).Opened(ctx, id, ticket.Generation)
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
