package iam

import (
	"net/mail"
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

// bucketHolder begins the name under which a bucket's policy is kept.
const bucketHolder = "projects/_/buckets/"

// checkMember returns InvalidArgument for a member that is of no known kind, does not exist, or may not be bound on
// holder.
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
	return status.Errorf(codes.InvalidArgument, "Member %q is of an unknown or unsupported type: "+
		"there are serviceAccount:, user:, and on buckets allUsers and allAuthenticatedUsers.", member)
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
