package storage

import (
	"cmp"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/signed"
)

// audience is what a self-signed token for this service is for.
const audience = "https://storage.googleapis.com/"

// authenticate finds out who calls: by the Authorization header, or by the signature of a signed
// URL. A request that carries both says two things, and is refused.
func (s *Service) authenticate(c *call) error {
	header := c.r.Header.Values("Authorization")
	isSigned := c.xml() && signed.Present(c.rawQuery)
	switch {
	case len(header) > 1:
		return invalid("There is more than one Authorization header.")
	case len(header) == 1 && isSigned:
		return invalid("The request carries both a signature and an Authorization header.")
	case isSigned:
		return s.authenticateSigned(c)
	case len(header) == 0:
		return anonymous(c.route.permission)
	}
	caller, err := s.cfg.IAM.Authenticate(c.ctx, header[0], audience)
	if err != nil {
		return unauthenticated()
	}
	c.caller = caller
	return nil
}

func (s *Service) authenticateSigned(c *call) error {
	email, err := signed.Verify(signed.Request{
		Method: c.r.Method,
		URI:    c.r.RequestURI,
		Host:   c.r.Host,
		Header: c.r.Header,
	}, s.cfg.Now(), s.cfg.IAM.PublicKeys)
	var fault *signed.Error
	switch {
	case errors.As(err, &fault):
		return refusedSignature(fault)
	case err != nil:
		return err
	}
	c.caller = iam.Caller{Email: email}
	return nil
}

// target is the resource that the call's route asks its permission on.
func (s *Service) target(c *call) iam.Resource {
	switch c.route.on {
	case onObject:
		return s.atHome(c, s.objectResource(c.bucket(), c.object()))
	case onBucket:
		r := s.atHome(c, s.bucketResource(c.bucket()))
		if c.route.permission == "storage.objects.list" {
			r.Attributes = map[string]any{iam.ObjectListPrefix: c.param("prefix")}
		}
		return r
	}
	if project := c.vars["project"]; project != "" {
		return projectResource(project)
	}
	return projectResource(c.param("project"))
}

func projectResource(project string) iam.Resource {
	name := "projects/" + project
	return iam.Resource{
		Service: "storage.googleapis.com",
		Type:    "cloudresourcemanager.googleapis.com/Project",
		Name:    name,
		Holders: []string{name},
	}
}

// bucketName is the resource name of a bucket, under which its allow policy is kept.
func bucketName(bucket string) string { return "projects/_/buckets/" + bucket }

func (s *Service) bucketResource(bucket string) iam.Resource {
	return iam.Resource{
		Service: "storage.googleapis.com",
		Type:    "storage.googleapis.com/Bucket",
		Name:    bucketName(bucket),
		Holders: []string{bucketName(bucket), "projects/" + cmp.Or(s.ProjectOf(bucket), s.cfg.Project)},
	}
}

// ProjectOf is the project that a bucket belongs to; empty for a bucket that is not there. It is
// for the cloud's own use: no permission is asked.
func (s *Service) ProjectOf(bucket string) string {
	b, err := s.store.Bucket(bucket)
	if err != nil {
		return ""
	}
	return b.Project
}

// atHome has a bucket that is not there lie in the caller's own project: whoever may ask for
// buckets there is told that it is missing.
func (s *Service) atHome(c *call, r iam.Resource) iam.Resource {
	if home := iam.ProjectOf(c.caller.Email); s.ProjectOf(c.bucket()) == "" && s.cfg.IAM.HasProject(home) {
		r.Holders = []string{bucketName(c.bucket()), "projects/" + home}
	}
	return r
}

func (s *Service) objectResource(bucket, object string) iam.Resource {
	r := s.bucketResource(bucket)
	r.Type = "storage.googleapis.com/Object"
	r.Name += "/objects/" + object
	return r
}

// authorize returns nil when caller has the permission on r, and the refusal otherwise.
func (s *Service) authorize(c *call, caller iam.Caller, permission string, r iam.Resource) error {
	err := s.cfg.IAM.Check(c.ctx, caller, permission, r)
	switch status.Code(err) {
	case codes.OK:
		return nil
	case codes.PermissionDenied:
		return denied(caller.Email, permission, status.Convert(err).Message())
	case codes.Unauthenticated:
		return unauthenticated()
	}
	return err
}
