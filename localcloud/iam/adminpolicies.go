package iam

import (
	"context"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (as adminServer) GetIamPolicy(_ context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	a, err := as.s.find(req.Resource)
	if err != nil {
		return nil, err
	}
	return as.s.Policy(accountName(a.Email), req.GetOptions().GetRequestedPolicyVersion())
}

func (as adminServer) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if _, err := as.s.find(req.Resource); err != nil {
		return nil, err
	}
	r, err := as.s.accountResource(req.Resource)
	if err != nil {
		return nil, err
	}
	return as.s.setPolicy(ctx, "iam.serviceAccounts.setIamPolicy", r, req)
}

// setPolicy is SetPolicy as a request asks for it. A mask must leave nothing out that the request
// would change.
//
// The interceptor has asked for the permission; it is asked once more when the policy stands still,
// since what a request without an etag modifies depends on the policy that it happens to replace.
func (s *Service) setPolicy(ctx context.Context, permission string, r Resource, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	for _, path := range req.GetUpdateMask().GetPaths() {
		if path != "bindings" && path != "etag" && path != "version" {
			return nil, status.Errorf(codes.InvalidArgument, "Update mask path %q is not supported.", path)
		}
	}
	if m := req.GetUpdateMask(); m != nil && !slices.Contains(m.Paths, "bindings") {
		return nil, status.Error(codes.InvalidArgument, "An update mask must contain bindings.")
	}
	c, _ := CallerFrom(ctx)
	return s.replacePolicy(r.Name, req.GetPolicy(), func() error {
		r.Attributes = s.ModifiedGrants(r.Name, req.GetPolicy())
		if ok, reason := s.decide(c, permission, r); !ok {
			return denied(permission, r, reason)
		}
		return nil
	})
}

func (as adminServer) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	c, _ := CallerFrom(ctx)
	r, err := as.s.accountResource(req.Resource)
	if err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: as.s.Granted(c, req.Permissions, r)}, nil
}
