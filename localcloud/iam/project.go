package iam

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// projectID is what Google asks of the id of a project.
//
// https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
var projectID = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// Project is the id of the first project.
func (s *Service) Project() string { return s.cfg.Project }

// Projects returns the ids of the projects there are: the first one, then the others in order.
func (s *Service) Projects() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	others := maps.Clone(s.state.projects)
	delete(others, s.cfg.Project)
	return append([]string{s.cfg.Project}, slices.Sorted(maps.Keys(others))...)
}

// HasProject reports whether there is a project of that id.
func (s *Service) HasProject(id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.projects[id]
}

// CreateProject makes a project, in which nobody may do anything until NewOwnerKey has made its
// owner. One that is there stays as it is. The error is InvalidArgument: the id is none.
func (s *Service) CreateProject(id string) error {
	if s.HasProject(id) {
		return nil
	}
	if !projectID.MatchString(id) {
		return status.Errorf(codes.InvalidArgument,
			"%q is not a project id: 6 to 30 lower-case letters, digits and dashes, a letter first, no dash last.", id)
	}
	return s.update(func(c *change) error {
		return c.put(projectsBucket, []byte(id), []byte{}, func(st *state) { st.projects[id] = true })
	})
}

// noProject is the answer to a request that names a project which is not there.
func noProject(id string) error { return status.Errorf(codes.NotFound, "There is no project %s.", id) }

// SetBucketProject tells the service which project a bucket of Cloud Storage belongs to, by the
// bucket's name: the name of a bucket's policy does not say it. No call may be served yet.
func (s *Service) SetBucketProject(of func(bucket string) string) { s.bucketProject = of }

// projectOfHolder is the id of the project that a resource with a policy belongs to, by the
// resource's name; empty when nobody knows.
func (s *Service) projectOfHolder(holder string) string {
	if bucket, ok := strings.CutPrefix(holder, bucketHolder); ok && s.bucketProject != nil {
		return s.bucketProject(bucket)
	}
	parts := strings.Split(holder, "/")
	if len(parts) < 2 || parts[0] != "projects" {
		return ""
	}
	return parts[1]
}
