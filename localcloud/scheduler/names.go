package scheduler

import (
	"regexp"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	service  = "cloudscheduler.googleapis.com"
	audience = "https://" + service + "/"
)

// The forms of names. A job's id is what Google says of it, and a location has the form that all of
// Google's have.
//
// https://cloud.google.com/scheduler/docs/reference/rpc/google.cloud.scheduler.v1#job
var (
	locationForm = regexp.MustCompile(`^(projects/[A-Za-z0-9:.-]+)/locations/[a-z]+(?:-[a-z]+)+[0-9]+$`)
	jobForm      = regexp.MustCompile(`^((projects/[A-Za-z0-9:.-]+)/locations/[a-z]+(?:-[a-z]+)+[0-9]+)/jobs/[A-Za-z0-9_-]{1,500}$`)
)

// onLocation is the location of that name, as a permission is asked on it. The error is
// InvalidArgument.
func onLocation(name string) (iam.Resource, error) {
	parts := locationForm.FindStringSubmatch(name)
	if parts == nil {
		return iam.Resource{}, invalid("%q is not the name of a location: projects/{project}/locations/{location}, such as us-central1.", name)
	}
	return resource("/Location", name, parts[1]), nil
}

// onJob is the job of that name, as a permission is asked on it. Jobs have no policies of their
// own. The error is InvalidArgument.
func onJob(name string) (iam.Resource, error) {
	parts := jobForm.FindStringSubmatch(name)
	if parts == nil {
		return iam.Resource{}, invalid("%q is not the name of a job: projects/{project}/locations/{location}/jobs/{job}, with an id of at most "+
			"500 letters, digits, dashes and underscores.", name)
	}
	return resource("/Job", name, parts[2]), nil
}

func resource(kind, name, project string) iam.Resource {
	return iam.Resource{Service: service, Type: service + kind, Name: name, Holders: []string{project}}
}

// ResourceOf is what access is asked on for the job of that resource name; ok is false for any
// other.
func ResourceOf(name string) (r iam.Resource, ok bool) {
	r, err := onJob(name)
	return r, err == nil
}

// locationOf is the location of a job, by the job's name; empty for what is no job's.
func locationOf(name string) string {
	if parts := jobForm.FindStringSubmatch(name); parts != nil {
		return parts[1]
	}
	return ""
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unsupported(what string) error {
	return status.Errorf(codes.Unimplemented, "The local cloud does not support %s.", what)
}
