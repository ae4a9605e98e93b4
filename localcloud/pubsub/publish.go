package pubsub

import (
	"context"
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// What a request to publish may hold.
//
// https://cloud.google.com/pubsub/quotas#resource_limits
const (
	maxMessages    = 1000
	maxPublish     = 10_000_000 // bytes, of a request and so of a message
	maxAttributes  = 100
	maxKey         = 256  // bytes
	maxValue       = 1024 // bytes
	maxOrderingKey = 1024 // bytes
)

// MaxRequestBytes is the largest request that the service takes.
const MaxRequestBytes = maxPublish + 1<<20

func (p publisher) Publish(_ context.Context, req *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	if err := checkPublish(req); err != nil {
		return nil, err
	}
	ids, err := p.s.publish(req.Topic, req.Messages)
	if err != nil {
		return nil, err
	}
	return &pubsubpb.PublishResponse{MessageIds: ids}, nil
}

// Publish publishes one message as caller: for the cloud's other services, which act as their
// agents. The errors are gRPC statuses PermissionDenied, NotFound and InvalidArgument.
func (s *Service) Publish(ctx context.Context, caller iam.Caller, topic string, m *pubsubpb.PubsubMessage) error {
	if err := s.CheckPublish(ctx, caller, topic); err != nil {
		return err
	}
	if err := checkPublish(&pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{m}}); err != nil {
		return err
	}
	_, err := s.publish(topic, []*pubsubpb.PubsubMessage{m})
	return err
}

// CheckPublish returns nil when caller may publish to the topic, which exists. The errors are
// Publish's.
func (s *Service) CheckPublish(ctx context.Context, caller iam.Caller, topic string) error {
	r, err := resource(topics, topic)
	if err != nil {
		return err
	}
	if err := s.cfg.IAM.Check(ctx, caller, "pubsub.topics.publish", r); err != nil {
		return err
	}
	_, err = s.store.Topic(topic)
	return refusal(err)
}

func (s *Service) publish(topic string, messages []*pubsubpb.PubsubMessage) (ids []string, err error) {
	ids, woken, err := s.store.Publish(topic, messages)
	s.wake(woken...)
	return ids, refusal(err)
}

// checkPublish holds a request against the limits. What the service fills in, it ignores when a
// client has, as Google does.
func checkPublish(req *pubsubpb.PublishRequest) error {
	switch n := len(req.Messages); {
	case n == 0:
		return invalid("The value for messages is too small. You passed 0 in the request, but the minimum value is 1.")
	case n > maxMessages:
		return invalid("The value for message_count is too large. You passed %d in the request, but the maximum value is %d.", n, maxMessages)
	}
	if size := proto.Size(req); size > maxPublish {
		return invalid("The value for request_size is too large. You passed %d in the request, but the maximum value is %d.", size, maxPublish)
	}
	for _, m := range req.Messages {
		if err := checkMessage(m); err != nil {
			return err
		}
	}
	return nil
}

func checkMessage(m *pubsubpb.PubsubMessage) error {
	switch {
	case len(m.GetData()) == 0 && len(m.GetAttributes()) == 0:
		return invalid("One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.")
	case len(m.Attributes) > maxAttributes:
		return invalid("A message has %d attributes; %d are allowed.", len(m.Attributes), maxAttributes)
	case len(m.OrderingKey) > maxOrderingKey:
		return invalid("The ordering key has %d bytes; %d are allowed.", len(m.OrderingKey), maxOrderingKey)
	}
	for k, v := range m.Attributes {
		if k == "" || len(k) > maxKey || strings.HasPrefix(k, "goog") {
			return invalid("Attribute key %q: a key has 1 to %d bytes and does not begin with goog.", k, maxKey)
		}
		if len(v) > maxValue {
			return invalid("The value of attribute %q has %d bytes; %d are allowed.", k, len(v), maxValue)
		}
	}
	return nil
}
