package iam

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// projectsServer is Resource Manager's Projects. What it does not implement answers Unimplemented.
type projectsServer struct {
	resourcemanagerpb.UnimplementedProjectsServer
	s *Service
}

// projectNumber is the project's number: the same for the same id, as nothing keeps it.
func (s *Service) projectNumber() uint64 {
	sum := sha256.Sum256([]byte(s.cfg.Project))
	return 100_000_000_000 + binary.BigEndian.Uint64(sum[:8])%900_000_000_000
}

// projectName is the name by id of the project that name names by id or by number.
func (s *Service) projectName(name string) string {
	if name == s.projectByNumber() {
		return s.project()
	}
	return name
}

func (s *Service) projectByNumber() string { return fmt.Sprintf("projects/%d", s.projectNumber()) }

// resolve returns the policy holder that name names. The error is NotFound; the interceptors deny any other project
// before, since no policy grants anything on it.
func (ps projectsServer) resolve(name string) (string, error) {
	if name = ps.s.projectName(name); name != ps.s.project() {
		return "", status.Errorf(codes.NotFound, "There is no %s.", name)
	}
	return name, nil
}

func (ps projectsServer) GetProject(_ context.Context, req *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	if _, err := ps.resolve(req.Name); err != nil {
		return nil, err
	}
	return &resourcemanagerpb.Project{
		Name:        ps.s.projectByNumber(),
		ProjectId:   ps.s.cfg.Project,
		DisplayName: ps.s.cfg.Project,
		State:       resourcemanagerpb.Project_ACTIVE,
	}, nil
}

func (ps projectsServer) GetIamPolicy(_ context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	holder, err := ps.resolve(req.Resource)
	if err != nil {
		return nil, err
	}
	return ps.s.Policy(holder, req.GetOptions().GetRequestedPolicyVersion())
}

func (ps projectsServer) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	holder, err := ps.resolve(req.Resource)
	if err != nil {
		return nil, err
	}
	return ps.s.setPolicy(ctx, "resourcemanager.projects.setIamPolicy", projectResource(holder), req)
}

func (ps projectsServer) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	c, _ := CallerFrom(ctx)
	return &iampb.TestIamPermissionsResponse{Permissions: ps.s.Granted(c, req.Permissions, projectResource(ps.s.projectName(req.Resource)))}, nil
}
