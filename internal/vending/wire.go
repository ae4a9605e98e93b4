package vending

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

// wire is a few connections to one gRPC service that all clients share. It carries no identity: every call brings its own.
type wire struct {
	conns  []*grpc.ClientConn
	next   atomic.Uint32
	secure bool // TLS
}

// wireConns is how many connections a wire has. One carries about a hundred calls at a time; a second keeps a slow one
// from holding up everybody.
const wireConns = 2

// dial prepares a wire. No connection is opened before the first call.
func dial(ours, google string) (*wire, error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return nil, err
	}
	w := &wire{secure: creds.Info().SecurityProtocol == "tls"}
	for range wireConns {
		conn, err := grpc.NewClient(target,
			grpc.WithTransportCredentials(creds),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.conns = append(w.conns, conn)
	}
	return w, nil
}

func (w *wire) pick() *grpc.ClientConn { return w.conns[w.next.Add(1)%uint32(len(w.conns))] }

func (w *wire) close() error {
	var faults []error
	for _, c := range w.conns {
		faults = append(faults, c.Close())
	}
	return errors.Join(faults...)
}

// bearer returns the call option that makes a call in the name of creds, and of nobody else.
func (w *wire) bearer(creds *auth.Credentials) grpc.CallOption {
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

// account is a wire in the name of one account: the connection of a platform client, which no guard confines.
type account struct {
	wire *wire
	call grpc.CallOption
}

// as returns the connection that makes every call with this credential.
func (w *wire) as(call grpc.CallOption) account { return account{w, call} }

func (a account) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return a.wire.pick().Invoke(ctx, method, args, reply, with(opts, a.call)...)
}

func (a account) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return a.wire.pick().NewStream(ctx, desc, method, with(opts, a.call)...)
}

// Conn returns nil: a connection without an identity is not handed out.
func (a account) Conn() *grpc.ClientConn { return nil }

func (a account) Num() int { return len(a.wire.conns) }

// Close does nothing: the wire outlives the client.
func (a account) Close() error { return nil }

// gtransport.WithConnPool is documented as internal to Google's libraries; the assertion, and the contract test beside
// it, say so loudly should an update change it.
var _ gtransport.ConnPool = account{}

// with appends the identity to the options of a call, last, so that nothing before it counts.
func with(opts []grpc.CallOption, identity grpc.CallOption) []grpc.CallOption {
	return append(opts[:len(opts):len(opts)], identity)
}
