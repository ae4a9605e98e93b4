package gcloud_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// Slow calls that fill every connection keep no other call waiting.
func TestPoolGrows(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			const slow = 450
			g := newGate(slow)
			pool := serve(t, g.handle)
			if n := pool.Num(); n != 2 {
				t.Errorf("%d connections before there is anything to do, want 2", n)
			}
			var waiting sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for range slow {
				waiting.Go(func() {
					if err := call(ctx, pool.Within(nil), "/test/Slow"); err != nil && ctx.Err() == nil {
						t.Errorf("a slow call: %v", err)
					}
				})
			}
			select {
			case <-g.all:
			case <-time.After(30 * time.Second):
				t.Fatalf("%d of %d slow calls are under way at once", g.held.Load(), slow)
			}
			if err := call(t.Context(), pool.Within(nil), "/test/Quick"); err != nil {
				t.Errorf("a call beside them: %v", err)
			}
			if n := pool.Num(); n != 5 {
				t.Errorf("%d connections for %d calls, want 5", n, slow)
			}
			close(g.open)
			waiting.Wait()
			for range 10 {
				if err := call(t.Context(), pool.Within(nil), "/test/Quick"); err != nil {
					t.Error(err)
				}
			}
			if n := pool.Num(); n != 5 {
				t.Errorf("%d connections afterwards: calls that have ended are still counted", n)
			}
		})
	}
}

// A sender within a limit leaves the connections to the others.
func TestLimit(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			const limit = 10
			g := newGate(limit)
			pool := serve(t, g.handle)
			bounded := pool.Within(gcloud.NewLimit(limit))
			var waiting sync.WaitGroup
			for range 3 * limit {
				waiting.Go(func() {
					if err := call(t.Context(), bounded, "/test/Slow"); err != nil {
						t.Errorf("a slow call: %v", err)
					}
				})
			}
			<-g.all
			if err := call(t.Context(), pool.Within(gcloud.NewLimit(limit)), "/test/Quick"); err != nil {
				t.Errorf("another sender: %v", err)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if err := call(gone, bounded, "/test/Quick"); status.Code(err) != codes.Canceled {
				t.Errorf("a call that is given up while it waits: %v, want Canceled", err)
			}
			if n := g.held.Load(); n != limit {
				t.Errorf("%d calls are under way, want %d", n, limit)
			}
			close(g.open)
			waiting.Wait()
		})
	}
}

// A connection on which nothing arrives any more, without having been closed, is given up within
// seconds. The calls on it fail, and the next is sent on another.
func TestSilentConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		server := newServer(func(context.Context, string) error { return nil })
		go func() { _ = server.Serve(listener) }()
		defer server.Stop()
		pool, err := gcloud.DialThrough(listener.dial)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for range 4 { // both connections are open
			if err := unary(ctx, pool.Within(nil), "/test/A"); err != nil {
				t.Fatal(err)
			}
		}
		listener.silence()
		for range 2 {
			start := time.Now()
			err := unary(ctx, pool.Within(nil), "/test/B")
			if took := time.Since(start); status.Code(err) != codes.Unavailable || took > 20*time.Second {
				t.Errorf("on a silent connection: %v after %v, want Unavailable within 20s", err, took)
			}
		}
		for range 4 {
			if err := unary(ctx, pool.Within(nil), "/test/C"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
	})
}

var calls = map[string]func(context.Context, grpc.ClientConnInterface, string) error{"unary": unary, "stream": stream}

// pipes is a listener in memory, whose connections can fall silent.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	close  sync.Once

	mu   sync.Mutex
	open []*silent
}

func newPipes() *pipes { return &pipes{accept: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(context.Context, string) (net.Conn, error) {
	near, far := net.Pipe()
	c := &silent{Conn: near}
	p.mu.Lock()
	p.open = append(p.open, c)
	p.mu.Unlock()
	p.accept <- far
	return c, nil
}

// silence makes the connections that are open lose what is sent on them from now on.
func (p *pipes) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		c.silent.Store(true)
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// silent is a connection that may lose what is written to it.
type silent struct {
	net.Conn
	silent atomic.Bool
}

func (c *silent) Write(b []byte) (int, error) {
	if c.silent.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}
