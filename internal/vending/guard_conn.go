package vending

import (
	"context"

	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// guardedConn is the connection of one caller's Firestore client: the shared wire, with the guard before it and the
// tenant's credential on every call. Identity is part of the client; no context can change it.
type guardedConn struct{ caller *caller }

var _ gtransport.ConnPool = guardedConn{}

// Invoke sends one call, if the guard permits it. A key that the cloud rejects is looked up again in the vault, once: it
// may have been rotated a moment ago.
func (g guardedConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	key, err := g.permit(ctx, method, args)
	if err != nil {
		return err
	}
	conn := g.wire().pick()
	err = conn.Invoke(ctx, method, args, reply, with(opts, key.call)...)
	if status.Code(err) == codes.Unauthenticated {
		if fresh := g.caller.home.rejected(ctx, key); fresh != nil {
			err = conn.Invoke(ctx, method, args, reply, with(opts, fresh.call)...)
		}
	}
	if err == nil {
		g.caller.tickets.answered(reply)
	}
	return err
}

// NewStream opens a stream whose messages the guard reads one by one.
func (g guardedConn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	key, err := g.caller.permit(ctx, func() error {
		if _, ok := firestoreRules[method]; !ok {
			return refuse(ErrDenied, "method %s is not on the list", method)
		}
		return g.caller.scope.checkMetadata(ctx)
	})
	if err != nil {
		return nil, err
	}
	s := &guardedStream{conn: g, ctx: ctx, desc: desc, method: method, opts: opts, key: key}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (g guardedConn) permit(ctx context.Context, method string, message any) (*credential, error) {
	return g.caller.permit(ctx, func() error {
		if err := g.caller.checkMessage(method, message); err != nil {
			return err
		}
		return g.caller.scope.checkMetadata(ctx)
	})
}

// checkMessage is the guard of a message: of the names in it, and of the tickets.
func (c *caller) checkMessage(method string, message any) error {
	if err := c.scope.checkFirestore(method, message); err != nil {
		return err
	}
	return c.tickets.checkTransactions(message)
}

func (g guardedConn) wire() *wire { return g.caller.home.machine.wire }

// Conn returns nil: the connection without the guard is not handed out.
func (g guardedConn) Conn() *grpc.ClientConn { return nil }

// Num is part of gtransport.ConnPool.
func (g guardedConn) Num() int { return len(g.wire().conns) }

// Close does nothing: the wire is everybody's.
func (g guardedConn) Close() error { return nil }

// guardedStream is a stream of a guardedConn. Like other streams it is for one sender and one receiver.
type guardedStream struct {
	grpc.ClientStream
	conn   guardedConn
	ctx    context.Context // of the call, from NewStream
	desc   *grpc.StreamDesc
	method string
	opts   []grpc.CallOption
	key    *credential

	asked    any  // the message sent, where the client sends only one
	received bool // the server has answered
}

func (s *guardedStream) open() error {
	stream, err := s.conn.wire().pick().NewStream(s.ctx, s.desc, s.method, with(s.opts, s.key.call)...)
	if err != nil {
		return err
	}
	s.ClientStream = stream
	return nil
}

// SendMsg sends a message, if the guard permits it. The stream's metadata was looked at when it was opened.
func (s *guardedStream) SendMsg(message any) error {
	caller := s.conn.caller
	_, err := caller.permit(s.ctx, func() error { return caller.checkMessage(s.method, message) })
	if err != nil {
		return err
	}
	if !s.desc.ClientStreams {
		s.asked = message
	}
	return s.ClientStream.SendMsg(message)
}

// RecvMsg receives a message. A stream that stays open outlives the question whether its caller still stands, so there the
// question is asked again with each message. A call whose key was rejected is made again, once, if there is a newer key.
func (s *guardedStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil && s.desc.ClientStreams {
		return s.conn.caller.stands(s.ctx)
	}
	if status.Code(err) == codes.Unauthenticated && !s.received && s.asked != nil {
		if fresh := s.conn.caller.home.rejected(s.ctx, s.key); fresh != nil {
			if err = s.again(fresh); err == nil {
				err = s.ClientStream.RecvMsg(message)
			}
		}
	}
	s.received = true
	if err == nil {
		s.conn.caller.tickets.answered(message)
	}
	return err
}

func (s *guardedStream) again(key *credential) error {
	s.key = key
	if err := s.open(); err != nil {
		return err
	}
	if err := s.ClientStream.SendMsg(s.asked); err != nil {
		return err
	}
	return s.ClientStream.CloseSend()
}
