package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// world is a queue on a local cloud, a clock that stands still, and a count of what was done.
type world struct {
	cloud *localcloud.Cloud
	db    *firestore.Client
	store *queue.Store
	clock atomic.Int64

	mu   sync.Mutex
	runs map[string]int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{cloud: localcloudtest.New(t), runs: make(map[string]int)}
	client, err := admin.NewFirestoreAdminClient(t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(t, err)
	defer client.Close()
	op, err := client.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + localcloudtest.Project,
		DatabaseId: "platform",
		Database:   &adminpb.Database{LocationId: "us-central1", Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	must(t, err)
	_, err = op.Wait(t.Context())
	must(t, err)
	w.clock.Store(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixNano())
	w.db, w.store = w.open(t)
	return w
}

// open opens the database as another process would.
func (w *world) open(t *testing.T) (*firestore.Client, *queue.Store) {
	t.Helper()
	db, err := firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, "platform",
		localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db, queue.New(db, w.now)
}

func (w *world) now() time.Time          { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.clock.Add(int64(d)) }

func (w *world) runner(handlers map[string]jobs.Handler) *jobs.Runner {
	return &jobs.Runner{Store: w.store, Handlers: handlers, Holder: "one", Now: w.now, Logger: slog.New(slog.DiscardHandler)}
}

// note counts a run of a job.
func (w *world) note(l queue.Lease) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs[l.Job().ID]++
	return w.runs[l.Job().ID]
}

func (w *world) noting(_ context.Context, l queue.Lease) error { w.note(l); return nil }

func (w *world) add(t *testing.T, kind string, ids ...string) {
	t.Helper()
	var intents []queue.Intent
	for _, id := range ids {
		intents = append(intents, queue.Intent{ID: id, Kind: kind, Due: w.now()})
	}
	must(t, w.db.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
		return w.store.Add(tx, intents...)
	}))
}

func (w *world) drain(t *testing.T, r *jobs.Runner) jobs.Result {
	t.Helper()
	result, err := r.Drain(t.Context())
	must(t, err)
	return result
}

func (w *world) list(t *testing.T, state queue.State) []queue.Job {
	t.Helper()
	page, err := w.store.List(t.Context(), state, "", 200)
	must(t, err)
	return page.Jobs
}

func (w *world) nothingLeft(t *testing.T) {
	t.Helper()
	for _, state := range []queue.State{queue.Due, queue.Leased, queue.Parked} {
		if left := w.list(t, state); len(left) != 0 {
			t.Errorf("%s: %+v", state, left)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTwoRunnersDoEachJobOnce(t *testing.T) {
	w := newWorld(t)
	want := make(map[string]int)
	for n := range 30 {
		id := fmt.Sprintf("j%02d", n)
		w.add(t, "sweep", id)
		want[id] = 1
	}
	var results [2]jobs.Result
	var both sync.WaitGroup
	for n := range results {
		r := w.runner(map[string]jobs.Handler{"sweep": w.noting})
		_, r.Store = w.open(t)
		both.Go(func() {
			var err error
			if results[n], err = r.Drain(t.Context()); err != nil {
				t.Errorf("runner %d: %v", n, err)
			}
		})
	}
	both.Wait()
	if done := results[0].Done + results[1].Done; done != 30 {
		t.Errorf("done: %d of 30, %+v", done, results)
	}
	diff(t, want, w.runs)
	w.nothingLeft(t)
}

func TestARunnerThatSleptThroughItsLease(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	quick := w.runner(map[string]jobs.Handler{"sweep": func(context.Context, queue.Lease) error {
		return errors.New("not now")
	}})
	slow := w.runner(map[string]jobs.Handler{"sweep": func(context.Context, queue.Lease) error {
		w.advance(jobs.LeaseLife) // it sleeps, and another takes the job
		diff(t, jobs.Result{Retried: 1}, w.drain(t, quick))
		return nil
	}})
	diff(t, jobs.Result{Lost: 1}, w.drain(t, slow))
	left := w.list(t, queue.Due)
	if len(left) != 1 || left[0].Fence != 2 || left[0].Error != "not now" {
		t.Errorf("after both: %+v", left)
	}
}

func TestACrashBeforeDone(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	// The database dies after the work: the runner cannot say that it is done.
	crashing := w.runner(map[string]jobs.Handler{"sweep": func(_ context.Context, l queue.Lease) error {
		w.cloud.Faults().Add(fault.Rule{
			Method: "/google.firestore.v1.Firestore/BeginTransaction", Code: codes.PermissionDenied,
		})
		w.note(l)
		return nil
	}})
	diff(t, jobs.Result{Lost: 1}, w.drain(t, crashing))
	w.cloud.Faults().Clear()

	again := w.runner(map[string]jobs.Handler{"sweep": w.noting})
	diff(t, jobs.Result{}, w.drain(t, again)) // still leased
	w.advance(jobs.LeaseLife)
	diff(t, jobs.Result{Done: 1}, w.drain(t, again))
	diff(t, map[string]int{"a": 2}, w.runs)
	w.nothingLeft(t)
}

func TestALostAnswer(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	r := w.runner(map[string]jobs.Handler{"sweep": w.noting})
	w.cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Code: codes.Internal, After: true, Times: 1,
	})
	diff(t, jobs.Result{Lost: 1}, w.drain(t, r)) // leased, and nobody knows
	diff(t, jobs.Result{}, w.drain(t, r))
	w.advance(jobs.LeaseLife)
	diff(t, jobs.Result{Done: 1}, w.drain(t, r))
	diff(t, map[string]int{"a": 1}, w.runs)
}

func TestFailuresAreRetriedLaterAndThenParked(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	r := w.runner(map[string]jobs.Handler{"sweep": func(_ context.Context, l queue.Lease) error {
		return fmt.Errorf("attempt %d", w.note(l))
	}})
	for n := range jobs.MaxAttempts - 1 {
		diff(t, jobs.Result{Retried: 1}, w.drain(t, r))
		j := w.list(t, queue.Due)[0]
		wait, most := j.Due.Sub(w.now()), 5*time.Second+min(time.Hour, 10*time.Second<<n)
		if wait < 5*time.Second || wait > most {
			t.Errorf("after attempt %d it waits %v, want 5 s to %v", n+1, wait, most)
		}
		diff(t, jobs.Result{}, w.drain(t, r)) // not before its time
		w.advance(wait)
	}
	diff(t, jobs.Result{Parked: 1}, w.drain(t, r))
	diff(t, "attempt 10", w.list(t, queue.Parked)[0].Error)
}

func TestWhatIsParkedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.add(t, "unknown", "a")
	w.add(t, "hopeless", "b")
	r := w.runner(map[string]jobs.Handler{"hopeless": func(context.Context, queue.Lease) error {
		return fmt.Errorf("%w: the file is gone", jobs.ErrGiveUp)
	}})
	diff(t, jobs.Result{Parked: 2}, w.drain(t, r))
	var reasons []string
	for _, j := range w.list(t, queue.Parked) {
		reasons = append(reasons, j.Error)
	}
	diff(t, []string{"jobs: given up: nobody handles this kind", "jobs: given up: the file is gone"}, reasons)
}

func TestAJobThatKillsItsWorker(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	for range jobs.MaxAttempts { // taken, and never heard of again
		for j, err := range w.store.Takable(t.Context()) {
			must(t, err)
			_, err = w.store.Take(t.Context(), j, "killed", time.Minute)
			must(t, err)
		}
		w.advance(time.Minute)
	}
	diff(t, jobs.Result{Parked: 1}, w.drain(t, w.runner(map[string]jobs.Handler{"sweep": w.noting})))
	if len(w.runs) != 0 {
		t.Error("it was tried once more")
	}
}

func TestAPanicAndAnUnreadableRecordStopNothing(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.Collection("jobs").Doc("aaa").Set(t.Context(), map[string]any{"wake": w.now().Add(-time.Hour)})
	must(t, err)
	w.add(t, "bad", "b")
	w.add(t, "sweep", "c")
	r := w.runner(map[string]jobs.Handler{
		"bad":   func(context.Context, queue.Lease) error { panic("secret of a tenant") },
		"sweep": w.noting,
	})
	diff(t, jobs.Result{Done: 1, Retried: 1, Unreadable: 1}, w.drain(t, r))
	if said := w.list(t, queue.Due)[0].Error; strings.Contains(said, "secret") || !strings.Contains(said, "panic") {
		t.Errorf("the panic is stored as %q", said)
	}
}

func TestAHandlerEndsBeforeItsLease(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	r := w.runner(map[string]jobs.Handler{"sweep": func(ctx context.Context, _ queue.Lease) error {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > jobs.HandlerTime || jobs.HandlerTime >= jobs.LeaseLife {
			t.Errorf("the handler has %v, %v; the lease %v", left, ok, jobs.LeaseLife)
		}
		return nil
	}})
	diff(t, jobs.Result{Done: 1}, w.drain(t, r))
}

func TestAStoppedWorkerTakesNothingAndStillReports(t *testing.T) {
	w := newWorld(t)
	w.add(t, "sweep", "a")
	ctx, stop := context.WithCancel(t.Context())
	r := w.runner(map[string]jobs.Handler{"sweep": func(context.Context, queue.Lease) error { stop(); return nil }})
	result, err := r.Drain(ctx)
	must(t, err)
	diff(t, jobs.Result{Done: 1}, result)
	w.nothingLeft(t)
}
