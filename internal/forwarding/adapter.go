package forwarding

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/firestore"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Config configures an Adapter. All but Part, Now and Logger are required.
type Config struct {
	Database *firestore.Client // the Adapter's own
	Box      *sealing.Box      // opens what clients hand over
	Keys     *sealing.Keys     // seal what is kept
	Topic    *platform.Topic   // where is told how far it has come

	Open  string                                    // the application's address where files are asked for
	Token func(ctx context.Context) (string, error) // an ID token of the Adapter's own account, for that address

	Inspection string       // the origin of Service B
	HTTP       *http.Client // bounds no request as a whole: a file takes its time

	Name   string           // of this process, for people
	Part   int64            // bytes that are sent at once, at most; 0: 16 MiB
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// Adapter has files inspected. Safe for concurrent use.
type Adapter struct {
	cfg   Config
	store *store
	queue *queue.Store
	b     serviceB
	box   *sealing.Box
	log   *slog.Logger
}

// ErrNotYet reports that a file has arrived whose key is not there yet: the message must come
// again.
var ErrNotYet = errors.New("forwarding: the key of the file is not there yet")

// maxPart is the most that is sent at once: what carries it limits a request to 32 MB.
const maxPart = 16 << 20

// New returns an Adapter.
func New(cfg Config) (*Adapter, error) {
	if cfg.Database == nil || cfg.Box == nil || cfg.Keys == nil || cfg.Topic == nil || cfg.Open == "" || cfg.Token == nil ||
		cfg.Inspection == "" || cfg.HTTP == nil || cfg.Name == "" {
		return nil, errors.New("forwarding: a setting of the Adapter is missing")
	}
	if cfg.Part <= 0 || cfg.Part > maxPart {
		cfg.Part = maxPart
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	toB := *cfg.HTTP
	toB.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Adapter{
		cfg: cfg, store: &store{cfg.Database, cfg.Keys}, queue: queue.New(cfg.Database, cfg.Now),
		b: serviceB{cfg.Inspection, &toB}, box: cfg.Box, log: cmp.Or(cfg.Logger, slog.Default()),
	}, nil
}

// Take takes in a message of Pub/Sub. Any error means that it must come again: ErrNotYet,
// tenant.ErrUnavailable. A message that cannot be read, and so never could be, is given back to the
// application, where operators see it.
func (a *Adapter) Take(ctx context.Context, m events.Message) error {
	e, err := events.Parse(m.Data)
	if err == nil {
		switch e.Type {
		case events.UploadRequested:
			err = a.requested(ctx, e)
		case events.ObjectFinalized:
			err = a.finalized(ctx, e)
		}
	}
	if errors.Is(err, events.ErrMalformed) {
		return a.giveBack(ctx, m, err)
	}
	return err
}

// keyLife is how long a key of Service B's is good: as long as an upload may take, and then the
// inspection.
const keyLife = 48 * time.Hour

// requested takes what a client has handed over.
func (a *Adapter) requested(ctx context.Context, e events.Event) error {
	known, ok, err := a.store.get(ctx, e.Data.Upload)
	if err != nil {
		return err
	}
	if ok && known.Attempt >= e.Data.Attempt {
		if known.Attempt == e.Data.Attempt {
			return a.again(ctx, e, known) // whoever handed it over may not have heard
		}
		return nil
	}
	handed, err := events.OpenHandover(a.box, e)
	if err != nil {
		return err
	}
	var k kept
	moved := events.Moved{Step: events.Accepted}
	if !a.cfg.Now().Before(handed.Expires) {
		moved.Step = events.Waiting
	} else {
		// The name is a small text: it goes to Service B at once, under the client's token itself.
		by := client{handed.Token, e.Tenant}
		if err := a.b.inspectText(ctx, by, e.Data.Upload, "name", handed.Name); errors.Is(err, errService) {
			return tenant.Unavailable("Service B", err)
		}
		var key string
		key, _, err = a.b.newKey(ctx, by, e.Data.Upload, keyLife)
		switch {
		case errors.Is(err, errService):
			return tenant.Unavailable("Service B", err)
		case err != nil:
			moved.Step = events.Refused
		default:
			k = kept{Key: key, Name: handed.Name, Type: handed.Type}
		}
	}
	if err := a.store.put(ctx, e, k, moved, a.cfg.Now().Add(keyLife)); err != nil {
		return err
	}
	return a.publish(ctx, e, moved)
}

// finalized writes down that a file is to be forwarded, and begins.
func (a *Adapter) finalized(ctx context.Context, e events.Event) error {
	known, ok, err := a.store.get(ctx, e.Data.Upload)
	switch {
	case err != nil:
		return err
	case !ok || known.Attempt < e.Data.Attempt:
		return ErrNotYet
	case known.Attempt > e.Data.Attempt:
		return nil // a later attempt goes on
	}
	job, err := a.intend(ctx, e)
	if err != nil {
		return err
	}
	if err := a.runner().Do(ctx, job); err != nil {
		a.log.InfoContext(ctx, "a file is to be forwarded, and is not yet", "upload", e.Data.Upload, "error", err)
	}
	return nil
}

// again publishes what was published last, if the event is about the same generation.
func (a *Adapter) again(ctx context.Context, e events.Event, d document) error {
	if last, ok := d.last(); ok && d.LastOf == e.Data.Generation {
		return a.publish(ctx, e, last)
	}
	return nil
}

// publish tells how far a file has come, in answer to an event and by its ticket.
func (a *Adapter) publish(ctx context.Context, e events.Event, moved events.Moved) error {
	message, err := events.Event{
		Type: events.InspectionMoved, Tenant: e.Tenant, Time: a.cfg.Now(),
		Data: events.Data{Upload: e.Data.Upload, Attempt: e.Data.Attempt, Generation: e.Data.Generation, Ticket: e.Data.Ticket, Moved: &moved},
	}.Marshal()
	if err != nil {
		return err
	}
	if err := a.cfg.Topic.Publish(ctx, message); err != nil {
		return tenant.Unavailable("publish an event", err)
	}
	return nil
}

// giveBack says to the application that a message cannot be read, and why: operators look there,
// and can have it published again. Then the message is done with, and holds no other up.
func (a *Adapter) giveBack(ctx context.Context, m events.Message, why error) error {
	message, err := events.Unread{ID: m.ID, Why: why.Error(), Message: m.Data}.Marshal(a.cfg.Now())
	if err != nil {
		return err
	}
	if err := a.cfg.Topic.Publish(ctx, message); err != nil {
		return tenant.Unavailable("publish what cannot be read", err)
	}
	return nil
}

// Drain forwards what is due: what was left behind, or failed and is tried again.
func (a *Adapter) Drain(ctx context.Context) (jobs.Result, error) { return a.runner().Drain(ctx) }
