package scheduler_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestAJobTicks(t *testing.T) {
	w := newWorld(t)
	e := newTarget(t)
	email, _ := w.account("ticker")
	job := signedBy(newJob("sweep", e.URL+"/jobs/sweep"), email, "https://worker.example")
	job.GetHttpTarget().Body = []byte(`{"what":"sweep"}`)
	job.GetHttpTarget().Headers = map[string]string{
		"Content-Type": "application/json", "X-Own": "kept", "Authorization": "Bearer forged", "user-agent": "forged",
		"X-CloudScheduler-JobName": "forged", "X-Google-Secret": "forged", "Host": "evil.example",
	}
	want := w.cloud.Clock().Now().Truncate(time.Minute).Add(3 * time.Minute)
	job.Schedule = fmt.Sprintf("%d * * * *", want.Minute())
	job = w.create(job)
	due := job.ScheduleTime.AsTime()
	if job.State != schedulerpb.Job_ENABLED || !due.Equal(want) {
		t.Fatalf("made: %v", job)
	}

	// It is not attempted before its time. The clock's jump would have begun that.
	w.set(due.Add(-time.Minute))
	if early := w.get(job.Name); early.LastAttemptTime != nil {
		t.Fatalf("it was attempted before its time: %v", early)
	}
	w.set(due)
	got := await(t, e.received)
	if got.method != http.MethodPost || got.path != "/jobs/sweep" || got.body != `{"what":"sweep"}` {
		t.Errorf("it sent %+v", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Own": "kept", "User-Agent": "Google-Cloud-Scheduler", "X-Cloudscheduler": "true",
		"X-Cloudscheduler-Jobname": "sweep", "X-Cloudscheduler-Scheduletime": due.Format(time.RFC3339), "X-Google-Secret": "",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("header %s is %q, want %q", name, value, want)
		}
	}
	w.wantToken(got, email, "https://worker.example")

	after := w.settled(job.Name, codes.OK)
	if after.LastAttemptTime.AsTime().Before(due) || !after.ScheduleTime.AsTime().Equal(due.Add(time.Hour)) {
		t.Errorf("afterwards it is %v", after)
	}
}

// wantToken checks that a request carries a token that Google's own validator takes.
func (w *world) wantToken(r request, email, audience string) {
	w.t.Helper()
	token, ok := strings.CutPrefix(r.header.Get("Authorization"), "Bearer ")
	if !ok {
		w.t.Fatalf("Authorization: %q", r.header.Get("Authorization"))
	}
	validator, err := idtoken.NewValidator(w.t.Context(), option.WithHTTPClient(&http.Client{Transport: localcloudtest.Transport(w.cloud)}))
	must(w.t, err)
	payload, err := validator.Validate(w.t.Context(), token, audience)
	must(w.t, err)
	if payload.Issuer != "https://accounts.google.com" || payload.Claims["email"] != email || payload.Claims["email_verified"] != true {
		w.t.Errorf("the token says %+v", payload)
	}
}

// However many due times a jump of the clock passes over, the job is executed once for them.
func TestAJumpIsOneExecution(t *testing.T) {
	w := newWorld(t)
	e := newTarget(t)
	job := w.create(newJob("sweep", e.URL))
	first := job.ScheduleTime.AsTime()
	must(t, w.cloud.Clock().Advance(10*time.Minute))
	if got := await(t, e.received).header.Get("X-CloudScheduler-ScheduleTime"); got != first.Format(time.RFC3339) {
		t.Errorf("it was executed for %s, not %s", got, first)
	}
	next := w.settled(job.Name, codes.OK).ScheduleTime.AsTime()
	if !next.After(w.cloud.Clock().Now()) {
		t.Errorf("it is due next at %s, which has passed", next)
	}
	w.set(next)
	if got := await(t, e.received).header.Get("X-CloudScheduler-ScheduleTime"); got != next.Format(time.RFC3339) {
		t.Errorf("it was executed next for %s, not %s", got, next)
	}
}

func TestRetries(t *testing.T) {
	w := newWorld(t)
	e := newTarget(t, 503, 302, 404)
	job := newJob("sweep", e.URL)
	job.Schedule = "0 0 1 1 *" // far away
	job.RetryConfig = &schedulerpb.RetryConfig{RetryCount: 2, MinBackoffDuration: durationpb.New(10 * time.Second)}
	job = w.create(job)
	_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
	must(t, err)
	for _, step := range []struct {
		code codes.Code
		wait time.Duration
	}{{codes.Unavailable, 10 * time.Second}, {codes.Unknown, 20 * time.Second}} {
		await(t, e.received)
		failed := w.settled(job.Name, step.code)
		if wait := failed.ScheduleTime.AsTime().Sub(failed.LastAttemptTime.AsTime()); wait < step.wait || wait > step.wait+5*time.Second {
			t.Errorf("after %s it waits %v, want %v", step.code, wait, step.wait)
		}
		w.set(failed.ScheduleTime.AsTime())
	}
	await(t, e.received)
	given := w.settled(job.Name, codes.NotFound)
	if !given.ScheduleTime.AsTime().Equal(job.ScheduleTime.AsTime()) {
		t.Errorf("its retries are used up, and it is due at %s", given.ScheduleTime.AsTime())
	}
	must(t, w.cloud.Clock().Advance(30*time.Minute))
	if later := w.get(job.Name); !later.LastAttemptTime.AsTime().Equal(given.LastAttemptTime.AsTime()) {
		t.Errorf("it was attempted again at %s", later.LastAttemptTime.AsTime())
	}
}

// A job that is due while an execution is under way waits for it.
func TestOneExecutionAtATime(t *testing.T) {
	w := newWorld(t)
	h := newHanging(t)
	job := w.create(newJob("sweep", h.URL))
	w.set(job.ScheduleTime.AsTime())
	await(t, h.asked)
	must(t, w.cloud.Clock().Advance(5*time.Minute))
	if n := len(h.asked); n != 0 {
		t.Errorf("%d executions began beside the first", n)
	}
	h.answer <- http.StatusOK
	await(t, h.asked) // the one that waited
	h.answer <- http.StatusTooManyRequests
	w.settled(job.Name, codes.ResourceExhausted)
}

func TestRunJob(t *testing.T) {
	w := newWorld(t)
	h := newHanging(t)
	job := w.create(newJob("sweep", h.URL))
	_, err := w.jobs.PauseJob(t.Context(), &schedulerpb.PauseJobRequest{Name: job.Name})
	must(t, err)
	for range 2 { // though it is paused, and although the first is under way
		_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
		must(t, err)
		await(t, h.asked)
	}
	for i := 2; ; i++ {
		_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
		if err != nil {
			wantCode(t, "one too many", err, codes.ResourceExhausted)
			if i != 20 {
				t.Errorf("%d executions are under way", i)
			}
			break
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t)
	e := newTarget(t)
	job := w.create(newJob("sweep", e.URL))
	_, err := w.jobs.ResumeJob(t.Context(), &schedulerpb.ResumeJobRequest{Name: job.Name})
	wantCode(t, "to resume an enabled job", err, codes.FailedPrecondition)
	paused, err := w.jobs.PauseJob(t.Context(), &schedulerpb.PauseJobRequest{Name: job.Name})
	must(t, err)
	if paused.State != schedulerpb.Job_PAUSED {
		t.Errorf("paused it is %s", paused.State)
	}
	_, err = w.jobs.PauseJob(t.Context(), &schedulerpb.PauseJobRequest{Name: job.Name})
	wantCode(t, "to pause a paused job", err, codes.FailedPrecondition)
	must(t, w.cloud.Clock().Advance(5*time.Minute))
	if got := w.get(job.Name); got.LastAttemptTime != nil {
		t.Errorf("it was attempted though it is paused: %v", got)
	}
	resumed, err := w.jobs.ResumeJob(t.Context(), &schedulerpb.ResumeJobRequest{Name: job.Name})
	must(t, err)
	if due := resumed.ScheduleTime.AsTime(); resumed.State != schedulerpb.Job_ENABLED || !due.After(w.cloud.Clock().Now()) {
		t.Errorf("resumed it is %v", resumed)
	}
	w.set(resumed.ScheduleTime.AsTime())
	await(t, e.received)
}

// What the target answers is the job's status, in Google's codes.
func TestStatuses(t *testing.T) {
	w := newWorld(t)
	want := map[int]codes.Code{
		200: codes.OK, 204: codes.OK, 299: codes.OK, 301: codes.Unknown, 400: codes.InvalidArgument, 401: codes.Unauthenticated, 403: codes.PermissionDenied,
		404: codes.NotFound, 409: codes.Aborted, 418: codes.Unknown, 429: codes.ResourceExhausted, 500: codes.Internal, 501: codes.Unimplemented,
		503: codes.Unavailable, 504: codes.DeadlineExceeded,
	}
	got := map[int]codes.Code{}
	for answer := range want {
		e := newTarget(t, answer)
		job := w.create(newJob(fmt.Sprintf("answers-%d", answer), e.URL))
		_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
		must(t, err)
		got[answer] = codes.Code(w.until(job.Name, "no attempt ended", func(j *schedulerpb.Job) bool { return j.Status != nil }).Status.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	gone := newTarget(t)
	gone.Close()
	job := w.create(newJob("gone", gone.URL))
	_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
	must(t, err)
	w.settled(job.Name, codes.Unavailable)
}

// No request leaves without the token that its job asks for.
func TestAJobWithoutAnAccountSendsNothing(t *testing.T) {
	w := newWorld(t)
	e := newTarget(t)
	email := "nobody@" + localcloudtest.Project + ".iam.gserviceaccount.com"
	job := w.create(signedBy(newJob("sweep", e.URL), email, ""))
	if got := job.GetHttpTarget().GetOidcToken().GetAudience(); got != e.URL {
		t.Errorf("the audience is %q, not the address", got)
	}
	_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
	must(t, err)
	w.settled(job.Name, codes.NotFound)
	if n := len(e.received); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
