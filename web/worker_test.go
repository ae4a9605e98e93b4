package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/inbox"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
	"github.com/bulkhead-saas/bulkhead/web/worker"
)

var errNotReached = errors.New("not to be reached")

// newWorkerSite is a worker's front door that does no job: whoever gets that far fails the test.
func newWorkerSite(t *testing.T) http.Handler {
	t.Helper()
	ticks, err := tenancy.NewPlatformCaller(tenancy.PlatformCallerConfig{
		Account: "tick@example.com", Audience: "https://worker.example.com/jobs/tick",
		KeysURL: "http://127.0.0.1:1/keys", HTTPClient: http.DefaultClient,
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := web.NewWorker(web.WorkerDeps{
		Callers: map[string]*tenancy.PlatformCaller{
			"/jobs/tick": ticks, "/events/objects": ticks, "/events/inspections": ticks, "/files/open": ticks,
		},
		Logger: slog.New(slog.DiscardHandler), PublicURL: vendingtest.Origin,
		Does: worker.Config{
			Drain: func(context.Context, tenancy.PlatformCall) (jobs.Result, error) {
				t.Error("jobs were done for somebody")
				return jobs.Result{}, errNotReached
			},
			Take: func(context.Context, tenancy.PlatformCall, inbox.Source, events.Message) error {
				t.Error("a message was taken in from somebody")
				return errNotReached
			},
			Open: func(context.Context, tenancy.PlatformCall, string) (vending.SignedRequest, error) {
				t.Error("a file was opened for somebody")
				return vending.SignedRequest{}, errNotReached
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestWorkerRoutes pins what a worker answers, and to whom. A worker serves no people.
func TestWorkerRoutes(t *testing.T) {
	want := map[string]door.Policy{
		"GET /status": door.Public, "POST /jobs/tick": door.Platform, "POST /events/objects": door.Platform,
		"POST /events/inspections": door.Platform, "POST /files/open": door.Platform,
	}
	got := map[string]door.Policy{}
	for _, r := range web.WorkerRoutes() {
		got[r.Method+" "+r.Path] = r.Policy
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes of a worker (-pinned +table)\n%s", diff)
	}
}

func TestWorkerRefusesAnonymousCallers(t *testing.T) {
	h := newWorkerSite(t)
	for name, edits := range map[string][]func(*http.Request){
		"nothing":         nil,
		"an empty bearer": {webtest.Header("Authorization", "Bearer ")},
		"basic":           {webtest.Header("Authorization", "Basic YTpi")},
		"two bearers":     {webtest.Header("Authorization", "Bearer a", "Bearer a")},
		"no token at all": {webtest.Header("Authorization", "Bearer a.b.c")},
		"a browser":       {webtest.Header("Accept", "text/html")},
	} {
		for _, r := range web.WorkerRoutes() {
			if r.Policy == door.Platform {
				webtest.WantProblem(t, r.Path+" with "+name, webtest.Call(h, r.Method, r.Path, "", edits...), 401, "unauthenticated")
			}
		}
	}
	for _, r := range web.Routes() {
		if r.Path == "/status" {
			continue
		}
		if w := webtest.Call(h, r.Method, address(r), ""); w.Code != http.StatusNotFound {
			t.Errorf("a worker answers %s %s with %d", r.Method, r.Path, w.Code)
		}
	}
}
