package iam

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// PolicyKind is a kind of resource whose allow policies are read and set through
// google.iam.v1.IAMPolicy: the service that Google's APIs mix in where they have no policy methods
// of their own.
type PolicyKind struct {
	// Permissions is what the kind's permissions begin with: "pubsub.topics" for
	// "pubsub.topics.getIamPolicy".
	Permissions string
	// Resource returns the resource of that name, which also is where its policy is kept; ok is
	// false for the name of another kind.
	Resource func(name string) (r Resource, ok bool)
	// Exists returns nil when there is such a resource, and else a gRPC status. It is asked of
	// callers with the permission.
	Exists func(name string) error
}

// ServePolicies adds kinds of resources to google.iam.v1.IAMPolicy. No call may be served yet.
//
// Who adds a kind calls [Service.DeletePolicy] both when a resource is deleted and before one is
// created: a deletion that a crash cut short must not leave rights on what is next called by that
// name.
func (s *Service) ServePolicies(kinds ...PolicyKind) { s.kinds = append(s.kinds, kinds...) }

// kindOf returns the kind that name is of, and the resource that it names. The error is
// InvalidArgument.
func (s *Service) kindOf(name string) (PolicyKind, Resource, error) {
	for _, k := range s.kinds {
		if r, ok := k.Resource(name); ok {
			return k, r, nil
		}
	}
	return PolicyKind{}, Resource{}, status.Errorf(codes.InvalidArgument, "%q does not name a resource that has an allow policy.", name)
}

// policyRules is the permission map of IAMPolicy: each method needs the permission, and the
// audience, of its resource's kind.
func (s *Service) policyRules() map[string]Rule {
	audience := func(req proto.Message) string {
		_, r, err := s.kindOf(requestName(req))
		if err != nil {
			return iamAudience
		}
		return "https://" + r.Service + "/"
	}
	needs := func(method string) Rule {
		return Rule{
			AudienceOf: audience,
			Resource: s.granting(func(_ string, req proto.Message) (Resource, error) {
				_, r, err := s.kindOf(requestName(req))
				return r, err
			}),
			Permissions: func(req proto.Message) []string {
				k, _, err := s.kindOf(requestName(req))
				if err != nil {
					return nil
				}
				return []string{k.Permissions + "." + method}
			},
		}
	}
	return map[string]Rule{
		"/google.iam.v1.IAMPolicy/GetIamPolicy":       needs("getIamPolicy"),
		"/google.iam.v1.IAMPolicy/SetIamPolicy":       needs("setIamPolicy"),
		"/google.iam.v1.IAMPolicy/TestIamPermissions": {AudienceOf: audience, Anyone: true},
	}
}

// policyServer is google.iam.v1.IAMPolicy.
type policyServer struct {
	iampb.UnimplementedIAMPolicyServer
	s *Service
}

// check returns InvalidArgument for a name of no kind, and NotFound for a resource that is not
// there.
func (ps policyServer) check(name string) error {
	k, _, err := ps.s.kindOf(name)
	if err != nil {
		return err
	}
	return k.Exists(name)
}

func (ps policyServer) GetIamPolicy(_ context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := ps.check(req.Resource); err != nil {
		return nil, err
	}
	return ps.s.Policy(req.Resource, req.GetOptions().GetRequestedPolicyVersion())
}

func (ps policyServer) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := ps.check(req.Resource); err != nil {
		return nil, err
	}
	k, r, err := ps.s.kindOf(req.Resource)
	if err != nil {
		return nil, err
	}
	return ps.s.setPolicy(ctx, k.Permissions+".setIamPolicy", r, req)
}

// TestIamPermissions answers which of the permissions the caller has. It needs none; who has none
// of them learns nothing.
func (ps policyServer) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	c, _ := CallerFrom(ctx)
	_, r, err := ps.s.kindOf(req.Resource)
	if err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: ps.s.Granted(c, req.Permissions, r)}, nil
}
