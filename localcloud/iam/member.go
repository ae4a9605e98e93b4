package iam

import (
	"net/mail"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// The kinds of members that a binding may name.
const (
	serviceAccount   = "serviceAccount:"
	deletedAccount   = "deleted:serviceAccount:"
	user             = "user:" // nobody can be one here: there are no Google accounts
	allUsers         = "allUsers"
	allAuthenticated = "allAuthenticatedUsers"
)

// bucketHolder begins the names of buckets.
const bucketHolder = "projects/_/buckets/"

// The kinds of members that stand for whoever has a basic role on a project. They may be bound on
// buckets.
//
// https://cloud.google.com/storage/docs/access-control/iam#convenience-values
var convenience = map[string]string{
	"projectOwner:":  "roles/owner",
	"projectEditor:": "roles/editor",
	"projectViewer:": "roles/viewer",
}

// parseConvenience takes a member of such a kind apart; ok is false for any other.
func parseConvenience(member string) (role, project string, ok bool) {
	kind, id, _ := strings.Cut(member, ":")
	role, ok = convenience[kind+":"]
	return role, "projects/" + id, ok
}

// checkMember returns InvalidArgument for a member that is of no known kind, does not exist, or may
// not be bound on holder.
func (s *Service) checkMember(holder, member string) error {
	switch {
	case member == allUsers, member == allAuthenticated:
		if !strings.HasPrefix(holder, bucketHolder) {
			return status.Errorf(codes.InvalidArgument, "Member %s is of a type that may not be bound on %s.", member, holder)
		}
		return nil
	case strings.HasPrefix(member, serviceAccount):
		email := strings.TrimPrefix(member, serviceAccount)
		if a := s.account(email); !s.isAgent(email) && (a == nil || a.Email != email) {
			return status.Errorf(codes.InvalidArgument, "Service account %s does not exist.", email)
		}
		return nil
	case strings.HasPrefix(member, deletedAccount) && strings.Contains(member, "?uid="):
		return nil
	case strings.HasPrefix(member, user):
		email := strings.TrimPrefix(member, user)
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
			return status.Errorf(codes.InvalidArgument, "User %q is not an e-mail address.", email)
		}
		return nil
	}
	if _, project, ok := parseConvenience(member); ok {
		if !strings.HasPrefix(holder, bucketHolder) {
			return status.Errorf(codes.InvalidArgument, "Member %s is of a type that may not be bound on %s.", member, holder)
		}
		if !s.HasProject(strings.TrimPrefix(project, "projects/")) {
			return status.Errorf(codes.InvalidArgument, "Member %s names a project that does not exist.", member)
		}
		return nil
	}
	return status.Errorf(codes.InvalidArgument, "Member %q is of an unknown or unsupported type: there are serviceAccount:, "+
		"user:, and on buckets projectOwner:, projectEditor:, projectViewer:, allUsers and allAuthenticatedUsers.", member)
}

// membersIn returns what the policy's bindings may call the caller: by name, and by a basic role on
// a project.
func (s *Service) membersIn(p *policy, c Caller) []string {
	members := c.members()
	for _, member := range p.convenience {
		role, project, _ := parseConvenience(member)
		if s.hasRole(c, role, project) {
			members = append(members, member)
		}
	}
	return members
}

// hasRole reports whether the project's own policy binds the caller to the role.
func (s *Service) hasRole(c Caller, role, project string) bool {
	p := s.seenPolicy(project)
	return p != nil && slices.ContainsFunc(c.members(), func(member string) bool {
		return slices.ContainsFunc(p.grants[member], func(g grant) bool { return g.role == role && g.condition == nil })
	})
}

// members returns what a binding may call the caller.
func (c Caller) members() []string {
	if c.Email == "" {
		return []string{allUsers}
	}
	return []string{serviceAccount + c.Email, allAuthenticated, allUsers}
}

// renameMember makes every binding that names old name renamed, in every policy.
func (s *Service) renameMember(c *change, old, renamed string) error {
	s.mu.RLock()
	affected := map[string]*iampb.Policy{}
	for holder, p := range s.state.policies {
		if len(p.grants[old]) > 0 {
			affected[holder] = proto.CloneOf(p.pb)
		}
	}
	s.mu.RUnlock()
	for holder, pb := range affected {
		pb.Etag = newEtag()
		for _, b := range pb.Bindings {
			for i, m := range b.Members {
				if m == old {
					b.Members[i] = renamed
				}
			}
		}
		p, err := s.compilePolicy(pb)
		if err != nil {
			return err
		}
		if err := c.putPolicy(holder, p); err != nil {
			return err
		}
		c.apply = append(c.apply, func(*state) { s.policiesSeen.settle(holder) })
	}
	return nil
}
