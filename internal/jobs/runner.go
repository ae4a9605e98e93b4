package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/googleapis/gax-go/v2"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
)

const (
	// MaxAttempts is how often a job is tried before it is parked.
	MaxAttempts = 10

	// LeaseLife is how long a job is leased. Another worker takes it afterwards.
	LeaseLife = 2 * time.Minute
	// HandlerTime is how long a handler may take. It is shorter than the lease, so that a handler
	// ends before another worker begins.
	HandlerTime = 90 * time.Second

	// maxTaken and tickTime bound one Drain: how many jobs it takes, and for how long it takes new
	// ones.
	maxTaken = 200
	tickTime = 50 * time.Second
	// parallel is how many jobs of one Drain are done at a time, so that a slow one does not hold
	// the others up.
	parallel = 4

	// reportTime bounds telling the store how a job ended, which is done even when the worker is
	// told to stop.
	reportTime = 10 * time.Second
)

// ErrGiveUp reports, from a handler, that no further attempt can help: the job is parked.
var ErrGiveUp = errors.New("jobs: given up")

// Later reports, from a handler, that the job goes well and is to be gone on with after a time:
// what it waits for takes longer than a handler may. It is no failed attempt.
func Later(after time.Duration) error { return &laterError{after} }

type laterError struct{ after time.Duration }

func (e *laterError) Error() string { return "jobs: to be gone on with in " + e.after.String() }

// Handler does the job of a lease. Its context ends after HandlerTime, or when the worker is told
// to stop. The first line of its error is stored where operators read it, so it must hold no data
// of a tenant.
type Handler func(context.Context, queue.Lease) error

// Runner does what is due. All fields but Now and Logger are required.
type Runner struct {
	Store    *queue.Store
	Handlers map[string]Handler // by kind; a job of another kind is parked
	Holder   string             // names this worker to people
	Now      func() time.Time   // nil: time.Now
	Logger   *slog.Logger       // nil: slog.Default()
}

// Result counts how the jobs of one Drain ended.
type Result struct {
	Done       int
	Retried    int // failed; to be tried again
	Parked     int
	Lost       int // taken by another worker, or nobody knows: somebody will do it again
	Unreadable int // records that no version of this code wrote
}

// Drain takes what is due, does it, and returns when all that it took has ended. It takes nothing
// new after 50 s or 200 jobs, nor when ctx has ended; what remains is for the next call. Any number
// of Drains may run at once, in any number of processes. The error is that of reading the queue.
func (r *Runner) Drain(ctx context.Context) (Result, error) {
	d := &drain{Runner: r, places: make(chan struct{}, parallel)}
	err := d.run(ctx)
	d.running.Wait()
	return d.result, err
}

// Do does one job at once, if it is due and nobody has it. It returns nil if the job was done, or
// is another's; and otherwise why it was not. Then it is tried again by a later Drain, or is
// parked.
func (r *Runner) Do(ctx context.Context, id string) error {
	job, err := r.Store.Get(ctx, id)
	switch {
	case errors.Is(err, queue.ErrNoJob):
		return nil
	case err != nil:
		return err
	}
	d := &drain{Runner: r}
	return d.do(ctx, job)
}

// drain is one call of Drain.
type drain struct {
	*Runner
	places  chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	result Result
}

func (d *drain) run(ctx context.Context) error {
	end, taken := d.now().Add(tickTime), 0
	for job, err := range d.Store.Takable(ctx) {
		if bad, ok := errors.AsType[*queue.UnreadableError](err); ok {
			d.log().ErrorContext(ctx, "jobs: a record cannot be read", "id", bad.ID, "error", bad)
			d.count(&d.result.Unreadable)
			continue
		}
		if err != nil {
			return err
		}
		d.places <- struct{}{}
		if taken++; taken > maxTaken || !d.now().Before(end) || ctx.Err() != nil {
			<-d.places
			return nil
		}
		d.running.Go(func() {
			defer func() { <-d.places }()
			_ = d.do(ctx, job) // it is logged and counted
		})
	}
	return nil
}

// do takes one job, does it, and tells the store how it ended. It returns why it was not done.
func (d *drain) do(ctx context.Context, job queue.Job) error {
	lease, err := d.Store.Take(ctx, job, d.Holder, LeaseLife)
	if err != nil {
		d.lost(ctx, job, err)
		return nil
	}
	job = lease.Job()
	counter, failure := &d.result.Done, d.handle(ctx, lease)

	report, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTime)
	defer cancel()
	later, wait := errors.AsType[*laterError](failure)
	switch {
	case failure == nil:
		err = d.Store.Done(report, lease)
	case wait:
		failure, err = nil, d.Store.Later(report, lease, later.after)
	case errors.Is(failure, ErrGiveUp) || job.Attempts >= MaxAttempts:
		counter, err = &d.result.Parked, d.Store.Park(report, lease, failure.Error())
	default:
		counter, err = &d.result.Retried, d.Store.Retry(report, lease, backoff(job.Attempts), failure.Error())
	}
	if failure != nil {
		d.log().WarnContext(ctx, "jobs: an attempt failed", "id", job.ID, "kind", job.Kind,
			"tenant", job.Tenant.String(), "attempts", job.Attempts, "error", failure)
	}
	if err != nil {
		d.lost(ctx, job, err)
		return failure
	}
	d.count(counter)
	return failure
}

// handle calls the handler of the job's kind. A panic is an error like another.
func (d *drain) handle(ctx context.Context, lease queue.Lease) (err error) {
	job := lease.Job()
	if job.Attempts > MaxAttempts {
		return fmt.Errorf("%w: begun %d times and never ended", ErrGiveUp, MaxAttempts)
	}
	handler, ok := d.Handlers[job.Kind]
	if !ok {
		return fmt.Errorf("%w: nobody handles this kind", ErrGiveUp)
	}
	ctx, cancel := context.WithTimeout(ctx, HandlerTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			d.log().ErrorContext(ctx, "jobs: a handler panicked", "id", job.ID, "kind", job.Kind,
				"panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in the handler of %s", job.Kind)
		}
	}()
	return handler(ctx, lease)
}

// lost notes a job whose end this worker did not decide, or does not know.
func (d *drain) lost(ctx context.Context, job queue.Job, err error) {
	d.log().InfoContext(ctx, "jobs: lost", "id", job.ID, "kind", job.Kind, "error", err)
	d.count(&d.result.Lost)
}

func (d *drain) count(n *int) {
	d.mu.Lock()
	*n++
	d.mu.Unlock()
}

// backoff is how long a job waits after so many attempts: at least 5 s, and on the average twice as
// long each time, up to an hour. It is random, so that what failed together is not tried together.
func backoff(attempts int) time.Duration {
	const least = 5 * time.Second
	steps := gax.Backoff{Initial: 10 * time.Second, Max: time.Hour, Multiplier: 2}
	var pause time.Duration
	for range attempts {
		pause = steps.Pause()
	}
	return least + pause
}

func (r *Runner) now() time.Time {
	now := r.Now
	if now == nil {
		now = time.Now
	}
	return now()
}

func (r *Runner) log() *slog.Logger {
	if r.Logger == nil {
		return slog.Default()
	}
	return r.Logger
}
