package gcloud

import (
	"context"
	"errors"
	"math"
	"sync/atomic"

	"cloud.google.com/go/auth"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// ConnPool is a few connections to one gRPC service that all clients share. It carries no identity: every call brings its own.
type ConnPool struct {
	Conns  []*grpc.ClientConn
	next   atomic.Uint32
	secure bool // TLS
}

// poolConns is how many connections a pool has. One carries about a hundred calls at a time; a second keeps a slow one
// from holding up everybody.
const poolConns = 2

// Dial prepares a pool. No connection is opened before the first call.
func Dial(ours, google string) (*ConnPool, error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return nil, err
	}
	w := &ConnPool{secure: creds.Info().SecurityProtocol == "tls"}
	for range poolConns {
		conn, err := grpc.NewClient(target,
			grpc.WithTransportCredentials(creds),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
		w.Conns = append(w.Conns, conn)
	}
	return w, nil
}

// Pick returns the connection to send the next call on.
func (w *ConnPool) Pick() *grpc.ClientConn { return w.Conns[w.next.Add(1)%uint32(len(w.Conns))] }

// Close closes the connections.
func (w *ConnPool) Close() error {
	var faults []error
	for _, c := range w.Conns {
		faults = append(faults, c.Close())
	}
	return errors.Join(faults...)
}

// CallAs returns the call option that makes a call in the name of creds, and of nobody else.
func (w *ConnPool) CallAs(creds *auth.Credentials) grpc.CallOption {
	return grpc.PerRPCCredentials(bearer{creds, w.secure})
}

type bearer struct {
	creds  *auth.Credentials
	secure bool
}

func (b bearer) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	t, err := b.creds.Token(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + t.Value}, nil
}

// RequireTransportSecurity makes grpc refuse to send a token in plaintext, unless the endpoint was configured as http.
func (b bearer) RequireTransportSecurity() bool { return b.secure }

var _ credentials.PerRPCCredentials = bearer{}

// Conn is a pool in the name of one account: the connection of a platform client, which no guard confines.
type Conn struct {
	pool *ConnPool
	call grpc.CallOption
}

// As returns the connection that makes every call with this credential.
func (w *ConnPool) As(call grpc.CallOption) Conn { return Conn{w, call} }

func (a Conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return a.pool.Pick().Invoke(ctx, method, args, reply, WithCall(opts, a.call)...)
}

func (a Conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return a.pool.Pick().NewStream(ctx, desc, method, WithCall(opts, a.call)...)
}

// Conn returns nil: a connection without an identity is not handed out.
func (a Conn) Conn() *grpc.ClientConn { return nil }

func (a Conn) Num() int { return len(a.pool.Conns) }

// Close does nothing: the wire outlives the client.
func (a Conn) Close() error { return nil }

// gtransport.WithConnPool is documented as internal to Google's libraries; the assertion, and the contract test beside
// it, say so loudly should an update change it.
var _ gtransport.ConnPool = Conn{}

// WithCall appends the identity to the options of a call, last, so that nothing before it counts.
func WithCall(opts []grpc.CallOption, identity grpc.CallOption) []grpc.CallOption {
	return append(opts[:len(opts):len(opts)], identity)
}
