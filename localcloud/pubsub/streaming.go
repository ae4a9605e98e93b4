package pubsub

import (
	"context"
	"errors"
	"io"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

// A stream's share of its subscription's messages, where its client asks for no other.
const maxOutstanding = 1000

// StreamingPull sends messages as they come. The client acknowledges on the stream, or by calls of
// their own.
func (sr subscriber) StreamingPull(stream pubsubpb.Subscriber_StreamingPullServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if d := first.StreamAckDeadlineSeconds; d < defaultAckDeadline || d > maxAckDeadline {
		return invalid("Invalid stream ack deadline given: deadline_seconds=%d, want %d to %d.", d, defaultAckDeadline, maxAckDeadline)
	}
	if _, err := sr.s.pulled(first.Subscription); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	stop := context.AfterFunc(sr.s.waiting, func() { cancel(status.Error(codes.Unavailable, "The service was stopped. Please retry.")) })
	defer stop()
	sp := &streamingPull{s: sr.s, first: first, stream: stream, sent: map[store.Receipt]int{}}
	go func() { cancel(sp.receive()) }()
	err = sp.send(ctx)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

type streamingPull struct {
	s      *Service
	first  *pubsubpb.StreamingPullRequest
	stream pubsubpb.Subscriber_StreamingPullServer
	sent   map[store.Receipt]int // what the client may still have in hand, and its size in bytes
}

// receive does what the client says on the stream, until its end.
func (sp *streamingPull) receive() error {
	for req := sp.first; ; {
		if req.Subscription != "" && req.Subscription != sp.first.Subscription {
			return invalid("A stream is of one subscription.")
		}
		if len(req.ModifyDeadlineAckIds) != len(req.ModifyDeadlineSeconds) {
			return invalid("modify_deadline_ack_ids and modify_deadline_seconds must be of one length.")
		}
		if len(req.AckIds) > 0 {
			if err := sp.s.acknowledge(sp.first.Subscription, req.AckIds); err != nil {
				return err
			}
		}
		for i, id := range req.ModifyDeadlineAckIds {
			if err := sp.s.extend(sp.first.Subscription, []string{id}, req.ModifyDeadlineSeconds[i]); err != nil {
				return err
			}
		}
		var err error
		if req, err = sp.stream.Recv(); err != nil {
			return err
		}
	}
}

// send sends what is due, as far as the client can take it. Who lost the permission since the
// stream was opened is sent nothing more.
func (sp *streamingPull) send(ctx context.Context) error {
	caller, _ := iam.CallerFrom(ctx)
	r, err := resource(subscriptions, sp.first.Subscription)
	if err != nil {
		return err
	}
	for {
		sub, err := sp.s.pulled(sp.first.Subscription)
		if err != nil {
			return err
		}
		if len(sp.s.cfg.IAM.Granted(caller, []string{"pubsub.subscriptions.consume"}, r)) == 0 {
			return sp.s.cfg.IAM.Check(ctx, caller, "pubsub.subscriptions.consume", r)
		}
		changed := sp.s.changes(sub.Name)
		out, err := sp.claim(sub)
		if err != nil {
			return refusal(err)
		}
		if len(out) > 0 {
			if err := sp.stream.Send(&pubsubpb.StreamingPullResponse{ReceivedMessages: received(sub, out)}); err != nil {
				return err
			}
			continue
		}
		if !sp.s.await(ctx, sub.Name, changed) {
			return ctx.Err()
		}
	}
}

// claim claims as much as the client can take besides what it has in hand.
func (sp *streamingPull) claim(sub *pubsubpb.Subscription) ([]store.Delivery, error) {
	if err := sp.s.store.KeepOut(sub.Name, sp.sent); err != nil {
		return nil, err
	}
	messages, size := maxOutstanding, maxPullBytes
	if n := sp.first.MaxOutstandingMessages; n > 0 {
		messages = int(min(n, maxOutstanding))
	}
	if n := sp.first.MaxOutstandingBytes; n > 0 {
		size = int(min(n, maxPullBytes))
	}
	for _, bytes := range sp.sent {
		size -= bytes
	}
	if messages -= len(sp.sent); messages <= 0 || size <= 0 {
		return nil, nil
	}
	t := sp.s.terms(sub)
	t.Deadline = time.Duration(sp.first.StreamAckDeadlineSeconds) * time.Second
	out, err := sp.s.store.Claim(sub.Name, t, messages, size)
	for _, d := range out {
		sp.sent[store.Receipt{Number: d.Number, Attempt: d.Attempt}] = len(d.Message.Data)
	}
	return out, err
}
