package gcloud

import (
	"context"

	"cloud.google.com/go/auth"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// CallAs returns the call option that makes a call in the name of creds, and of nobody else.
func (p *ConnPool) CallAs(creds *auth.Credentials) grpc.CallOption {
	return grpc.PerRPCCredentials(bearer{creds, p.secure})
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

// RequireTransportSecurity makes grpc refuse to send a token in plaintext, unless the endpoint was
// configured as http.
func (b bearer) RequireTransportSecurity() bool { return b.secure }

var _ credentials.PerRPCCredentials = bearer{}

// Conn is a pool in the name of one account: the connection of a platform client, which no guard
// confines.
type Conn struct {
	pool   *ConnPool
	sender grpc.ClientConnInterface
	call   grpc.CallOption
}

// As returns the connection that makes every call with this credential.
func (p *ConnPool) As(call grpc.CallOption) Conn { return Conn{p, p.Within(nil), call} }

// Invoke sends a call with the credential.
func (c Conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return c.sender.Invoke(ctx, method, args, reply, withCall(opts, c.call)...)
}

// NewStream opens a stream with the credential.
func (c Conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.sender.NewStream(ctx, desc, method, withCall(opts, c.call)...)
}

// Conn returns nil: a connection without an identity is not handed out.
func (c Conn) Conn() *grpc.ClientConn { return nil }

// Num is how many connections the pool has.
func (c Conn) Num() int { return c.pool.Num() }

// Close does nothing: the pool outlives the client.
func (c Conn) Close() error { return nil }

// gtransport.WithConnPool is documented as internal to Google's libraries. Should an update change
// the interface, this assertion and the contract test in package vending fail.
var _ gtransport.ConnPool = Conn{}

// withCall appends an option to those of a call. The last credential counts.
func withCall(opts []grpc.CallOption, more ...grpc.CallOption) []grpc.CallOption {
	return append(opts[:len(opts):len(opts)], more...)
}
