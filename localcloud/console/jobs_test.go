package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	scheduler "cloud.google.com/go/scheduler/apiv1"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestJobs(t *testing.T) {
	w := newWorld(t)
	w.page("/jobs").has("There are no jobs")
	received := make(chan *http.Request, 10)
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		received <- r
	}))
	defer refusing.Close()
	jobs := try(scheduler.NewCloudSchedulerClient(t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...))(t)
	defer jobs.Close()
	const name = project + "/locations/us-central1/jobs/sweep"
	try(jobs.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: project + "/locations/us-central1", Job: &schedulerpb.Job{
		Name: name, Description: "<script>alert(1)</script>", Schedule: "0 9 * * *", TimeZone: "Europe/Berlin",
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
			Uri: refusing.URL + "/<b>", Headers: map[string]string{"X-Key": "a secret"}, Body: []byte("another secret"),
			AuthorizationHeader: &schedulerpb.HttpTarget_OidcToken{OidcToken: &schedulerpb.OidcToken{ServiceAccountEmail: w.tenant}},
		}},
	}}))(t)
	p := w.page("/jobs")
	p.has("sweep", name, "<script>alert(1)</script>", "0 9 * * *", "Europe/Berlin", "POST "+refusing.URL+"/<b>", "signed as "+w.tenant, "It was not attempted yet")
	if strings.Contains(p.main(), "secret") {
		t.Errorf("it shows what the job sends: %s", p.main())
	}
	w.page(p.follow(w.tenant))
	w.page(at("/why", "account", w.tenant, "permission", "cloudscheduler.jobs.run", "resource", name)).has("✕ denied")

	// A form of the console's own runs it; no other does.
	for origin, want := range map[string]int{
		w.address: http.StatusSeeOther, "": http.StatusForbidden, "null": http.StatusForbidden, "http://127.0.0.1:1": http.StatusForbidden,
	} {
		if got := w.run(name, "Origin", origin); got != want {
			t.Errorf("a form of %q: %d, want %d", origin, got, want)
		}
	}
	for site, want := range map[string]int{"same-origin": http.StatusSeeOther, "none": http.StatusForbidden, "cross-site": http.StatusForbidden} {
		if got := w.run(name, "Sec-Fetch-Site", site); got != want {
			t.Errorf("a form of a page that is %s: %d, want %d", site, got, want)
		}
	}
	// The application's page is of the same site, and may lead here: but not by a form.
	if got := w.run(name, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"); got != http.StatusForbidden {
		t.Errorf("a form of another port: %d", got)
	}
	if got := w.run(name+"-missing", "Origin", w.address); got != http.StatusNotFound {
		t.Errorf("a job that is not there: %d", got)
	}
	for range 2 {
		<-received
	}
	failed := 0
	for deadline := time.Now().Add(time.Minute); failed < 2 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		failed = strings.Count(w.page("/jobs").main(), "✕ failed")
	}
	w.page("/jobs").has("run by hand", "418")
	if n := len(received); failed != 2 || n != 0 {
		t.Errorf("%d attempts failed, and %d more were sent", failed, n)
	}
}

// run posts the form that runs a job, with headers, and returns the status.
func (w *world) run(job string, headers ...string) int {
	w.t.Helper()
	req := try(http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.address+"/jobs/run", strings.NewReader(url.Values{"name": {job}}.Encode())))(w.t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res := try(http.DefaultTransport.RoundTrip(req))(w.t)
	res.Body.Close()
	return res.StatusCode
}
