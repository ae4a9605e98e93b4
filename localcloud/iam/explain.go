package iam

import (
	"strings"

	"google.golang.org/grpc/status"
)

// Explanation is a decision taken apart.
type Explanation struct {
	Allowed  bool
	Reason   string    // as in a Decision
	Bindings []Binding // of the caller, on each holder; the nearest holder first
}

// Binding is one binding of a policy as the question meets it.
type Binding struct {
	Holder    string
	Role      string
	Member    string // by which name the caller is bound
	Condition string // empty: none
	Contains  bool   // the role contains the permission
	Holds     bool   // there is no condition, or it is true of the resource now
}

// Explain answers what Check would say to a caller of that account, and why. It logs nothing and
// asks for no permission: it is for the cloud's own use. An empty email is an anonymous caller;
// scopes of access tokens are not looked at.
func (s *Service) Explain(email, permission string, r Resource) Explanation {
	caller := Caller{Email: email}
	var e Explanation
	for _, holder := range r.Holders {
		e.Bindings = append(e.Bindings, s.bindingsOf(caller, holder, permission, r)...)
	}
	if email != "" {
		if err := s.live(caller); err != nil {
			e.Reason = "not authenticated: " + status.Convert(err).Message()
			return e
		}
	}
	e.Allowed, e.Reason = s.decide(caller, permission, r)
	return e
}

func (s *Service) bindingsOf(c Caller, holder, permission string, r Resource) []Binding {
	p := s.seenPolicy(holder)
	if p == nil {
		return nil
	}
	var all []Binding
	for _, member := range s.membersIn(p, c) {
		for _, g := range p.grants[member] {
			b := Binding{Holder: holder, Role: g.role, Member: member, Holds: true, Contains: s.contains(g.role, permission)}
			if g.condition != nil {
				b.Condition, b.Holds = g.condition.expression, g.condition.holds(r, s.cfg.Now())
			}
			all = append(all, b)
		}
	}
	return all
}

// ResourceOf is what Check is asked about the project or the account of that resource name; ok is
// false for any other.
func (s *Service) ResourceOf(name string) (r Resource, ok bool) {
	if id, ok := strings.CutPrefix(name, "projects/"); ok && s.HasProject(id) {
		return projectResource(name), true
	}
	r, err := s.accountResource(name)
	return r, err == nil
}
