package guard

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Conn is a connection to Firestore for one caller's client: connections that many share, with the
// guard before them and the caller's credential on each call. Identity is part of the client; no
// context and no option of a call can change it.
//
// It is what gtransport.WithConnPool takes: option of firestore.NewClientWithDatabase.
type Conn struct {
	guard  *Guard
	issued *Issued
	caller Caller
	pool   Pool
}

// Pool is the connections to Firestore that many callers share. They carry no identity.
type Pool interface {
	Pick() grpc.ClientConnInterface // the one to send the next call on
	Num() int                       // how many there are
}

// NewConn returns a Conn. issued is what was issued to the caller, as all the caller's connections
// and transports see it; it may be nil if the guard tracks nothing.
func NewConn(g *Guard, issued *Issued, caller Caller, pool Pool) *Conn {
	return &Conn{g, issued, caller, pool}
}

// Invoke sends one call, if the guard permits it. If the cloud rejects the credential, it is sent
// again with the one that the caller has instead.
func (c *Conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	credential, err := judge(ctx, c.caller, func() error {
		if err := c.guard.Firestore(method, args, c.issued); err != nil {
			return err
		}
		return c.beside(ctx, opts)
	})
	if err != nil {
		return err
	}
	conn := c.pool.Pick()
	err = conn.Invoke(ctx, method, args, reply, with(opts, credential)...)
	if status.Code(err) == codes.Unauthenticated {
		if fresh := c.caller.Rejected(ctx, credential); fresh != nil {
			err = conn.Invoke(ctx, method, args, reply, with(opts, fresh)...)
		}
	}
	if err == nil {
		c.issued.Answered(args, reply)
	}
	return err
}

// NewStream opens a stream whose messages the guard reads one by one.
func (c *Conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	credential, err := judge(ctx, c.caller, func() error {
		if err := c.guard.Method(method); err != nil {
			return err
		}
		return c.beside(ctx, opts)
	})
	if err != nil {
		return nil, err
	}
	s := &stream{conn: c, ctx: ctx, desc: desc, method: method, opts: opts, credential: credential}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

// beside judges what goes with a message: the metadata, and the options of the call.
func (c *Conn) beside(ctx context.Context, opts []grpc.CallOption) error {
	for _, o := range opts {
		if !allowedOption(o) {
			return refuse(ErrRefused, "call option %T is not on the list", o)
		}
	}
	return c.guard.Metadata(ctx)
}

// allowedOption lets pass the options that neither name somebody nor change how a message is
// written. A codec could write another message than the one that was looked at.
func allowedOption(o grpc.CallOption) bool {
	switch o.(type) {
	case grpc.EmptyCallOption, grpc.StaticMethodCallOption, grpc.HeaderCallOption, grpc.TrailerCallOption, grpc.PeerCallOption,
		grpc.FailFastCallOption, grpc.OnFinishCallOption, grpc.MaxRecvMsgSizeCallOption, grpc.MaxSendMsgSizeCallOption,
		grpc.MaxRetryRPCBufferSizeCallOption:
		return true
	}
	return false
}

// Conn returns nil: a connection without the guard is not handed out.
func (c *Conn) Conn() *grpc.ClientConn { return nil }

// Num is how many connections there are.
func (c *Conn) Num() int { return c.pool.Num() }

// Close does nothing: the connections are everybody's.
func (c *Conn) Close() error { return nil }

// with appends the credential to the options of a call, last, so that nothing before it counts.
func with(opts []grpc.CallOption, c Credential) []grpc.CallOption {
	return append(opts[:len(opts):len(opts)], c.CallOption())
}
