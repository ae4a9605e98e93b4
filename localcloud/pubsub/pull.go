package pubsub

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

const (
	maxPull      = 1000       // messages of one answer
	maxPullBytes = 10_000_000 // of one answer, unless it is one message
	pullWait     = 10 * time.Second
)

// pulled returns the subscription if its messages are for pulling. The errors are NotFound and
// FailedPrecondition.
func (s *Service) pulled(name string) (*pubsubpb.Subscription, error) {
	sub, err := s.store.Subscription(name)
	if err != nil {
		return nil, refusal(err)
	}
	if pushes(sub) {
		return nil, status.Error(codes.FailedPrecondition, "This method is not supported for this subscription type.")
	}
	return sub, nil
}

// Pull answers as soon as there is a message, and with none after a while.
func (sr subscriber) Pull(ctx context.Context, req *pubsubpb.PullRequest) (*pubsubpb.PullResponse, error) {
	if req.MaxMessages <= 0 {
		return nil, invalid("The value for max_messages must be greater than 0.")
	}
	ctx, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	defer context.AfterFunc(sr.s.waiting, cancel)()
	for {
		sub, err := sr.s.pulled(req.Subscription)
		if err != nil {
			return nil, err
		}
		changed := sr.s.changes(req.Subscription)
		out, err := sr.s.store.Claim(sub.Name, sr.s.terms(sub), min(int(req.MaxMessages), maxPull), maxPullBytes)
		//lint:ignore SA1019 deprecated, and still sent
		if err != nil || len(out) > 0 || req.ReturnImmediately || !sr.s.await(ctx, sub.Name, changed) {
			return &pubsubpb.PullResponse{ReceivedMessages: received(sub, out)}, refusal(err)
		}
	}
}

func received(sub *pubsubpb.Subscription, out []store.Delivery) []*pubsubpb.ReceivedMessage {
	var messages []*pubsubpb.ReceivedMessage
	for _, d := range out {
		m := &pubsubpb.ReceivedMessage{AckId: ackID(d), Message: d.Message}
		if sub.DeadLetterPolicy != nil {
			m.DeliveryAttempt = int32(d.Attempt)
		}
		messages = append(messages, m)
	}
	return messages
}

func (sr subscriber) Acknowledge(_ context.Context, req *pubsubpb.AcknowledgeRequest) (*emptypb.Empty, error) {
	if len(req.AckIds) == 0 {
		return nil, invalid("No ack ids specified.")
	}
	return &emptypb.Empty{}, sr.s.acknowledge(req.Subscription, req.AckIds)
}

func (s *Service) acknowledge(subscription string, ackIDs []string) error {
	receipts, err := parseAckIDs(ackIDs)
	if err != nil {
		return err
	}
	err = s.store.Acknowledge(subscription, receipts)
	s.wake(subscription)
	return refusal(err)
}

func (sr subscriber) ModifyAckDeadline(_ context.Context, req *pubsubpb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	if len(req.AckIds) == 0 {
		return nil, invalid("No ack ids specified.")
	}
	return &emptypb.Empty{}, sr.s.extend(req.Subscription, req.AckIds, req.AckDeadlineSeconds)
}

func (s *Service) extend(subscription string, ackIDs []string, seconds int32) error {
	if seconds < 0 || seconds > maxAckDeadline {
		return invalid("Invalid ack deadline given: deadline_seconds=%d, want 0 to %d.", seconds, maxAckDeadline)
	}
	receipts, err := parseAckIDs(ackIDs)
	if err != nil {
		return err
	}
	sub, err := s.store.Subscription(subscription)
	if err != nil {
		return refusal(err)
	}
	err = s.store.Extend(subscription, s.terms(sub), receipts, time.Duration(seconds)*time.Second)
	s.wake(subscription)
	return refusal(err)
}

// ackID names a delivery to the client. It is of use with a subscription that the client may
// consume, alone.
func ackID(d store.Delivery) string {
	b := binary.BigEndian.AppendUint64(nil, d.Number)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, uint32(d.Attempt)))
}

func parseAckIDs(ids []string) ([]store.Receipt, error) {
	receipts := make([]store.Receipt, 0, len(ids))
	for _, id := range ids {
		b, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(b) != 12 {
			return nil, invalid("You have passed an invalid ack ID to the service (ack_id=%s).", id)
		}
		receipts = append(receipts, store.Receipt{Number: binary.BigEndian.Uint64(b), Attempt: int(binary.BigEndian.Uint32(b[8:]))})
	}
	return receipts, nil
}
