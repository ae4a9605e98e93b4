package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// world is the control plane's database on a local cloud, and a clock that stands still.
type world struct {
	cloud *localcloud.Cloud
	db    *firestore.Client
	store *jobs.Store
	clock atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{cloud: localcloudtest.New(t)}
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
	w.db, err = firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, "platform",
		localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { w.db.Close() })
	w.clock.Store(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixNano())
	w.store = jobs.New(w.db, w.now)
	return w
}

func (w *world) now() time.Time          { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.clock.Add(int64(d)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// intent is an intent of the platform that is due now.
func (w *world) intent(id string) jobs.Intent {
	return jobs.Intent{ID: id, Kind: "sweep", Payload: []byte(`{"n":1}`), Due: w.now()}
}

func (w *world) add(t *testing.T, intents ...jobs.Intent) error {
	t.Helper()
	return w.db.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
		return w.store.Add(tx, intents...)
	})
}

// takable lists the ids of what may be taken, and of what cannot be read with a "!" before.
func (w *world) takable(t *testing.T) []string {
	t.Helper()
	var ids []string
	for j, err := range w.store.Takable(t.Context()) {
		if bad, ok := errors.AsType[*jobs.UnreadableError](err); ok {
			ids = append(ids, "!"+bad.ID)
			continue
		}
		must(t, err)
		ids = append(ids, j.ID)
	}
	return ids
}

// take takes the only job that may be taken.
func (w *world) take(t *testing.T, holder string) jobs.Lease {
	t.Helper()
	for j, err := range w.store.Takable(t.Context()) {
		must(t, err)
		lease, err := w.store.Take(t.Context(), j, holder, time.Minute)
		must(t, err)
		return lease
	}
	t.Fatal("nothing to take")
	return jobs.Lease{}
}

func (w *world) list(t *testing.T, state jobs.State) []jobs.Job {
	t.Helper()
	page, err := w.store.List(t.Context(), state, "", 0)
	must(t, err)
	return page.Jobs
}

func TestAddIsPartOfTheCallersTransaction(t *testing.T) {
	w := newWorld(t)
	other := tenant.NewID()
	cause := w.db.Collection("causes").Doc("c1")
	both := func(fail error) error {
		return w.db.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
			i := w.intent("mail-c1")
			i.Tenant = other
			if err := w.store.Add(tx, i, w.intent("mail-c2")); err != nil {
				return err
			}
			if err := tx.Set(cause, map[string]any{"said": true}); err != nil {
				return err
			}
			return fail
		})
	}
	if err := both(errors.New("the caller changed their mind")); err == nil {
		t.Fatal("the caller's error was lost")
	}
	if ids := w.takable(t); ids != nil {
		t.Fatalf("an intent without its cause: %v", ids)
	}
	must(t, both(nil))
	if doc, err := cause.Get(t.Context()); err != nil || !doc.Exists() {
		t.Fatalf("an intent without its cause: %v", err)
	}
	want := []jobs.Job{
		{Intent: jobs.Intent{ID: "mail-c1", Kind: "sweep", Tenant: other, Payload: []byte(`{"n":1}`), Due: w.now()},
			State: jobs.Due, Created: w.now()},
		{Intent: w.intent("mail-c2"), State: jobs.Due, Created: w.now()},
	}
	if d := cmp.Diff(want, w.list(t, jobs.Due), cmp.Comparer(func(a, b tenant.ID) bool { return a == b })); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}

	t.Run("the same again changes nothing", func(t *testing.T) {
		lease := w.take(t, "one")
		must(t, both(nil))
		must(t, w.store.Held(t.Context(), lease))
	})
	t.Run("the id of something else is refused", func(t *testing.T) {
		foreign, another := w.intent("mail-c1"), w.intent("mail-c2")
		another.Kind = "forward"
		for _, i := range []jobs.Intent{foreign, another} {
			if err := w.add(t, i); !errors.Is(err, jobs.ErrConflict) {
				t.Errorf("%s: got %v, want ErrConflict", i.ID, err)
			}
		}
	})
}

func TestAddRefuses(t *testing.T) {
	w := newWorld(t)
	for name, spoil := range map[string]func(*jobs.Intent){
		"no id":           func(i *jobs.Intent) { i.ID = "" },
		"a path":          func(i *jobs.Intent) { i.ID = "a/b/c" },
		"a dot":           func(i *jobs.Intent) { i.ID = "." },
		"a reserved id":   func(i *jobs.Intent) { i.ID = "__a__" },
		"a long id":       func(i *jobs.Intent) { i.ID = strings.Repeat("a", 129) },
		"no kind":         func(i *jobs.Intent) { i.Kind = "" },
		"a kind in caps":  func(i *jobs.Intent) { i.Kind = "Mail" },
		"no due time":     func(i *jobs.Intent) { i.Due = time.Time{} },
		"a large payload": func(i *jobs.Intent) { i.Payload = []byte(`"` + strings.Repeat("x", jobs.MaxPayload) + `"`) },
		"no JSON":         func(i *jobs.Intent) { i.Payload = []byte("{") },
	} {
		i := w.intent("a")
		spoil(&i)
		if err := w.add(t, i); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestTakable(t *testing.T) {
	w := newWorld(t)
	later := w.intent("later")
	later.Due = w.now().Add(time.Second)
	must(t, w.add(t, later, w.intent("now")))
	if d := cmp.Diff([]string{"now"}, w.takable(t)); d != "" {
		t.Errorf("takable (-want +got):\n%s", d)
	}
	w.advance(time.Second)
	if d := cmp.Diff([]string{"now", "later"}, w.takable(t)); d != "" {
		t.Errorf("a second later (-want +got):\n%s", d)
	}

	t.Run("records that nobody can read stop nothing, however many", func(t *testing.T) {
		batch := w.db.BulkWriter(t.Context())
		for n := range 120 { // more than two pages
			_, err := batch.Create(w.db.Collection("jobs").Doc(fmt.Sprintf("bad-%03d", n)),
				map[string]any{"wake": w.now().Add(-time.Hour), "state": "bored"})
			must(t, err)
		}
		batch.End()
		ids := w.takable(t)
		if len(ids) != 122 || ids[0] != "!bad-000" || ids[119] != "!bad-119" || ids[120] != "now" || ids[121] != "later" {
			t.Errorf("takable: %d, %v", len(ids), ids)
		}
		must(t, w.store.Cancel(t.Context(), "bad-000"))
	})
}

func TestALeaseIsExclusive(t *testing.T) {
	w := newWorld(t)
	must(t, w.add(t, w.intent("a")))
	var seen jobs.Job
	for j, err := range w.store.Takable(t.Context()) {
		must(t, err)
		seen = j
	}
	lease := w.take(t, "one")
	if j := lease.Job(); j.Fence != 1 || j.Attempts != 1 || !lease.Until().Equal(w.now().Add(time.Minute)) {
		t.Errorf("leased as %+v", j)
	}
	if _, err := w.store.Take(t.Context(), seen, "two", time.Minute); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("a second holder: %v, want ErrLost", err)
	}
	if _, err := w.store.Take(t.Context(), lease.Job(), "two", time.Minute); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("taken before the lease has ended: %v, want ErrLost", err)
	}
	if ids := w.takable(t); ids != nil {
		t.Errorf("takable while it is leased: %v", ids)
	}
}

func TestAStaleHolderChangesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.add(t, w.intent("a")))
	stale := w.take(t, "slow")
	w.advance(2 * time.Minute)
	if err := w.store.Held(ctx, stale); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("Held after its end: %v", err)
	}
	fresh := w.take(t, "quick")
	if got := fresh.Job().Fence; got != 2 {
		t.Errorf("the fence is %d, want 2", got)
	}
	renew := func(l jobs.Lease) error { _, err := w.store.Renew(ctx, l, time.Minute); return err }
	for _, lost := range []jobs.Lease{stale, {}} {
		for name, err := range map[string]error{
			"Held":  w.store.Held(ctx, lost),
			"Renew": renew(lost),
			"Done":  w.store.Done(ctx, lost),
			"Retry": w.store.Retry(ctx, lost, 0, "again"),
			"Park":  w.store.Park(ctx, lost, "no"),
		} {
			if !errors.Is(err, jobs.ErrLost) {
				t.Errorf("%s: got %v, want ErrLost", name, err)
			}
		}
	}
	must(t, w.store.Held(ctx, fresh))
	must(t, w.store.Done(ctx, fresh))
	if err := w.store.Done(ctx, fresh); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("Done twice: %v, want ErrLost", err)
	}
}

func TestLifeOfAJob(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.add(t, w.intent("a")))

	lease := w.take(t, "one")
	w.advance(50 * time.Second)
	lease, err := w.store.Renew(ctx, lease, time.Minute)
	must(t, err)
	w.advance(50 * time.Second)
	must(t, w.store.Held(ctx, lease))

	must(t, w.store.Retry(ctx, lease, time.Hour, "no\nanswer\x00 from "+strings.Repeat("é", 400)))
	if ids := w.takable(t); ids != nil {
		t.Errorf("takable before its time: %v", ids)
	}
	due := w.list(t, jobs.Due)
	if len(due) != 1 || !strings.HasPrefix(due[0].Error, "no answer  from é") || len(due[0].Error) > 300 ||
		!due[0].Due.Equal(w.now().Add(time.Hour)) {
		t.Errorf("given back as %+v", due)
	}

	w.advance(time.Hour)
	lease = w.take(t, "one")
	if j := lease.Job(); j.Attempts != 2 || j.Fence != 2 {
		t.Errorf("the second attempt is %+v", j)
	}
	must(t, w.store.Park(ctx, lease, "unknown kind"))
	w.advance(24 * time.Hour)
	if ids := w.takable(t); ids != nil {
		t.Errorf("takable though it is parked: %v", ids)
	}
	if parked := w.list(t, jobs.Parked); len(parked) != 1 || parked[0].Error != "unknown kind" {
		t.Errorf("parked as %+v", parked)
	}

	must(t, w.store.Release(ctx, "a"))
	if err := w.store.Release(ctx, "a"); !errors.Is(err, jobs.ErrNoJob) {
		t.Errorf("released twice: %v, want ErrNoJob", err)
	}
	lease = w.take(t, "one")
	if j := lease.Job(); j.Attempts != 1 || j.Fence != 3 {
		t.Errorf("after its release it is %+v", j)
	}
	must(t, w.store.Cancel(ctx, "a"))
	if err := w.store.Held(ctx, lease); !errors.Is(err, jobs.ErrLost) {
		t.Errorf("held though it was cancelled: %v", err)
	}
	for _, id := range []string{"a", "never", "a/b"} {
		if err := w.store.Cancel(ctx, id); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("cancel of %q: %v, want ErrNoJob", id, err)
		}
	}
}

// TestPostParked: a parked intent waits for an operator, one that is there already stays as it is,
// and what may not be stored is refused.
func TestPostParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.store.PostParked(ctx, w.intent("unread"), "not a push\nof anybody"))
	must(t, w.store.PostParked(ctx, w.intent("unread"), "another reason"))
	if diff := cmp.Diff([]string(nil), w.takable(t)); diff != "" {
		t.Errorf("a parked job is taken (-want +got):\n%s", diff)
	}
	j, err := w.store.Get(ctx, "unread")
	must(t, err)
	if j.State != jobs.Parked || j.Error != "not a push of anybody" || string(j.Payload) != `{"n":1}` {
		t.Errorf("the parked job: %+v", j)
	}
	must(t, w.store.Release(ctx, "unread"))
	must(t, w.store.PostParked(ctx, w.intent("unread"), "a repeat"))
	if diff := cmp.Diff([]string{"unread"}, w.takable(t)); diff != "" {
		t.Errorf("after its release and a repeat (-want +got):\n%s", diff)
	}
	none := w.intent("")
	if err := w.store.PostParked(ctx, none, "x"); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("an intent without an id: %v, want ErrInvalid", err)
	}
}

func TestListIsPaged(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		must(t, w.add(t, w.intent(fmt.Sprintf("j%d", n))))
	}
	var parts []string
	for after, first := "", true; first || after != ""; first = false {
		page, err := w.store.List(t.Context(), jobs.Due, after, 2)
		must(t, err)
		part := ""
		for _, j := range page.Jobs {
			part += j.ID + " "
		}
		parts, after = append(parts, part), page.Next
	}
	if d := cmp.Diff([]string{"j0 j1 ", "j2 j3 ", "j4 "}, parts); d != "" {
		t.Errorf("pages (-want +got):\n%s", d)
	}
	if _, err := w.store.List(t.Context(), "bored", "", 0); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("a state that is none: %v", err)
	}
}

func TestLostAnswers(t *testing.T) {
	const commit = "/google.firestore.v1.Firestore/Commit"
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.add(t, w.intent("a")))
	lose := func() {
		w.cloud.Faults().Add(fault.Rule{Method: commit, Code: codes.Unavailable, After: true, Times: 1})
	}

	lose()
	var lease jobs.Lease
	for j, err := range w.store.Takable(ctx) {
		must(t, err)
		lease, err = w.store.Take(ctx, j, "one", time.Minute)
		if err != nil && !errors.Is(err, tenant.ErrUnavailable) {
			t.Fatalf("Take whose answer was lost: %v", err)
		}
	}
	if lease == (jobs.Lease{}) { // nobody holds it until the lease ends
		if ids := w.takable(t); ids != nil {
			t.Errorf("takable: %v", ids)
		}
		w.advance(2 * time.Minute)
		lease = w.take(t, "two")
	}

	lose()
	if err := w.store.Done(ctx, lease); err != nil && !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("Done whose answer was lost: %v", err)
	}
	if left := w.list(t, jobs.Leased); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}
