package scheduler

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

const (
	maxPage = 500
	maxRuns = 20 // executions of one job that have not ended
)

// server is google.cloud.scheduler.v1.CloudScheduler.
type server struct {
	schedulerpb.UnimplementedCloudSchedulerServer
	s *Service
}

// CreateJob makes a job. One that sends an account's token takes iam.serviceAccounts.actAs on the
// account.
func (sr server) CreateJob(ctx context.Context, req *schedulerpb.CreateJobRequest) (*schedulerpb.Job, error) {
	if req.Job == nil {
		return nil, invalid("The request has no job.")
	}
	pb := proto.CloneOf(req.Job)
	if pb.Name == "" {
		pb.Name = req.Parent + "/jobs/" + rand.Text()
	}
	if locationOf(pb.Name) != req.Parent {
		return nil, invalid("The job's name %q does not lie in %s, or is none.", pb.Name, req.Parent)
	}
	forget(pb)
	due, err := sr.s.complete(pb)
	if err != nil {
		return nil, err
	}
	if err := sr.s.push.MayActAs(ctx, pb.GetHttpTarget().GetOidcToken().GetServiceAccountEmail()); err != nil {
		return nil, err
	}
	now := sr.s.cfg.Now()
	pb.State, pb.UserUpdateTime = schedulerpb.Job_ENABLED, timestamppb.New(now)
	j := &job{pb: pb, schedule: due}
	j.due, _ = due.next(now)
	sr.s.mu.Lock()
	defer sr.s.mu.Unlock()
	if sr.s.jobs[pb.Name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Job %s already exists.", pb.Name)
	}
	if err := sr.s.put(map[string]*job{pb.Name: j}); err != nil {
		return nil, diskfull.Refusal(err)
	}
	sr.s.wake()
	return j.message(), nil
}

// forget clears what callers do not set.
func forget(pb *schedulerpb.Job) {
	pb.UserUpdateTime, pb.State, pb.Status, pb.ScheduleTime, pb.LastAttemptTime = nil, 0, nil, nil, nil
}

func (sr server) GetJob(_ context.Context, req *schedulerpb.GetJobRequest) (*schedulerpb.Job, error) {
	sr.s.mu.Lock()
	defer sr.s.mu.Unlock()
	j := sr.s.jobs[req.Name]
	if j == nil {
		return nil, noJob(req.Name)
	}
	return j.message(), nil
}

func (sr server) ListJobs(_ context.Context, req *schedulerpb.ListJobsRequest) (*schedulerpb.ListJobsResponse, error) {
	size := int(req.PageSize)
	if size <= 0 || size > maxPage {
		size = maxPage
	}
	res := &schedulerpb.ListJobsResponse{}
	sr.s.mu.Lock()
	defer sr.s.mu.Unlock()
	for _, j := range sr.s.sorted() {
		if locationOf(j.pb.Name) != req.Parent || j.pb.Name <= req.PageToken {
			continue
		}
		if len(res.Jobs) == size {
			res.NextPageToken = res.Jobs[size-1].Name
			break
		}
		res.Jobs = append(res.Jobs, j.message())
	}
	return res, nil
}

// sorted returns the jobs by name. The service's lock is held.
func (s *Service) sorted() []*job {
	all := make([]*job, 0, len(s.jobs))
	for _, j := range s.jobs {
		all = append(all, j)
	}
	slices.SortFunc(all, func(a, b *job) int { return strings.Compare(a.pb.Name, b.pb.Name) })
	return all
}

func (sr server) DeleteJob(_ context.Context, req *schedulerpb.DeleteJobRequest) (*emptypb.Empty, error) {
	sr.s.mu.Lock()
	defer sr.s.mu.Unlock()
	if sr.s.jobs[req.Name] == nil {
		return nil, noJob(req.Name)
	}
	return &emptypb.Empty{}, diskfull.Refusal(sr.s.put(map[string]*job{req.Name: nil}))
}

// PauseJob pauses an enabled job. Its retries are given up; an attempt under way goes on.
func (sr server) PauseJob(_ context.Context, req *schedulerpb.PauseJobRequest) (*schedulerpb.Job, error) {
	return sr.s.edit(req.Name, func(j *job) error {
		if j.pb.State != schedulerpb.Job_ENABLED {
			return status.Errorf(codes.FailedPrecondition, "Job %s is not enabled, and cannot be paused.", req.Name)
		}
		j.pb.State = schedulerpb.Job_PAUSED
		j.runs = slices.DeleteFunc(j.runs, func(r run) bool { return !r.out })
		return nil
	})
}

// ResumeJob enables a paused job. What was due meanwhile is not made up for.
func (sr server) ResumeJob(_ context.Context, req *schedulerpb.ResumeJobRequest) (*schedulerpb.Job, error) {
	return sr.s.edit(req.Name, func(j *job) error {
		if j.pb.State != schedulerpb.Job_PAUSED {
			return status.Errorf(codes.FailedPrecondition, "Job %s is not paused, and cannot be resumed.", req.Name)
		}
		j.pb.State = schedulerpb.Job_ENABLED
		j.due, _ = j.schedule.next(sr.s.cfg.Now())
		return nil
	})
}

// RunJob executes a job now, whatever its schedule and its state are, even while another execution
// is under way.
func (sr server) RunJob(_ context.Context, req *schedulerpb.RunJobRequest) (*schedulerpb.Job, error) {
	return sr.s.Run(req.Name)
}

// Run is RunJob. It is for the cloud's own use: no permission is asked. The errors are NotFound,
// and ResourceExhausted for a job that has too many executions under way.
func (s *Service) Run(name string) (*schedulerpb.Job, error) {
	return s.edit(name, func(j *job) error {
		if len(j.runs) >= maxRuns {
			return status.Errorf(codes.ResourceExhausted, "Job %s has %d executions under way.", name, len(j.runs))
		}
		j.runs = append(j.runs, newRun(s.cfg.Now(), true))
		return nil
	})
}

// edit replaces a job by what change makes of a copy. The errors are NotFound, and change's own.
func (s *Service) edit(name string, change func(*job) error) (*schedulerpb.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[name]
	if j == nil {
		return nil, noJob(name)
	}
	j = j.clone()
	if err := change(j); err != nil {
		return nil, err
	}
	if err := s.put(map[string]*job{name: j}); err != nil {
		return nil, diskfull.Refusal(err)
	}
	s.wake()
	return j.message(), nil
}

func noJob(name string) error { return status.Errorf(codes.NotFound, "Job %s not found.", name) }
