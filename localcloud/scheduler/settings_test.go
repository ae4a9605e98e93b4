package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func TestDefaults(t *testing.T) {
	w := newWorld(t)
	job := newJob("", "http://127.0.0.1:1/tick")
	job.Name = ""
	job.State = schedulerpb.Job_DISABLED // not for callers to say
	job.GetHttpTarget().Body = []byte("x")
	got := w.create(job)
	if !strings.HasPrefix(got.Name, location+"/jobs/") || len(got.Name) < len(location)+20 {
		t.Errorf("it is called %q", got.Name)
	}
	want := &schedulerpb.Job{
		Name: got.Name, UserUpdateTime: got.UserUpdateTime, ScheduleTime: got.ScheduleTime,
		Schedule: "* * * * *", TimeZone: "UTC", State: schedulerpb.Job_ENABLED, AttemptDeadline: durationpb.New(3 * time.Minute),
		RetryConfig: &schedulerpb.RetryConfig{
			MaxRetryDuration: durationpb.New(0), MinBackoffDuration: durationpb.New(5 * time.Second), MaxBackoffDuration: durationpb.New(time.Hour),
			MaxDoublings: 5,
		},
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
			Uri: "http://127.0.0.1:1/tick", HttpMethod: schedulerpb.HttpMethod_POST, Body: []byte("x"),
			Headers: map[string]string{"User-Agent": "Google-Cloud-Scheduler", "Content-Type": "application/octet-stream"},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	taken := w.create(newJob("taken", "http://127.0.0.1:1/"))
	for name, c := range map[string]struct {
		change func(*schedulerpb.Job)
		want   codes.Code
	}{
		"a name that is taken": {func(j *schedulerpb.Job) { j.Name = taken.Name }, codes.AlreadyExists},
		"another location":     {func(j *schedulerpb.Job) { j.Name = project + "/locations/us-east1/jobs/a" }, codes.InvalidArgument},
		"another project":      {func(j *schedulerpb.Job) { j.Name = "projects/other/locations/us-central1/jobs/a" }, codes.InvalidArgument},
		"an id with a dot":     {func(j *schedulerpb.Job) { j.Name = location + "/jobs/a.b" }, codes.InvalidArgument},
		"no schedule":          {func(j *schedulerpb.Job) { j.Schedule = "" }, codes.InvalidArgument},
		"a schedule in words":  {func(j *schedulerpb.Job) { j.Schedule = "every 5 minutes" }, codes.Unimplemented},
		"an unknown zone":      {func(j *schedulerpb.Job) { j.TimeZone = "Mars/Olympus" }, codes.InvalidArgument},
		"a short deadline":     {func(j *schedulerpb.Job) { j.AttemptDeadline = durationpb.New(14 * time.Second) }, codes.InvalidArgument},
		"a long deadline":      {func(j *schedulerpb.Job) { j.AttemptDeadline = durationpb.New(31 * time.Minute) }, codes.InvalidArgument},
		"six retries":          {func(j *schedulerpb.Job) { j.RetryConfig = &schedulerpb.RetryConfig{RetryCount: 6} }, codes.InvalidArgument},
		"a minimum above the maximum": {func(j *schedulerpb.Job) {
			j.RetryConfig = &schedulerpb.RetryConfig{MinBackoffDuration: durationpb.New(2 * time.Hour)}
		}, codes.InvalidArgument},
		"no target":  {func(j *schedulerpb.Job) { j.Target = nil }, codes.InvalidArgument},
		"a topic":    {func(j *schedulerpb.Job) { j.Target = &schedulerpb.Job_PubsubTarget{} }, codes.Unimplemented},
		"App Engine": {func(j *schedulerpb.Job) { j.Target = &schedulerpb.Job_AppEngineHttpTarget{} }, codes.Unimplemented},
		"an OAuth token": {func(j *schedulerpb.Job) {
			j.GetHttpTarget().AuthorizationHeader = &schedulerpb.HttpTarget_OauthToken{OauthToken: &schedulerpb.OAuthToken{}}
		}, codes.Unimplemented},
		"a token of nobody":          {func(j *schedulerpb.Job) { signedBy(j, "", "x") }, codes.InvalidArgument},
		"a token of another project": {func(j *schedulerpb.Job) { signedBy(j, "someone@other.iam.gserviceaccount.com", "x") }, codes.InvalidArgument},
		"an address elsewhere":       {func(j *schedulerpb.Job) { j.GetHttpTarget().Uri = "http://169.254.169.254/" }, codes.InvalidArgument},
		"an address that is none":    {func(j *schedulerpb.Job) { j.GetHttpTarget().Uri = "127.0.0.1:1" }, codes.InvalidArgument},
		"an address with a user":     {func(j *schedulerpb.Job) { j.GetHttpTarget().Uri = "http://user:secret@127.0.0.1:1/" }, codes.InvalidArgument},
		"a body that is got": {func(j *schedulerpb.Job) {
			j.GetHttpTarget().HttpMethod, j.GetHttpTarget().Body = schedulerpb.HttpMethod_GET, []byte("x")
		}, codes.InvalidArgument},
		"an unknown method":    {func(j *schedulerpb.Job) { j.GetHttpTarget().HttpMethod = 99 }, codes.InvalidArgument},
		"a header that is two": {func(j *schedulerpb.Job) { j.GetHttpTarget().Headers = map[string]string{"A": "b\r\nC: d"} }, codes.InvalidArgument},
		"headers beyond measure": {func(j *schedulerpb.Job) {
			j.GetHttpTarget().Headers = map[string]string{"A": strings.Repeat("b", 80_000)}
		}, codes.InvalidArgument},
		"a body beyond measure":           {func(j *schedulerpb.Job) { j.GetHttpTarget().Body = make([]byte, 1<<20) }, codes.InvalidArgument},
		"a description beyond measure":    {func(j *schedulerpb.Job) { j.Description = strings.Repeat("x", 501) }, codes.InvalidArgument},
		"what is right, to be sure of it": {func(*schedulerpb.Job) {}, codes.OK},
	} {
		job := newJob("made", "http://127.0.0.1:1/")
		c.change(job)
		_, err := w.jobs.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: location, Job: job})
		wantCode(t, name, err, c.want)
	}
}

func TestUpdates(t *testing.T) {
	w := newWorld(t)
	job := newJob("sweep", "http://127.0.0.1:1/")
	job.GetHttpTarget().Body = []byte("kept")
	job = w.create(job)
	update := func(change *schedulerpb.Job, paths ...string) (*schedulerpb.Job, error) {
		change.Name = job.Name
		req := &schedulerpb.UpdateJobRequest{Job: change}
		if paths != nil {
			req.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
		}
		return w.jobs.UpdateJob(t.Context(), req)
	}
	got, err := update(&schedulerpb.Job{Schedule: "0 9 * * *", TimeZone: "Europe/Berlin", Description: "left alone"}, "schedule", "time_zone")
	must(t, err)
	if due := got.ScheduleTime.AsTime().UTC(); got.Description != "" || due.Minute() != 0 || due.Hour() != 8 && due.Hour() != 7 {
		t.Errorf("its schedule changed: %v", got)
	}
	got, err = update(&schedulerpb.Job{Description: "set", State: schedulerpb.Job_PAUSED}) // without a mask: what is set
	must(t, err)
	if got.Description != "set" || got.Schedule != "0 9 * * *" || got.State != schedulerpb.Job_ENABLED || string(got.GetHttpTarget().Body) != "kept" {
		t.Errorf("its description changed: %v", got)
	}
	got, err = update(&schedulerpb.Job{RetryConfig: &schedulerpb.RetryConfig{RetryCount: 3}}, "description", "retry_config.retry_count")
	must(t, err)
	if got.Description != "" || got.RetryConfig.RetryCount != 3 || got.RetryConfig.MinBackoffDuration.AsDuration() != 5*time.Second {
		t.Errorf("its retries changed: %v", got)
	}
	for path, want := range map[string]codes.Code{"nothing": codes.InvalidArgument, "schedule.x": codes.InvalidArgument, "schedule": codes.InvalidArgument} {
		_, err := update(&schedulerpb.Job{}, path)
		wantCode(t, "update of "+path, err, want)
	}
	if diff := cmp.Diff(got, w.get(job.Name), protocmp.Transform()); diff != "" {
		t.Errorf("what was refused changed it: %s", diff)
	}
}
