package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/identitytest"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// slow is what a process has whose clock is five minutes slow: what it intends is due as soon as it
// is written. It writes its intents as worker@, so that a test can stop web@ from writing anything
// else.
func slow(t *testing.T, w *vendingtest.World) (*people.Service, *vending.Machine) {
	t.Helper()
	machine := w.NewMachine(t, vending.MachineConfig{
		Queue: queue.New(w.Open(t, setup.Worker).Registry(), nil),
		Now:   func() time.Time { return time.Now().Add(-5 * time.Minute) },
	})
	s := identitytest.Open(t, w, identitytest.Config{Machine: machine, Logger: slog.New(slog.DiscardHandler)})
	return s.People, machine
}

const commit = "/google.firestore.v1.Firestore/Commit"

// TestAWorkerFinishesWhatAnotherProcessBegan: Acme's admin demotes the editor, the answer to the
// commit is lost, and the process gets no further. At the next tick a worker ends the editor's
// token.
func TestAWorkerFinishesWhatAnotherProcessBegan(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	worker := apptest.Start(t, w)
	ctx := t.Context()
	token := w.Token(t, w.Acme.Editor)
	process, machine := slow(t, w)
	admin, err := machine.Vend(ctx, w.Principal(t, w.Acme.Admin))
	check(t, err)

	// The record is written and its answer lost. The process ends no token any more, as if it had
	// died.
	w.Cloud.Faults().Add(fault.Rule{
		Method: commit, Resource: "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database, Cut: true, After: true, Times: 1,
	})
	w.Cloud.Faults().Add(fault.Rule{
		Method: commit, Account: setup.Web.Email(vendingtest.Project), Code: codes.PermissionDenied,
	})
	_, err = process.ChangeRole(ctx, admin, w.Acme.Editor.ID, tenant.Viewer)
	if err == nil {
		t.Fatal("the answer was not lost")
	}
	w.Cloud.Faults().Clear()
	u, err := users.NewRepository(admin).Get(ctx, w.Acme.Editor.ID)
	if err != nil || u.Role != tenant.Viewer {
		t.Fatalf("the record says %v, %v", u.Role, err)
	}
	elsewhere := w.Elsewhere(t)
	if p, err := elsewhere.Bearer(ctx, tenant.SelectID(w.Acme.ID), token); err != nil || p.Role() != tenant.Editor {
		t.Fatalf("before the tick the old token is %v, %v", p.Role(), err)
	}

	if done := worker.Tick(t); done != 1 {
		t.Errorf("%d jobs were done", done)
	}
	elsewhere = w.Elsewhere(t)
	if p, err := elsewhere.Bearer(ctx, tenant.SelectID(w.Acme.ID), token); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("after the tick the old token is %v, %v", p.Role(), err)
	}
}

// TestWhoMaySendTicks: a worker does nothing for anybody but the scheduler's account.
func TestWhoMaySendTicks(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	worker := apptest.Start(t, w)
	origin := worker.Origin
	check(t, w.Queue.Post(t.Context(), queue.Intent{
		ID: "bait", Kind: people.FollowKind, Tenant: w.Acme.ID, Payload: []byte(`{"user":"nobody"}`), Due: time.Now().Add(-time.Second),
	}))
	for who, token := range map[string]string{
		"nobody":                       "",
		"web@":                         worker.Token(t, setup.Web, origin+app.TickPath),
		"worker@ itself":               worker.Token(t, setup.Worker, origin+app.TickPath),
		"tick@, for another service":   worker.Token(t, setup.Tick, "https://app.example.com"+app.TickPath),
		"tick@, for the origin alone":  worker.Token(t, setup.Tick, origin),
		"acme's admin":                 w.Token(t, w.Acme.Admin),
		"acme's admin, with no person": w.InitialToken(t, w.Acme.Admin),
		"an operator":                  w.OperatorToken(t, w.AddOperator(t, "olga@bulkhead.test")),
	} {
		if status, body := worker.Send(t, token); status != http.StatusUnauthorized || body["code"] != "unauthenticated" {
			t.Errorf("%s is answered %d %v", who, status, body)
		}
	}
	page, err := w.Queue.List(t.Context(), queue.Due, "", 0)
	if err != nil || len(page.Jobs) != 1 {
		t.Errorf("a job was done for somebody: %+v, %v", page, err)
	}
}

// TestTheSchedulerSendsTicks: the schedule that the set-up makes reaches a worker, also after it
// has moved.
func TestTheSchedulerSendsTicks(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	check(t, setup.Schedule(t.Context(), w.Owner, vendingtest.Project, setup.WorkerTick, "http://127.0.0.1:1"+app.TickPath))
	origin := apptest.Start(t, w).Origin
	check(t, setup.Schedule(t.Context(), w.Owner, vendingtest.Project, setup.WorkerTick, origin+app.TickPath))
	check(t, w.Queue.Post(t.Context(), queue.Intent{
		ID: "due", Kind: people.FollowKind, Tenant: w.Globex.ID,
		Payload: []byte(`{"user":"` + w.Globex.Viewer.ID.String() + `"}`), Due: time.Now().Add(-time.Second),
	}))
	scheduler, err := w.Owner.Scheduler(t.Context())
	check(t, err)
	_, err = scheduler.RunJob(t.Context(), &schedulerpb.RunJobRequest{
		Name: "projects/" + vendingtest.Project + "/locations/" + tenant.US.Location() + "/jobs/" + setup.WorkerTick,
	})
	check(t, err)
	waiting, cancel := context.WithTimeout(t.Context(), time.Minute) // far more than it takes: a red test is to end
	defer cancel()
	for {
		page, err := w.Queue.List(waiting, queue.Due, "", 0)
		if err != nil {
			t.Fatalf("the job was not done: %v", err)
		}
		if len(page.Jobs) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestAQueueThatCannotBeRead: the scheduler is told 503, and so sends the tick again.
func TestAQueueThatCannotBeRead(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	worker := apptest.Start(t, w)
	w.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/RunQuery", Account: setup.Worker.Email(vendingtest.Project), Code: codes.PermissionDenied,
	})
	status, body := worker.Send(t, worker.Token(t, setup.Tick, worker.Origin+app.TickPath))
	if status != http.StatusServiceUnavailable || body["code"] != "unavailable" {
		t.Errorf("the tick: %d %v", status, body)
	}
}
