package scheduler_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	gcs "cloud.google.com/go/scheduler/apiv1"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const (
	project  = "projects/" + localcloudtest.Project
	location = project + "/locations/us-central1"
)

// world is a local cloud, and Google's own client with the key of its owner.
type world struct {
	t     *testing.T
	cloud *localcloud.Cloud
	jobs  *gcs.CloudSchedulerClient
}

func newWorld(t *testing.T) *world { return openWorld(t, t.TempDir()) }

func openWorld(t *testing.T, dir string) *world {
	t.Helper()
	w := &world{t: t, cloud: localcloudtest.Open(t, dir)}
	w.jobs = w.client(w.cloud.OwnerKey())
	return w
}

func (w *world) client(key []byte) *gcs.CloudSchedulerClient {
	w.t.Helper()
	c, err := gcs.NewCloudSchedulerClient(w.t.Context(), localcloudtest.GRPC(w.cloud, key)...)
	must(w.t, err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

// account makes an account, binds it to roles on the project, and returns its e-mail address and a
// key.
func (w *world) account(id string, roles ...string) (email string, key []byte) {
	w.t.Helper()
	c, err := admin.NewIamClient(w.t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(w.t, err)
	defer c.Close()
	a, err := c.CreateServiceAccount(w.t.Context(), &adminpb.CreateServiceAccountRequest{Name: project, AccountId: id})
	must(w.t, err)
	k, err := c.CreateServiceAccountKey(w.t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	must(w.t, err)
	for _, role := range roles {
		w.bind(project, role, a.Email)
	}
	return a.Email, k.PrivateKeyData
}

// email is the address of the account with that id.
func (w *world) email(id string) string {
	return id + "@" + localcloudtest.Project + ".iam.gserviceaccount.com"
}

// bind adds a binding to the policy of a project or an account.
func (w *world) bind(holder, role, email string) {
	w.t.Helper()
	p, err := w.cloud.IAM().Policy(holder, 3)
	must(w.t, err)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + email}})
	_, err = w.cloud.IAM().SetPolicy(holder, p)
	must(w.t, err)
}

// newJob is a job that is due each minute.
func newJob(id, address string) *schedulerpb.Job {
	return &schedulerpb.Job{
		Name: location + "/jobs/" + id, Schedule: "* * * * *",
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{Uri: address}},
	}
}

// signedBy has a job send the tokens of an account.
func signedBy(job *schedulerpb.Job, email, audience string) *schedulerpb.Job {
	job.GetHttpTarget().AuthorizationHeader = &schedulerpb.HttpTarget_OidcToken{
		OidcToken: &schedulerpb.OidcToken{ServiceAccountEmail: email, Audience: audience},
	}
	return job
}

func (w *world) create(job *schedulerpb.Job) *schedulerpb.Job {
	w.t.Helper()
	made, err := w.jobs.CreateJob(w.t.Context(), &schedulerpb.CreateJobRequest{Parent: location, Job: job})
	must(w.t, err)
	return made
}

func (w *world) get(name string) *schedulerpb.Job {
	w.t.Helper()
	job, err := w.jobs.GetJob(w.t.Context(), &schedulerpb.GetJobRequest{Name: name})
	must(w.t, err)
	return job
}

// until reads a job until it is as it is awaited.
func (w *world) until(name, otherwise string, as func(*schedulerpb.Job) bool) *schedulerpb.Job {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		job := w.get(name)
		if as(job) {
			return job
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: %v", otherwise, job)
		}
	}
}

// settled waits until an attempt of a job has ended with that code.
func (w *world) settled(name string, code codes.Code) *schedulerpb.Job {
	w.t.Helper()
	return w.until(name, "no attempt ended with "+code.String(), func(job *schedulerpb.Job) bool {
		return job.Status != nil && codes.Code(job.Status.Code) == code
	})
}

// set puts the cloud's clock to the time of a job.
func (w *world) set(at time.Time) {
	w.t.Helper()
	must(w.t, w.cloud.Clock().Set(at))
}

// target keeps what it receives.
type target struct {
	*httptest.Server
	received chan request

	mu       sync.Mutex
	statuses []int // what it answers next, one after the other; then 200
}

type request struct {
	method string
	path   string
	header http.Header
	body   string
}

func newTarget(t *testing.T, statuses ...int) *target {
	e := &target{received: make(chan request, 1000), statuses: statuses}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(e.next())
		e.received <- request{r.Method, r.URL.Path, r.Header.Clone(), string(body)}
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *target) next() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.statuses) == 0 {
		return http.StatusOK
	}
	code := e.statuses[0]
	e.statuses = e.statuses[1:]
	return code
}

// hanging is a target that answers when it is told to.
type hanging struct {
	*httptest.Server
	asked  chan request
	answer chan int
}

func newHanging(t *testing.T) *hanging {
	h := &hanging{asked: make(chan request, 100), answer: make(chan int)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.asked <- request{r.Method, r.URL.Path, r.Header.Clone(), string(body)}
		select {
		case code := <-h.answer:
			w.WriteHeader(code)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(h.CloseClientConnections)
	return h
}

func await[T any](t *testing.T, received <-chan T) T {
	t.Helper()
	select {
	case r := <-received:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sent")
		panic("unreachable")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: %v, want code %s", what, err, want)
	}
}

// childDir names the variable that makes this test binary run a cloud on a folder, until it is
// killed.
const childDir = "SCHEDULER_TEST_SERVE"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	_, err := localcloud.Start(context.Background(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
