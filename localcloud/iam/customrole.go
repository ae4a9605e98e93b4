package iam

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	maxCustomRoles = 300                // of a project, deleted ones too
	undeletable    = 7 * 24 * time.Hour // how long a deleted role can be taken back
)

// customRole is a role of the project's own, as it is stored. A stored one is never changed, only
// replaced.
//
// A deleted role stays: the bindings that name it do too, and grant nothing. Google lets its id be
// used again 37 days later, when those bindings are gone. Here it is not used again.
type customRole struct {
	Name        string // "projects/p/roles/onboarding"
	Title       string `json:",omitempty"`
	Description string `json:",omitempty"`
	Permissions []string
	Stage       adminpb.Role_RoleLaunchStage
	Etag        []byte
	Deleted     time.Time `json:",omitzero"`
}

// roleID is what Google asks of the last part of a custom role's name.
var roleID = regexp.MustCompile(`^[a-zA-Z0-9_.]{3,64}$`)

// notInProjects are permissions that Google lets no role of a project contain: they mean something
// above it alone.
var notInProjects = []string{"resourcemanager.projects.list"}

// role is what the stored role grants: nothing when it is deleted or disabled.
func (c *customRole) role() *role {
	if !c.Deleted.IsZero() || c.Stage == adminpb.Role_DISABLED {
		return row(c.Name, c.Title)
	}
	return row(c.Name, c.Title, c.Permissions)
}

// check returns InvalidArgument for what Google does not take in a role.
func (c *customRole) check() error {
	if len(c.Title) > 100 || len(c.Description) > 300 {
		return status.Error(codes.InvalidArgument, "A role's title has at most 100 bytes, its description 300.")
	}
	if _, ok := adminpb.Role_RoleLaunchStage_name[int32(c.Stage)]; !ok {
		return status.Errorf(codes.InvalidArgument, "There is no launch stage %d.", c.Stage)
	}
	for _, p := range c.Permissions {
		if _, ok := known[p]; !ok || slices.Contains(notInProjects, p) {
			return status.Errorf(codes.InvalidArgument, "Permission %s is not valid.", p)
		}
	}
	return nil
}

// write sets those fields of the role that the paths name; all of them when there are no paths.
func (c *customRole) write(from *adminpb.Role, paths ...string) error {
	if len(paths) == 0 {
		paths = []string{"title", "description", "included_permissions", "stage"}
	}
	for _, path := range paths {
		switch path {
		case "title":
			c.Title = from.GetTitle()
		case "description":
			c.Description = from.GetDescription()
		case "stage":
			c.Stage = from.GetStage()
		case "included_permissions", "includedPermissions":
			c.Permissions = slices.Compact(slices.Sorted(slices.Values(from.GetIncludedPermissions())))
		default:
			return status.Errorf(codes.InvalidArgument, "Field %q of a role cannot be updated.", path)
		}
	}
	c.Etag = newEtag()
	return c.check()
}

// createRole makes a role of a project. The errors are InvalidArgument, AlreadyExists,
// FailedPrecondition for the id of a deleted role, and ResourceExhausted.
func (s *Service) createRole(project, id string, from *adminpb.Role) (*customRole, error) {
	if !roleID.MatchString(id) {
		return nil, status.Errorf(codes.InvalidArgument,
			"%q is not a role id: 3 to 64 letters, digits, underscores and full stops.", id)
	}
	c := &customRole{Name: "projects/" + project + "/roles/" + id}
	if err := c.write(from); err != nil {
		return nil, err
	}
	return c, s.update(func(ch *change) error {
		s.mu.RLock()
		old, count := s.state.customRoles[c.Name], 0
		for name := range s.state.customRoles {
			if roleProject(name) == project {
				count++
			}
		}
		s.mu.RUnlock()
		switch {
		case old != nil && !old.Deleted.IsZero():
			return status.Errorf(codes.FailedPrecondition, "You can't create a role_id (%s) which has been marked for deletion.", id)
		case old != nil:
			return status.Errorf(codes.AlreadyExists, "A role named %s in %s already exists.", id, "projects/"+project)
		case count >= maxCustomRoles:
			return status.Errorf(codes.ResourceExhausted, "The project has %d roles of its own, and may not have more.", count)
		}
		return ch.putRole(c)
	})
}

// roleProject is the id of the project whose own role has that name.
func roleProject(name string) string {
	project, _, _ := strings.Cut(strings.TrimPrefix(name, "projects/"), "/")
	return project
}

// editRole replaces a role by what edit makes of a copy. A caller who names an etag must name the
// role's. The errors are NotFound, Aborted, and edit's own.
func (s *Service) editRole(name string, etag []byte, edit func(*customRole) error) (*customRole, error) {
	var edited customRole
	return &edited, s.update(func(ch *change) error {
		c, err := s.customRole(name)
		if err != nil {
			return err
		}
		if len(etag) > 0 && string(etag) != string(c.Etag) {
			return status.Errorf(codes.Aborted, "There were concurrent changes of the role %s. Please read it again and retry.", name)
		}
		edited = *c
		if err := edit(&edited); err != nil {
			return err
		}
		return ch.putRole(&edited)
	})
}

// customRole returns the project's role of that name, deleted or not. The error is NotFound.
func (s *Service) customRole(name string) (*customRole, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.state.customRoles[name]; c != nil {
		return c, nil
	}
	return nil, status.Errorf(codes.NotFound, "The role named %s was not found.", name)
}

// customRoles returns the project's roles by name.
func (s *Service) customRoles() []*customRole {
	s.mu.RLock()
	all := make([]*customRole, 0, len(s.state.customRoles))
	for _, c := range s.state.customRoles {
		all = append(all, c)
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *customRole) int { return strings.Compare(a.Name, b.Name) })
	return all
}
