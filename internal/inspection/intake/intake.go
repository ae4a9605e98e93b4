package intake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/parts"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

// Limits bound what is received and how it is inspected.
type Limits struct {
	File      int64         // bytes of one file
	Receiving time.Duration // from the announcement to the last byte
	Inspect   time.Duration // from the last byte to the verdict, waiting included
	Lease     time.Duration // after so long without a sign, an inspection's process is taken for dead
	Retention time.Duration // how long a record stays
	Sweep     time.Duration // between two looks at what is due

	AtOnce    int // inspections of files in this process, and as many of texts
	PerTenant int // of those, for one tenant
}

// DefaultLimits are those of the service.
func DefaultLimits() Limits {
	return Limits{
		File: 2 << 30, Receiving: 24 * time.Hour, Inspect: 30 * time.Minute, Lease: 30 * time.Second,
		Retention: 30 * 24 * time.Hour, Sweep: time.Minute, AtOnce: 4, PerTenant: 2,
	}
}

// MostFile is the largest limit of one file that is possible, in bytes.
const MostFile = mostParts * MostPart

// Validate reports a limit that is not positive or out of proportion.
func (l Limits) Validate() error {
	if min(l.Receiving, l.Inspect, l.Lease, l.Retention, l.Sweep) <= 0 || min(l.AtOnce, l.PerTenant) < 1 || l.File < 1 || l.File > MostFile {
		return errors.New("intake: a limit is not positive, or too high")
	}
	return nil
}

// Config configures an Intake.
type Config struct {
	Store  *records.Store
	Bucket *parts.Bucket
	Runner *sandbox.Runner
	Limits Limits
	Logger *slog.Logger
}

// Intake receives files and has them inspected. Safe for concurrent use.
type Intake struct {
	Config
	files  *slots // inspections of files
	texts  *slots // and of texts, which do not wait for files
	holder string // of this process's leases

	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	begun   map[records.Ref]bool // inspections of this process
}

// New returns an Intake. It does nothing by itself before Run.
func New(cfg Config) (*Intake, error) {
	if err := cfg.Limits.Validate(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Intake{
		Config: cfg, holder: rand.Text(),
		files: newSlots(cfg.Limits.AtOnce, cfg.Limits.PerTenant), texts: newSlots(cfg.Limits.AtOnce, cfg.Limits.PerTenant),
		ctx: ctx, stop: stop, begun: map[records.Ref]bool{},
	}, nil
}

// Close ends the inspections of this process, and leaves them to be begun again. It waits for that
// until ctx ends.
func (i *Intake) Close(ctx context.Context) error {
	i.mu.Lock() // nothing is begun from here on
	i.stop()
	i.mu.Unlock()
	ended := make(chan struct{})
	go func() { i.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// What can be wrong with a request. An *OffsetError is another.
var (
	// ErrConflict reports that the generation was announced with another size or checksum.
	ErrConflict = errors.New("intake: it was announced otherwise")
	// ErrEnded reports that the generation has failed, and takes no more content.
	ErrEnded = errors.New("intake: it has failed")
	// ErrNotFailed reports that only what has failed can begin again.
	ErrNotFailed = errors.New("intake: it has not failed")
	// ErrSmallParts reports so many parts that there is no room for the rest.
	ErrSmallParts = errors.New("intake: the parts are too small for so many")
	// ErrBusy reports that there is no room to inspect a text now.
	ErrBusy = errors.New("intake: too many inspections at once")
)

// Announced is what a client says of a file before it sends it.
type Announced struct {
	Size   int64
	CRC32C uint32
	Name   string
	Type   string
}

// Announce makes a generation, or returns the one that was announced alike. made says which. It
// returns ErrConflict if it was announced with another size or checksum.
func (i *Intake) Announce(ctx context.Context, r records.Ref, a Announced) (g records.Generation, made bool, err error) {
	now := i.Store.Now()
	fresh := records.Generation{Size: a.Size, CRC32C: a.CRC32C, Name: a.Name, Type: a.Type}
	i.begin(&fresh, now)
	g, made, err = i.Store.Create(ctx, r, fresh)
	switch {
	case err != nil:
		return records.Generation{}, false, err
	case g.Size != a.Size || g.CRC32C != a.CRC32C:
		return records.Generation{}, false, ErrConflict
	case !made:
		g, err = i.look(ctx, r, g)
	default:
		i.follow(r, g)
	}
	return g, made, err
}

// begin makes g a generation of which nothing has come.
func (i *Intake) begin(g *records.Generation, now time.Time) {
	*g = records.Generation{
		Size: g.Size, CRC32C: g.CRC32C, Name: g.Name, Type: g.Type,
		State: records.Receiving, Deadline: now.Add(i.Limits.Receiving),
		Run: strings.ToLower(rand.Text()), Expires: now.Add(i.Limits.Receiving + i.Limits.Retention),
	}
	switch {
	case g.Size > i.Limits.File:
		i.fail(g, records.TooLarge)
	case g.Size == 0:
		i.complete(g)
	}
}

// complete says that the last byte has come.
func (i *Intake) complete(g *records.Generation) {
	if g.Checksum != g.CRC32C {
		i.fail(g, records.Damaged)
		return
	}
	g.State, g.Deadline = records.Inspecting, i.Store.Now().Add(i.Limits.Inspect)
}

func (i *Intake) fail(g *records.Generation, why records.Reason) {
	g.State, g.Reason, g.Verdict, g.Lease = records.Failed, why, records.Uninspected, records.Lease{}
	g.Expires = i.Store.Now().Add(i.Limits.Retention)
}

// follow does what the state of a generation asks for next. What it begins goes on without the
// caller.
func (i *Intake) follow(r records.Ref, g records.Generation) {
	switch {
	case g.State == records.Inspecting && !g.Lease.Held(i.Store.Now()):
		i.start(r)
	case g.Ended() && !g.Cleared:
		i.later(func(ctx context.Context) error { return i.clear(ctx, records.Item{Ref: r, Run: g.Run}) })
	}
}

// Get returns a generation as it stands now, or records.ErrNotFound.
func (i *Intake) Get(ctx context.Context, r records.Ref) (records.Generation, error) {
	g, err := i.Store.Get(ctx, r)
	if err != nil {
		return records.Generation{}, err
	}
	return i.look(ctx, r, g)
}

// Latest returns the generation of a document that has the greatest number.
func (i *Intake) Latest(ctx context.Context, d records.Document) (records.Ref, records.Generation, error) {
	r, g, err := i.Store.Latest(ctx, d)
	if err != nil {
		return records.Ref{}, records.Generation{}, err
	}
	g, err = i.look(ctx, r, g)
	return r, g, err
}

// look gives up what has passed its deadline, and begins again what a process has left.
func (i *Intake) look(ctx context.Context, r records.Ref, g records.Generation) (records.Generation, error) {
	now := i.Store.Now()
	if !g.Ended() && !now.Before(g.Deadline) && !g.Lease.Held(now) {
		var err error
		if g, err = i.giveUp(ctx, r); err != nil {
			return records.Generation{}, err
		}
	}
	i.follow(r, g)
	return g, nil
}

// Retry begins a generation again that has failed. Its content is to be sent anew.
func (i *Intake) Retry(ctx context.Context, r records.Ref) (records.Generation, error) {
	old, err := i.Store.Get(ctx, r)
	if err != nil {
		return records.Generation{}, err
	}
	if old.State != records.Failed {
		return records.Generation{}, ErrNotFailed
	}
	if err := i.clear(ctx, records.Item{Ref: r, Run: old.Run}); err != nil {
		return records.Generation{}, err
	}
	g, err := i.Store.Update(ctx, r, func(g *records.Generation) error {
		switch {
		case g.Run != old.Run: // somebody else was faster
			return records.ErrUnchanged
		case g.State != records.Failed:
			return ErrNotFailed
		}
		i.begin(g, i.Store.Now())
		return nil
	})
	if err == nil {
		i.follow(r, g)
	}
	return g, err
}

// Erase deletes all that there is of a document. An inspection that is under way keeps nothing of
// what it finds.
func (i *Intake) Erase(ctx context.Context, d records.Document) error {
	gone, err := i.Store.Erase(ctx, d)
	if err != nil {
		return err
	}
	for _, item := range gone {
		if err := i.forget(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

// Text inspects a text at once, and keeps nothing of it. It returns ErrBusy if there is no room
// before ctx ends, or the error of the sandbox.
func (i *Intake) Text(ctx context.Context, tenant, text string) (inspect.Report, error) {
	leave, err := i.texts.enter(ctx, tenant)
	if err != nil {
		return inspect.Report{}, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	defer leave()
	return i.Runner.Inspect(ctx, inMemory(text), int64(len(text)))
}

// ReportOf is what an inspection has found; nil if there was none.
func ReportOf(g records.Generation) (*inspect.Report, error) {
	if len(g.Report) == 0 {
		return nil, nil
	}
	r := new(inspect.Report)
	return r, json.Unmarshal(g.Report, r)
}

// VerdictOf is what a report comes to. What could not be looked at is not called clean.
func VerdictOf(r inspect.Report) records.Verdict {
	switch {
	case r.IsHarmful():
		return records.Harmful
	case len(r.Findings) > 0:
		return records.Uninspected
	}
	return records.Clean
}

// inMemory is a text as a file.
type inMemory string

// ReadAt implements sandbox.Source.
func (t inMemory) ReadAt(_ context.Context, p []byte, at int64) (int, error) {
	return strings.NewReader(string(t)).ReadAt(p, at)
}
