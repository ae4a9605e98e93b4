package gcloud

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// repeated is a stream of a read: the client sends one message, and the service answers with
// several. It is opened again as long as nothing was answered. Like other streams it is for one
// sender and one receiver.
type repeated struct {
	grpc.ClientStream
	ctx    context.Context // of the call: that of a stream ends with the stream
	method string
	open   func() (grpc.ClientStream, error)
	try    tries

	asked    any // the message; nil until it is sent
	answered bool
}

func (r *repeated) begin() (err error) {
	opened, err := r.open()
	if err == nil {
		r.ClientStream = opened
	}
	return err
}

// SendMsg sends the message, and keeps it for the next try.
func (r *repeated) SendMsg(message any) error {
	r.asked = message
	return r.ClientStream.SendMsg(message)
}

// RecvMsg receives a message.
func (r *repeated) RecvMsg(message any) error {
	err := r.ClientStream.RecvMsg(message)
	for err != nil && !r.answered && r.asked != nil && r.try.again(r.ctx, r.method, r.asked, err) {
		if err = r.again(); err == nil {
			err = r.ClientStream.RecvMsg(message)
		}
	}
	r.answered = true
	return err
}

func (r *repeated) again() error {
	if err := r.begin(); err != nil {
		return err
	}
	// io.EOF means that the stream has ended already. RecvMsg says how.
	if err := r.ClientStream.SendMsg(r.asked); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return r.CloseSend()
}
