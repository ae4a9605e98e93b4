package scheduler

import (
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// Rules is the permission map of the service that Register adds: a row for each of its methods. Who
// makes a job that acts as an account is asked for more by the handler.
//
// https://cloud.google.com/scheduler/docs/access-control
func Rules() map[string]iam.Rule {
	rules := map[string]iam.Rule{}
	row := func(method, permission string, on func(string, proto.Message) (iam.Resource, error)) {
		rules["/google.cloud.scheduler.v1.CloudScheduler/"+method] = iam.Rule{Audience: audience, Permission: permission, Resource: on}
	}
	row("CreateJob", "cloudscheduler.jobs.create", onParent)
	row("ListJobs", "cloudscheduler.jobs.list", onParent)
	row("GetJob", "cloudscheduler.jobs.get", onNamed)
	row("UpdateJob", "cloudscheduler.jobs.update", onNamed)
	row("DeleteJob", "cloudscheduler.jobs.delete", onNamed)
	row("PauseJob", "cloudscheduler.jobs.pause", onNamed)
	row("ResumeJob", "cloudscheduler.jobs.enable", onNamed)
	row("RunJob", "cloudscheduler.jobs.run", onNamed)
	return rules
}

// onParent is the location that a request names as the parent of jobs.
func onParent(_ string, req proto.Message) (iam.Resource, error) {
	m, _ := req.(interface{ GetParent() string })
	if m == nil {
		return iam.Resource{}, invalid("The request names no location.")
	}
	return onLocation(m.GetParent())
}

// onNamed is the job that a request names.
func onNamed(_ string, req proto.Message) (iam.Resource, error) {
	switch m := req.(type) {
	case *schedulerpb.UpdateJobRequest:
		return onJob(m.GetJob().GetName())
	case interface{ GetName() string }:
		return onJob(m.GetName())
	}
	return iam.Resource{}, invalid("The request names no job.")
}
