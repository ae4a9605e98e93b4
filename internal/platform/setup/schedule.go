package setup

import (
	"context"
	"fmt"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The jobs of Cloud Scheduler.
const (
	WorkerTick  = "bulkhead-tick"
	AdapterTick = "bulkhead-tick-adapter"
)

// Schedule has Cloud Scheduler send a tick to the address once a minute, which is as often as it
// can. It sends as tick@, with a token made for that address and no other. An address that the job
// sent to before is replaced. owner acts for somebody who owns the project.
func Schedule(ctx context.Context, owner *platform.Platform, project, job, address string) error {
	scheduler, err := owner.Scheduler(ctx)
	if err != nil {
		return fmt.Errorf("setup: schedule: %w", err)
	}
	parent := "projects/" + project + "/locations/" + tickLocation
	want := &schedulerpb.Job{
		Name:        parent + "/jobs/" + job,
		Description: "Wakes a process, which does the jobs that are due",
		Schedule:    "* * * * *",
		TimeZone:    "Etc/UTC",
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
			Uri:        address,
			HttpMethod: schedulerpb.HttpMethod_POST,
			AuthorizationHeader: &schedulerpb.HttpTarget_OidcToken{OidcToken: &schedulerpb.OidcToken{
				ServiceAccountEmail: Tick.Email(project), Audience: address,
			}},
		}},
	}
	_, err = scheduler.CreateJob(ctx, &schedulerpb.CreateJobRequest{Parent: parent, Job: want})
	if status.Code(err) == codes.AlreadyExists {
		_, err = scheduler.UpdateJob(ctx, &schedulerpb.UpdateJobRequest{Job: want})
	}
	if err != nil {
		return fmt.Errorf("setup: schedule: %w", err)
	}
	return nil
}

// tickLocation is where the schedule is kept. It holds no tenant's data.
var tickLocation = tenant.US.Location()
