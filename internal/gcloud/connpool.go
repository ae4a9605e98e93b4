package gcloud

import (
	"errors"
	"math"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"
)

// ConnPool is the connections to one gRPC service that all clients share. It carries no identity:
// every call brings its own credential. Safe for concurrent use.
//
// A call goes out on the connection that has the fewest calls under way. When every connection has
// as many as the service takes, the pool opens another, so calls that are slow to end keep no
// others waiting. A connection that has nothing to do is closed after a while, and opened again
// when needed.
type ConnPool struct {
	open   func() (*grpc.ClientConn, error)
	secure bool // TLS

	mu     sync.Mutex
	conns  []*pooledConn
	next   int // where the search for the least busy connection begins
	closed bool
}

// pooledConn is a connection of a pool.
type pooledConn struct {
	*grpc.ClientConn
	calls int // under way; guarded by the pool's lock
}

const (
	// baseConns is how many connections a pool has to begin with. With two, the loss of one does
	// not stop everybody.
	baseConns = 2
	// connStreams is how many calls at a time Google's front ends take on one connection.
	connStreams = 100
	// maxConns bounds a pool. Calls beyond maxConns*connStreams wait in the gRPC library.
	maxConns = 50
)

// keepAlive makes a connection that has died silently known within 15 s of its last sign of life,
// to the calls that wait on it. Ten seconds is the shortest interval that the gRPC library allows.
// The library also sets TCP_USER_TIMEOUT to Timeout. A server that finds the pings too many says
// so, and the library then sends half as many.
var keepAlive = keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}

// Dial prepares a pool for the service at the address ours or, if that is empty, at google. No
// connection is opened before the first call.
func Dial(ours, google string) (*ConnPool, error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return nil, err
	}
	return newPool(target, creds.Info().SecurityProtocol == "tls", grpc.WithTransportCredentials(creds))
}

func newPool(target string, secure bool, opts ...grpc.DialOption) (*ConnPool, error) {
	opts = append(opts,
		grpc.WithKeepaliveParams(keepAlive),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
	p := &ConnPool{
		secure: secure,
		open:   func() (*grpc.ClientConn, error) { return grpc.NewClient(target, opts...) },
	}
	for range baseConns {
		if _, err := p.grow(); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

// grow adds a connection.
func (p *ConnPool) grow() (*pooledConn, error) {
	conn, err := p.open()
	if err != nil {
		return nil, err
	}
	made := &pooledConn{ClientConn: conn}
	p.conns = append(p.conns, made)
	return made, nil
}

// take returns the connection to send the next call on. Give it back when the call has ended.
func (p *ConnPool) take() *pooledConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	c := p.leastBusy(p.conns[:baseConns])
	if c.calls >= connStreams {
		c = p.spare(c)
	}
	c.calls++
	return c
}

// spare returns a connection beyond the first few that has room, opened if need be. Connections
// that stand earlier in the list fill up first, so that those behind them have nothing to do and
// close.
func (p *ConnPool) spare(busy *pooledConn) *pooledConn {
	for _, c := range p.conns[baseConns:] {
		if c.calls < connStreams && !c.failing() {
			return c
		}
	}
	if len(p.conns) < maxConns && !p.closed {
		if c, err := p.grow(); err == nil {
			return c
		}
	}
	if len(p.conns) == baseConns {
		return busy
	}
	return p.leastBusy(p.conns)
}

// leastBusy returns the connection with the fewest calls. One that cannot be opened at the moment
// comes after all others.
func (p *ConnPool) leastBusy(conns []*pooledConn) *pooledConn {
	best := conns[p.next%len(conns)]
	for i := 1; i < len(conns); i++ {
		c := conns[(p.next+i)%len(conns)]
		if failing := best.failing(); failing != c.failing() {
			if failing {
				best = c
			}
			continue
		}
		if c.calls < best.calls {
			best = c
		}
	}
	return best
}

func (c *pooledConn) failing() bool { return c.GetState() == connectivity.TransientFailure }

func (p *ConnPool) give(c *pooledConn) {
	p.mu.Lock()
	c.calls--
	p.mu.Unlock()
}

// Num is how many connections the pool has, those that are closed for want of work included.
func (p *ConnPool) Num() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Sockets is how many of the connections are open or being opened.
func (p *ConnPool) Sockets() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		if c.GetState() != connectivity.Idle {
			n++
		}
	}
	return n
}

// Close closes the connections. Calls that are under way end with an error.
func (p *ConnPool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var faults []error
	for _, c := range p.conns {
		faults = append(faults, c.ClientConn.Close())
	}
	return errors.Join(faults...)
}
