package iam

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
)

// projectsServer is Resource Manager's Projects. What it does not implement answers Unimplemented.
type projectsServer struct {
	resourcemanagerpb.UnimplementedProjectsServer
	s *Service
}

// projectNumber is a project's number: the same for the same id, as nothing keeps it.
func projectNumber(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return 100_000_000_000 + binary.BigEndian.Uint64(sum[:8])%900_000_000_000
}

// projectName is the name by id of the project that name names by id or by number.
func (s *Service) projectName(name string) string {
	for _, id := range s.Projects() {
		if name == projectByNumber(id) {
			return "projects/" + id
		}
	}
	return name
}

func projectByNumber(id string) string { return fmt.Sprintf("projects/%d", projectNumber(id)) }

// resolve returns the policy holder that name names. The error is NotFound; the interceptors deny
// any other project before, since no policy grants anything on it.
func (ps projectsServer) resolve(name string) (string, error) {
	name = ps.s.projectName(name)
	if id, ok := strings.CutPrefix(name, "projects/"); !ok || !ps.s.HasProject(id) {
		return "", noProject(id)
	}
	return name, nil
}

func (ps projectsServer) GetProject(_ context.Context, req *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	name, err := ps.resolve(req.Name)
	if err != nil {
		return nil, err
	}
	id := strings.TrimPrefix(name, "projects/")
	return &resourcemanagerpb.Project{
		Name:        projectByNumber(id),
		ProjectId:   id,
		DisplayName: id,
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
