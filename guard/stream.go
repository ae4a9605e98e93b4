package guard

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// stream is a stream of a Conn. Like other streams it is for one sender and one receiver.
type stream struct {
	grpc.ClientStream
	conn       *Conn
	ctx        context.Context // of the call, from NewStream
	desc       *grpc.StreamDesc
	method     string
	opts       []grpc.CallOption
	credential Credential

	asked    any  // the message sent, where the client sends only one
	received bool // the server has answered
}

func (s *stream) open() error {
	opened, err := s.conn.pool.Pick().NewStream(s.ctx, s.desc, s.method, with(s.opts, s.credential)...)
	if err != nil {
		return err
	}
	s.ClientStream = opened
	return nil
}

// SendMsg sends a message, if the guard permits it. The stream's metadata was looked at when it was
// opened.
func (s *stream) SendMsg(message any) error {
	c := s.conn
	_, err := judge(s.ctx, c.caller, func() error { return c.guard.Firestore(s.method, message, c.issued) })
	if err != nil {
		return err
	}
	if !s.desc.ClientStreams {
		s.asked = message
	}
	return s.ClientStream.SendMsg(message)
}

// RecvMsg receives a message. A long-lived stream admits its caller again on each message it
// receives. A call whose credential was rejected is made again, once, if there is another.
func (s *stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil && s.desc.ClientStreams {
		return s.conn.caller.Admit(s.ctx)
	}
	if status.Code(err) == codes.Unauthenticated && !s.received && s.asked != nil {
		if fresh := s.conn.caller.Rejected(s.ctx, s.credential); fresh != nil {
			if err = s.again(fresh); err == nil {
				err = s.ClientStream.RecvMsg(message)
			}
		}
	}
	s.received = true
	if err == nil {
		s.conn.issued.Answered(s.asked, message)
	}
	return err
}

func (s *stream) again(c Credential) error {
	s.credential = c
	if err := s.open(); err != nil {
		return err
	}
	if err := s.ClientStream.SendMsg(s.asked); err != nil {
		return err
	}
	return s.ClientStream.CloseSend()
}
