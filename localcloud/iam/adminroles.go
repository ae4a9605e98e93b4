package iam

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// How many roles a page of a list has.
const (
	defaultRolesPage = 300
	maxRolesPage     = 1000
)

// predefined reports whether a request asks for Google's own roles, which everybody may know.
func predefined(req proto.Message) bool {
	switch m := req.(type) {
	case *adminpb.ListRolesRequest:
		return m.GetParent() == ""
	case *adminpb.GetRoleRequest:
		return strings.HasPrefix(m.GetName(), "roles/")
	}
	return false
}

// ListRoles lists the project's own roles, or the predefined ones when there is no parent, by name.
func (as adminServer) ListRoles(_ context.Context, req *adminpb.ListRolesRequest) (*adminpb.ListRolesResponse, error) {
	var all []*adminpb.Role
	if req.Parent == "" {
		for _, r := range roles {
			all = append(all, r.message())
		}
	} else {
		for _, c := range as.s.customRoles() {
			if strings.HasPrefix(c.Name, req.Parent+"/roles/") && (c.Deleted.IsZero() || req.ShowDeleted) {
				all = append(all, c.message())
			}
		}
	}
	slices.SortFunc(all, func(a, b *adminpb.Role) int { return strings.Compare(a.Name, b.Name) })

	size := min(int(req.PageSize), maxRolesPage)
	if size <= 0 {
		size = defaultRolesPage
	}
	res := &adminpb.ListRolesResponse{}
	for _, m := range all {
		if m.Name <= req.PageToken {
			continue
		}
		if len(res.Roles) == size {
			res.NextPageToken = res.Roles[size-1].Name
			break
		}
		if req.View != adminpb.RoleView_FULL {
			m.IncludedPermissions = nil
		}
		res.Roles = append(res.Roles, m)
	}
	return res, nil
}

func (as adminServer) GetRole(_ context.Context, req *adminpb.GetRoleRequest) (*adminpb.Role, error) {
	if r := roles[req.Name]; r != nil {
		return r.message(), nil
	}
	c, err := as.s.customRole(req.Name)
	if err != nil {
		return nil, err
	}
	return c.message(), nil
}

func (as adminServer) CreateRole(_ context.Context, req *adminpb.CreateRoleRequest) (*adminpb.Role, error) {
	project, ok := strings.CutPrefix(req.Parent, "projects/")
	if !ok || !as.s.HasProject(project) {
		return nil, status.Errorf(codes.InvalidArgument, "%q is not a parent that has roles here.", req.Parent)
	}
	return answerRole(as.s.createRole(project, req.RoleId, req.Role))
}

func (as adminServer) UpdateRole(_ context.Context, req *adminpb.UpdateRoleRequest) (*adminpb.Role, error) {
	return answerRole(as.s.editRole(req.Name, req.GetRole().GetEtag(), func(c *customRole) error {
		if !c.Deleted.IsZero() {
			return status.Errorf(codes.FailedPrecondition, "You can't update role_id (%s) as it is deleted.", c.Name)
		}
		return c.write(req.Role, req.GetUpdateMask().GetPaths()...)
	}))
}

// DeleteRole takes back what the role grants, at once. For seven days UndeleteRole can give it
// again.
func (as adminServer) DeleteRole(_ context.Context, req *adminpb.DeleteRoleRequest) (*adminpb.Role, error) {
	return answerRole(as.s.editRole(req.Name, req.Etag, func(c *customRole) error {
		if !c.Deleted.IsZero() {
			return status.Errorf(codes.FailedPrecondition, "You can't delete role_id (%s) as it is already deleted.", c.Name)
		}
		c.Deleted, c.Etag = as.s.cfg.Now().UTC(), newEtag()
		return nil
	}))
}

func (as adminServer) UndeleteRole(_ context.Context, req *adminpb.UndeleteRoleRequest) (*adminpb.Role, error) {
	return answerRole(as.s.editRole(req.Name, req.Etag, func(c *customRole) error {
		switch now := as.s.cfg.Now(); {
		case c.Deleted.IsZero():
			return status.Errorf(codes.FailedPrecondition, "You can't undelete role_id (%s) as it is not deleted.", c.Name)
		case now.Sub(c.Deleted) > undeletable:
			return status.Errorf(codes.FailedPrecondition, "You can't undelete role_id (%s) as it was deleted more than 7 days ago.", c.Name)
		}
		c.Deleted, c.Etag = customRole{}.Deleted, newEtag()
		return nil
	}))
}

func answerRole(c *customRole, err error) (*adminpb.Role, error) {
	if err != nil {
		return nil, err
	}
	return c.message(), nil
}

func (c *customRole) message() *adminpb.Role {
	return &adminpb.Role{
		Name: c.Name, Title: c.Title, Description: c.Description, Stage: c.Stage, Etag: c.Etag,
		IncludedPermissions: slices.Clone(c.Permissions), Deleted: !c.Deleted.IsZero(),
	}
}

func (r *role) message() *adminpb.Role {
	m := &adminpb.Role{Name: r.name, Title: r.title, Stage: adminpb.Role_GA}
	for p := range r.permissions {
		m.IncludedPermissions = append(m.IncludedPermissions, p)
	}
	slices.Sort(m.IncludedPermissions)
	return m
}
