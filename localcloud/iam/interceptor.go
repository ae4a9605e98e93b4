package iam

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Rule is a method's row in the permission map: what it needs, on what. A method without a row is
// denied.
type Rule struct {
	Audience   string
	Permission string

	// AudienceOf takes the place of Audience for a method that is served for several services.
	// Streams have none.
	AudienceOf func(req proto.Message) string

	Resource func(project string, req proto.Message) (Resource, error)

	// Permissions lists what this message needs besides Permission, on the same resource, where
	// that depends on what the message asks for: a commit that deletes needs what one that creates
	// does not. It may be nil, and Permission may be empty when it is not; a message that needs
	// nothing at all is denied.
	Permissions func(req proto.Message) []string

	// NamedOnce marks a stream whose later messages may leave out what the first one named: they
	// are held against the resource of the first. A handler that takes a later name must compare it
	// with the first.
	NamedOnce bool

	// Anyone marks a method that every authenticated caller may call, since it tells them about
	// themselves or what everybody may know. Resource, Permission and Permissions are not looked
	// at.
	Anyone bool

	// AnyoneFor, where it is not nil, reports whether a message asks for no more than everybody may
	// know.
	AnyoneFor func(req proto.Message) bool
}

type callerKey struct{}

// CallerFrom returns the caller an interceptor authenticated.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// UnaryInterceptor authenticates and authorizes each call by its row.
func (s *Service) UnaryInterceptor(rules map[string]Rule) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		rule, err := s.rule(rules, info.FullMethod)
		if err != nil {
			return nil, err
		}
		ctx = WithMethod(ctx, info.FullMethod)
		audience := rule.Audience
		if msg, ok := req.(proto.Message); ok && rule.AudienceOf != nil {
			audience = rule.AudienceOf(msg)
		}
		caller, err := s.Authenticate(ctx, authorization(ctx), audience)
		if err != nil {
			return nil, err
		}
		if err := s.hold(ctx, caller, rule, req); err != nil {
			return nil, err
		}
		return handler(context.WithValue(ctx, callerKey{}, caller), req)
	}
}

// StreamInterceptor authenticates each stream, and authorizes each message that it receives by its
// method's row.
func (s *Service) StreamInterceptor(rules map[string]Rule) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		rule, err := s.rule(rules, info.FullMethod)
		if err != nil {
			return err
		}
		if rule.NamedOnce {
			rule.Resource = first(rule.Resource)
		}
		ctx := WithMethod(stream.Context(), info.FullMethod)
		caller, err := s.Authenticate(ctx, authorization(ctx), rule.Audience)
		if err != nil {
			return err
		}
		return handler(srv, &heldStream{
			ServerStream: stream,
			ctx:          context.WithValue(ctx, callerKey{}, caller),
			hold:         func(req any) error { return s.hold(ctx, caller, rule, req) },
		})
	}
}

// first returns a function that answers every time what resource answered at first.
func first(resource func(string, proto.Message) (Resource, error)) func(string, proto.Message) (Resource, error) {
	var named *Resource
	return func(project string, req proto.Message) (Resource, error) {
		if named == nil {
			r, err := resource(project, req)
			if err != nil {
				return r, err
			}
			named = &r
		}
		return *named, nil
	}
}

// heldStream is a stream whose every received message is held against the method's row.
type heldStream struct {
	grpc.ServerStream
	ctx  context.Context
	hold func(req any) error
}

func (h *heldStream) Context() context.Context { return h.ctx }

func (h *heldStream) RecvMsg(m any) error {
	if err := h.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return h.hold(m)
}

// rule returns the row of a method. The error is PermissionDenied: there is none.
func (s *Service) rule(rules map[string]Rule, method string) (Rule, error) {
	rule, ok := rules[method]
	if !ok || rule.Resource == nil && !rule.Anyone {
		s.record(Decision{Method: method, Resource: method, Reason: "denied: the method has no row in the permission map"})
		return rule, status.Errorf(codes.PermissionDenied, "The method %s has no row in the permission map.", method)
	}
	return rule, nil
}

// hold checks all that a message needs.
func (s *Service) hold(ctx context.Context, c Caller, rule Rule, req any) error {
	if rule.Anyone {
		return nil
	}
	msg, ok := req.(proto.Message)
	if !ok {
		return status.Errorf(codes.Internal, "a request of type %T cannot be authorized", req)
	}
	if rule.AnyoneFor != nil && rule.AnyoneFor(msg) {
		return nil
	}
	resource, err := rule.Resource(s.cfg.Project, msg)
	if err != nil {
		return err
	}
	var needs []string
	if rule.Permission != "" {
		needs = append(needs, rule.Permission)
	}
	if rule.Permissions != nil {
		needs = append(needs, rule.Permissions(msg)...)
	}
	if len(needs) == 0 {
		return denied("unknown", resource, "the message needs no permission that is known")
	}
	for _, permission := range needs {
		if err := s.Check(ctx, c, permission, resource); err != nil {
			return err
		}
	}
	return nil
}

// authorization returns the call's one authorization header; several are none.
func authorization(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	if values := md.Get("authorization"); len(values) == 1 {
		return values[0]
	}
	return ""
}
