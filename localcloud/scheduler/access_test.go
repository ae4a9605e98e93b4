package scheduler_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	gcs "cloud.google.com/go/scheduler/apiv1"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// calls are one call of each method, on a job of that name. They end with the one that deletes it.
var calls = []struct {
	method string
	roles  []string // those that have the permission
	call   func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error
}{
	{"ListJobs", []string{"viewer", "admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, _ string) error {
		_, err := c.ListJobs(ctx, &schedulerpb.ListJobsRequest{Parent: location}).Next()
		return err
	}},
	{"GetJob", []string{"viewer", "admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.GetJob(ctx, &schedulerpb.GetJobRequest{Name: name})
		return err
	}},
	{"RunJob", []string{"jobRunner", "admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.RunJob(ctx, &schedulerpb.RunJobRequest{Name: name})
		return err
	}},
	{"UpdateJob", []string{"admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.UpdateJob(ctx, &schedulerpb.UpdateJobRequest{
			Job: &schedulerpb.Job{Name: name, Description: "changed"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}},
		})
		return err
	}},
	{"PauseJob", []string{"admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.PauseJob(ctx, &schedulerpb.PauseJobRequest{Name: name})
		return err
	}},
	{"ResumeJob", []string{"admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.ResumeJob(ctx, &schedulerpb.ResumeJobRequest{Name: name})
		return err
	}},
	{"DeleteJob", []string{"admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		return c.DeleteJob(ctx, &schedulerpb.DeleteJobRequest{Name: name})
	}},
	{"CreateJob", []string{"admin"}, func(ctx context.Context, c *gcs.CloudSchedulerClient, name string) error {
		_, err := c.CreateJob(ctx, &schedulerpb.CreateJobRequest{Parent: location, Job: &schedulerpb.Job{
			Name: name, Schedule: "0 0 1 1 *",
			Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{Uri: "http://127.0.0.1:1/"}},
		}})
		return err
	}},
}

func TestPermissions(t *testing.T) {
	w := newWorld(t)
	job := w.create(newJob("sweep", "http://127.0.0.1:1/"))
	for _, role := range []string{"nothing", "viewer", "jobRunner", "admin"} {
		var roles []string
		if role != "nothing" {
			roles = []string{"roles/cloudscheduler." + role}
		}
		_, key := w.account("has-"+strings.ToLower(role), roles...)
		c := w.client(key)
		for _, call := range calls {
			want := codes.PermissionDenied
			if slices.Contains(call.roles, role) {
				want = codes.OK
			}
			wantCode(t, call.method+" with "+role, call.call(t.Context(), c, job.Name), want)
		}
	}
	// What is not there is refused like what is somebody else's.
	_, key := w.account("stranger")
	wantCode(t, "what is not there", calls[1].call(t.Context(), w.client(key), location+"/jobs/none"), codes.PermissionDenied)
	wantCode(t, "what is not there, for the owner", calls[1].call(t.Context(), w.jobs, location+"/jobs/none"), codes.NotFound)
}

// Whoever has a job send an account's token could speak for the account, and so must be allowed to
// act as it.
func TestActingAsAnAccount(t *testing.T) {
	w := newWorld(t)
	email, _ := w.account("ticker")
	_, key := w.account("scheduling", "roles/cloudscheduler.admin")
	c := w.client(key)
	create := func(id string) error {
		_, err := c.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: location, Job: signedBy(newJob(id, "http://127.0.0.1:1/"), email, "")})
		return err
	}
	update := func(job *schedulerpb.Job, paths ...string) error {
		_, err := c.UpdateJob(t.Context(), &schedulerpb.UpdateJobRequest{Job: job, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	wantCode(t, "a job with the account's token", create("forbidden"), codes.PermissionDenied)
	plain := w.create(newJob("plain", "http://127.0.0.1:1/"))
	wantCode(t, "the token, added to a job", update(signedBy(newJob("plain", "http://127.0.0.1:1/"), email, ""), "http_target"), codes.PermissionDenied)
	wantCode(t, "the token alone, added to a job", update(signedBy(newJob("plain", ""), email, ""), "http_target.oidc_token"), codes.PermissionDenied)
	if got := w.get(plain.Name); got.GetHttpTarget().GetOidcToken() != nil {
		t.Errorf("the refused update is there: %v", got)
	}
	owned := w.create(signedBy(newJob("owned", "http://127.0.0.1:1/"), email, ""))
	wantCode(t, "the address that gets the token", update(newJob("owned", "http://127.0.0.1:2/"), "http_target.uri"), codes.PermissionDenied)
	wantCode(t, "the schedule of such a job", update(&schedulerpb.Job{Name: owned.Name, Schedule: "0 0 * * *"}, "schedule"), codes.OK)

	w.bind(project+"/serviceAccounts/"+email, "roles/iam.serviceAccountUser", w.email("scheduling"))
	wantCode(t, "a job with the account's token, allowed", create("allowed"), codes.OK)
	wantCode(t, "the address, allowed", update(newJob("owned", "http://127.0.0.1:2/"), "http_target.uri"), codes.OK)
	if got := w.get(owned.Name).GetHttpTarget(); got.Uri != "http://127.0.0.1:2/" || got.GetOidcToken().GetServiceAccountEmail() != email {
		t.Errorf("the update made it %v", got)
	}
}

func TestListing(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"c", "a", "b"} {
		w.create(newJob(id, "http://127.0.0.1:1/"))
	}
	elsewhere := newJob("d", "http://127.0.0.1:1/")
	elsewhere.Name = project + "/locations/europe-west1/jobs/d"
	_, err := w.jobs.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: project + "/locations/europe-west1", Job: elsewhere})
	must(t, err)
	var names string
	for jobs := w.jobs.ListJobs(t.Context(), &schedulerpb.ListJobsRequest{Parent: location, PageSize: 2}); ; {
		job, err := jobs.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		names += job.Name[len(location+"/jobs/"):]
	}
	if names != "abc" {
		t.Errorf("listed: %s", names)
	}
}
