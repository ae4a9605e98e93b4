package iam

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	// conditionalVersion is the policy version from which bindings may carry conditions.
	conditionalVersion = 3
	maxMembers         = 1500 // of one policy, over all bindings
	maxSameBinding     = 20   // bindings of one role and member that differ in the condition
)

// emptyEtag is the etag of a policy that was never set: "ACAB" in base64.
var emptyEtag = []byte{0x00, 0x20, 0x01}

// policy is a stored allow policy, ready to be asked. It is never changed.
type policy struct {
	pb     *iampb.Policy
	grants map[string][]grant // by member

	convenience []string // those of the members that stand for a basic role on a project, in order
}

// grant is a binding as one of its members sees it.
type grant struct {
	role      string
	condition *condition // nil: always
}

// Policy returns the allow policy of holder, as a caller sees it who asked for that version:
// conditions only show in version 3, and to others a conditional binding appears under a role name
// that SetPolicy refuses. A holder without a policy has an empty one. The error is InvalidArgument:
// there is no such version.
func (s *Service) Policy(holder string, version int32) (*iampb.Policy, error) {
	if version < 0 || version == 2 || version > conditionalVersion {
		return nil, status.Errorf(codes.InvalidArgument, "There is no policy version %d.", version)
	}
	s.mu.RLock()
	p := s.state.policies[holder]
	s.mu.RUnlock()
	if p == nil {
		return &iampb.Policy{Etag: emptyEtag}, nil
	}
	pb := proto.CloneOf(p.pb)
	if version < conditionalVersion {
		hideConditions(pb)
	}
	return pb, nil
}

// SetPolicy replaces the allow policy of holder and returns it with its new etag. When pb carries
// an etag, that must be the etag of the policy it replaces. The errors are Aborted, when it is not,
// and InvalidArgument: an unknown role or member, a condition that does not compile, a condition in
// a policy not marked as version 3, too many members.
func (s *Service) SetPolicy(holder string, pb *iampb.Policy) (*iampb.Policy, error) {
	return s.replacePolicy(holder, pb, func() error { return nil })
}

// replacePolicy is SetPolicy if confirm returns nil, which is called when the policy can no longer
// change meanwhile.
func (s *Service) replacePolicy(holder string, pb *iampb.Policy, confirm func() error) (*iampb.Policy, error) {
	pb = normalize(pb)
	p, err := s.compilePolicy(pb)
	if err != nil {
		return nil, err
	}
	if err := p.checkLimits(); err != nil {
		return nil, err
	}
	pb.Bindings = slices.DeleteFunc(pb.Bindings, func(b *iampb.Binding) bool { return len(b.Members) == 0 })
	err = s.update(func(c *change) error {
		if len(pb.Etag) > 0 && !bytes.Equal(pb.Etag, s.etag(holder)) {
			return status.Error(codes.Aborted, "There were concurrent policy changes. "+
				"Please retry the whole read-modify-write with exponential backoff.")
		}
		if err := confirm(); err != nil {
			return err
		}
		if err := s.checkRoles(holder, p); err != nil {
			return err
		}
		for member := range p.grants {
			if err := s.checkMember(holder, member); err != nil {
				return err
			}
		}
		pb.Etag = newEtag()
		return c.putPolicy(holder, p)
	})
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(pb), nil
}

// DeletePolicy forgets the policy of a deleted resource, e.g. a bucket.
func (s *Service) DeletePolicy(holder string) error {
	return s.update(func(c *change) error { return c.deletePolicy(holder) })
}

func (s *Service) etag(holder string) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.state.policies[holder]; p != nil {
		return p.pb.Etag
	}
	return emptyEtag
}

// normalize copies pb, with the members of equal bindings brought together, without repetitions and
// in order.
func normalize(pb *iampb.Policy) *iampb.Policy {
	out := &iampb.Policy{Version: pb.GetVersion(), Etag: pb.GetEtag(), AuditConfigs: pb.GetAuditConfigs()}
	for _, b := range pb.GetBindings() {
		i := slices.IndexFunc(out.Bindings, func(o *iampb.Binding) bool {
			return o.Role == b.GetRole() && proto.Equal(o.Condition, b.GetCondition())
		})
		if i < 0 {
			i = len(out.Bindings)
			out.Bindings = append(out.Bindings, &iampb.Binding{Role: b.GetRole(), Condition: b.GetCondition()})
		}
		out.Bindings[i].Members = append(out.Bindings[i].Members, b.GetMembers()...)
	}
	for _, b := range out.Bindings {
		slices.Sort(b.Members)
		b.Members = slices.Compact(b.Members)
	}
	return proto.CloneOf(out)
}

// compilePolicy checks what a policy says by itself, whoever its members are, and indexes it. It
// keeps pb.
func (s *Service) compilePolicy(pb *iampb.Policy) (*policy, error) {
	if len(pb.AuditConfigs) > 0 {
		return nil, status.Error(codes.InvalidArgument, "Audit configurations are not supported.")
	}
	if v := pb.Version; v != 0 && v != 1 && v != conditionalVersion {
		return nil, status.Errorf(codes.InvalidArgument, "There is no policy version %d.", v)
	}
	p := &policy{pb: pb, grants: map[string][]grant{}}
	for _, b := range pb.Bindings {
		g, err := s.compileBinding(pb.Version, b)
		if err != nil {
			return nil, err
		}
		for _, m := range b.Members {
			p.grants[m] = append(p.grants[m], g)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(p.grants)) {
		if _, _, ok := parseConvenience(m); ok {
			p.convenience = append(p.convenience, m)
		}
	}
	return p, nil
}

func (s *Service) compileBinding(version int32, b *iampb.Binding) (grant, error) {
	g := grant{role: b.Role}
	r := s.role(b.Role)
	if r == nil {
		return g, status.Errorf(codes.InvalidArgument, "Role %s is not supported for this resource.", b.Role)
	}
	expr := b.Condition
	if expr == nil {
		return g, nil
	}
	switch {
	case version != conditionalVersion:
		return g, status.Error(codes.InvalidArgument, "A policy with conditions must say that its version is 3.")
	case expr.Title == "":
		return g, status.Error(codes.InvalidArgument, "A condition must have a title.")
	case r.basic:
		return g, status.Errorf(codes.InvalidArgument, "Role %s is basic, and a basic role takes no condition.", b.Role)
	case slices.Contains(b.Members, allUsers), slices.Contains(b.Members, allAuthenticated):
		return g, status.Error(codes.InvalidArgument, "A binding of allUsers or allAuthenticatedUsers takes no condition.")
	}
	var err error
	if g.condition, err = s.compile(expr.Expression); err != nil {
		return g, status.Errorf(codes.InvalidArgument, "Condition %q (%s) does not compile: %v", expr.Title, expr.Expression, err)
	}
	return g, nil
}

// checkRoles returns InvalidArgument for a binding to a role that is another project's own, and to
// a deleted role, unless the holder's policy has one already: that one grants nothing, and may stay
// until somebody removes it.
func (s *Service) checkRoles(holder string, p *policy) error {
	project := s.projectOfHolder(holder)
	s.mu.RLock()
	defer s.mu.RUnlock()
	bound := func(role string) bool {
		old := s.state.policies[holder]
		return old != nil && slices.ContainsFunc(old.pb.Bindings, func(b *iampb.Binding) bool { return b.Role == role })
	}
	for _, b := range p.pb.Bindings {
		if c := s.state.customRoles[b.Role]; c != nil && !c.Deleted.IsZero() && !bound(b.Role) {
			return status.Errorf(codes.InvalidArgument, "Role %s is deleted.", b.Role)
		}
		if s.state.customRoles[b.Role] != nil && roleProject(b.Role) != project {
			return status.Errorf(codes.InvalidArgument, "Role %s is not supported for this resource.", b.Role)
		}
	}
	return nil
}

// checkLimits returns InvalidArgument for a policy larger than Google takes.
func (p *policy) checkLimits() error {
	members := 0
	for member, grants := range p.grants {
		members += len(grants)
		conditional := map[string]int{}
		for _, g := range grants {
			if g.condition == nil {
				continue
			}
			if conditional[g.role]++; conditional[g.role] > maxSameBinding {
				return status.Errorf(codes.InvalidArgument,
					"The policy has more than %d bindings of %s to %s under different conditions.", maxSameBinding, g.role, member)
			}
		}
	}
	if members > maxMembers {
		return status.Errorf(codes.InvalidArgument, "The policy has %d members; %d are allowed.", members, maxMembers)
	}
	return nil
}

// hideConditions turns pb into what a caller sees that does not know of conditions.
func hideConditions(pb *iampb.Policy) {
	if pb.Version != conditionalVersion {
		return
	}
	pb.Version = 1
	for _, b := range pb.Bindings {
		if b.Condition != nil {
			sum := sha256.Sum256([]byte(b.Condition.Expression))
			b.Role += "_withcond_" + hex.EncodeToString(sum[:10])
			b.Condition = nil
		}
	}
}
