package iam

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Resource is what a permission is asked on.
type Resource struct {
	Service string   // "firestore.googleapis.com"
	Type    string   // "firestore.googleapis.com/Database"
	Name    string   // as conditions see it: "projects/P/databases/D", "projects/_/buckets/B/objects/O"
	Holders []string // the resources whose allow policies apply, nearest first: "projects/_/buckets/B", "projects/P"

	// Attributes are what api.getAttribute answers of the request, by name: strings and lists of
	// strings. nil: none
	Attributes map[string]any

	asked string // what the request calls it, where that is not Name: a refusal does not tell the one who knows the other
}

// Check decides, logs the decision, and returns nil or a gRPC status PermissionDenied that explains
// it. When the caller's account has been disabled or deleted since it authenticated, the status is
// Unauthenticated.
func (s *Service) Check(ctx context.Context, c Caller, permission string, r Resource) error {
	d := Decision{Method: methodFrom(ctx), Caller: c.Email, KeyID: c.KeyID, Permission: permission, Resource: r.Name}
	if c.Email != "" {
		if err := s.live(c); err != nil {
			d.Reason = "not authenticated: " + status.Convert(err).Message()
			s.record(d)
			return status.Error(codes.Unauthenticated, "Request had invalid authentication credentials.")
		}
	}
	d.Allowed, d.Reason = s.decide(c, permission, r)
	s.record(d)
	if d.Allowed {
		return nil
	}
	return denied(permission, r, d.Reason)
}

// Granted returns those of the permissions that the caller has on the resource. It asks, so nothing
// is logged.
func (s *Service) Granted(c Caller, permissions []string, r Resource) []string {
	var granted []string
	for _, p := range permissions {
		if ok, _ := s.decide(c, p, r); ok {
			granted = append(granted, p)
		}
	}
	return granted
}

// decide returns the decision and its reason: the binding that allows, or what stands in the way.
func (s *Service) decide(c Caller, permission string, r Resource) (allowed bool, reason string) {
	if !c.inScope(r.Service, permission) {
		return false, fmt.Sprintf("denied: the access token's scopes (%s) do not cover %s", c.scopes, permission)
	}
	now := s.cfg.Now()
	var failed *condition
	for _, holder := range r.Holders {
		p := s.seenPolicy(holder)
		if p == nil {
			continue
		}
		for _, member := range s.membersIn(p, c) {
			for _, g := range p.grants[member] {
				if !s.contains(g.role, permission) {
					continue
				}
				if g.condition == nil {
					return true, fmt.Sprintf("allowed: %s on %s", g.role, holder)
				}
				if g.condition.holds(r, now) {
					return true, fmt.Sprintf("allowed: %s on %s, condition `%s`", g.role, holder, g.condition.expression)
				}
				failed = g.condition
			}
		}
	}
	if failed != nil {
		return false, fmt.Sprintf("denied: condition `%s` is false", failed.expression)
	}
	if _, ok := known[permission]; !ok {
		return false, fmt.Sprintf("denied: no role contains %s", permission)
	}
	return false, fmt.Sprintf("denied: no binding grants %s to %s on %s", permission, c.members()[0], strings.Join(r.Holders, " or "))
}

// hidesProject reports whether a resource's name does not tell the project that it lies in. A
// refusal does not tell it either: it would tell that there is such a resource.
func hidesProject(name string) bool {
	return strings.HasPrefix(name, "projects/_/") || strings.HasPrefix(name, "projects/-/")
}

// denied words a refusal as Google does, with the reason after it.
func denied(permission string, r Resource, reason string) error {
	if r.asked != "" {
		reason, r.Name = strings.ReplaceAll(reason, r.Name, r.asked), r.asked
	}
	if hidesProject(r.Name) {
		reason, _, _ = strings.Cut(reason, " or projects/")
	}
	st := status.Newf(codes.PermissionDenied, "Permission '%s' denied on resource '//%s/%s' (or it may not exist): %s.",
		permission, r.Service, r.Name, strings.TrimPrefix(reason, "denied: "))
	detailed, err := st.WithDetails(&errdetails.ErrorInfo{
		Reason:   "IAM_PERMISSION_DENIED",
		Domain:   "iam.googleapis.com",
		Metadata: map[string]string{"permission": permission, "resource": r.Name},
	})
	if err != nil {
		return st.Err()
	}
	return detailed.Err()
}
