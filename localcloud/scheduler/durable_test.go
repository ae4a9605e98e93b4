package scheduler_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// An execution that was under way when the process was killed comes again, and the job is as it
// was.
func TestAKilledProcessLosesNoExecution(t *testing.T) {
	dir := t.TempDir()
	h := newHanging(t)
	w := openWorld(t, dir)
	job := newJob("sweep", h.URL)
	job.Schedule = "0 0 1 1 *"
	job = w.create(signedBy(job, w.email("owner"), ""))
	_, err := w.jobs.RunJob(t.Context(), &schedulerpb.RunJobRequest{Name: job.Name})
	must(t, err)
	await(t, h.asked)
	must(t, w.cloud.Close())

	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	in, err := child.StdinPipe()
	must(t, err)
	defer in.Close()
	must(t, child.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	must(t, err)
	again := await(t, h.asked) // the child has it under way
	must(t, child.Process.Kill())
	_ = child.Wait() // killed, it says

	w = openWorld(t, dir)
	last := await(t, h.asked)
	if first := "X-CloudScheduler-ScheduleTime"; last.header.Get(first) != again.header.Get(first) {
		t.Errorf("an execution for %s came after one for %s", last.header.Get(first), again.header.Get(first))
	}
	h.answer <- 200
	got := w.settled(job.Name, codes.OK)
	job.Status, job.LastAttemptTime = got.Status, got.LastAttemptTime
	if diff := cmp.Diff(job, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

// Faults strike Cloud Scheduler's methods as they do every other's.
func TestFaults(t *testing.T) {
	w := newWorld(t)
	f := w.cloud.Faults().Add(fault.Rule{
		Method: "/google.cloud.scheduler.v1.CloudScheduler/CreateJob", Account: w.email("owner"), Resource: location, Cut: true, After: true, Times: 1,
	})
	_, err := w.jobs.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: location, Job: newJob("sweep", "http://127.0.0.1:1/")})
	wantCode(t, "a lost answer", err, codes.Unavailable)
	if job := w.get(location + "/jobs/sweep"); f.Hits() != 1 || job.State != schedulerpb.Job_ENABLED {
		t.Errorf("%d strikes, and the job is %v", f.Hits(), job)
	}
}
