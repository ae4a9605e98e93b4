package gcloud_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// serveInMemory is serve over connections in memory, for a test in a bubble of package synctest.
func serveInMemory(t *testing.T, handle func(ctx context.Context, method string) error) *gcloud.ConnPool {
	t.Helper()
	listener := newPipes()
	server := newServer(handle)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	pool, err := gcloud.DialThrough(listener.dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// serve starts a gRPC service that takes 100 calls at a time on a connection, as Google's front
// ends do, and returns a pool of connections to it. handle is called with the name of each method.
func serve(t *testing.T, handle func(ctx context.Context, method string) error) *gcloud.ConnPool {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(handle)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	pool, err := gcloud.Dial("http://"+listener.Addr().String(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

func newServer(handle func(ctx context.Context, method string) error) *grpc.Server {
	return grpc.NewServer(grpc.MaxConcurrentStreams(100), grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(s)
		if err := s.RecvMsg(new(emptypb.Empty)); err != nil {
			return err
		}
		if err := handle(s.Context(), method); err != nil {
			return err
		}
		return s.SendMsg(new(emptypb.Empty))
	}))
}

// unary makes a unary call.
func unary(ctx context.Context, c grpc.ClientConnInterface, method string) error {
	return c.Invoke(ctx, method, new(emptypb.Empty), new(emptypb.Empty))
}

// stream makes a call that is answered by a stream of messages, and reads one of them.
func stream(ctx context.Context, c grpc.ClientConnInterface, method string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := c.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return err
	}
	if err := s.SendMsg(new(emptypb.Empty)); err != nil {
		return err
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	return s.RecvMsg(new(emptypb.Empty))
}

// gate is a handler that holds calls of the method /test/Slow until it is opened.
type gate struct {
	open chan struct{}
	held atomic.Int64
	all  chan struct{} // closed when want calls are held
	want int64
}

func newGate(want int64) *gate {
	return &gate{open: make(chan struct{}), all: make(chan struct{}), want: want}
}

func (g *gate) handle(ctx context.Context, method string) error {
	if method != "/test/Slow" {
		return nil
	}
	if g.held.Add(1) == g.want {
		close(g.all)
	}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
