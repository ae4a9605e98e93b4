package fault

import (
	"context"
	"sync"

	"google.golang.org/grpc"
)

// Describe tells who calls a method, and on which resource, by a message of the call.
type Describe func(ctx context.Context, method string, req any) Call

// UnaryInterceptor strikes unary calls. It stands behind the interceptor that authenticates.
func (i *Injector) UnaryInterceptor(describe Describe) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if !i.some.Load() {
			return handler(ctx, req)
		}
		rule, hit := i.hit(describe(ctx, info.FullMethod, req))
		if !hit {
			return handler(ctx, req)
		}
		if !rule.After {
			if err := i.strike(ctx, rule); err != nil {
				return nil, err
			}
			return handler(ctx, req)
		}
		res, err := handler(ctx, req)
		if lost := i.strike(ctx, rule); lost != nil {
			return nil, lost
		}
		return res, err
	}
}

// StreamInterceptor strikes streams: each message from the caller is a call of its own. With After,
// the stream ends where the next message to the caller would go.
func (i *Injector) StreamInterceptor(describe Describe) grpc.StreamServerInterceptor {
	return func(srv any, inner grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		s := &stream{ServerStream: inner, injector: i, describe: describe, method: info.FullMethod}
		err := handler(srv, s)
		if s.answer() != nil || s.fault() != nil {
			return s.fault()
		}
		return err
	}
}

// stream is a stream between the service and a caller who may be struck. It is received from and
// sent to at the same time.
type stream struct {
	grpc.ServerStream
	injector *Injector
	describe Describe
	method   string

	mu      sync.Mutex
	pending *Rule // strikes before the next answer
	struck  error // what the stream ends with
}

func (s *stream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil || !s.injector.some.Load() {
		return err
	}
	rule, hit := s.injector.hit(s.describe(s.Context(), s.method, m))
	switch {
	case !hit:
		return nil
	case rule.After:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pending = &rule
		return nil
	}
	return s.end(s.injector.strike(s.Context(), rule))
}

func (s *stream) SendMsg(m any) error {
	if err := s.answer(); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}

// answer strikes what waits for an answer.
func (s *stream) answer() error {
	s.mu.Lock()
	rule := s.pending
	s.pending = nil
	s.mu.Unlock()
	if rule == nil {
		return nil
	}
	return s.end(s.injector.strike(s.Context(), *rule))
}

func (s *stream) end(err error) error {
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.struck = err
	}
	return err
}

func (s *stream) fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.struck
}
