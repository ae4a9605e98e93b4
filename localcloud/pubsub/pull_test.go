package pubsub_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	gps "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Google's own publisher and receiver, as an application uses them.
func TestTheOfficialClient(t *testing.T) {
	w := newWorld(t)
	key, topic, sub := w.tenant("tn-aaaaaaaaaa")
	client := w.client(key)
	publisher := client.Publisher(topic)
	defer publisher.Stop()
	const messages = 100
	want := map[string]bool{}
	var results []*gps.PublishResult
	for i := range messages {
		results = append(results, publisher.Publish(t.Context(), &gps.Message{Data: fmt.Append(nil, i), Attributes: map[string]string{"i": fmt.Sprint(i)}}))
	}
	for _, r := range results {
		id, err := r.Get(t.Context())
		must(t, err)
		want[id] = true
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var mu sync.Mutex
	refused := map[string]bool{}
	receiver := client.Subscriber(sub)
	receiver.ReceiveSettings.MaxOutstandingMessages = 20
	err := receiver.Receive(ctx, func(_ context.Context, m *gps.Message) {
		mu.Lock()
		defer mu.Unlock()
		if string(m.Data) != m.Attributes["i"] {
			t.Errorf("message %s is %q", m.ID, m.Data)
		}
		if !refused[m.ID] && len(m.Data) == 1 { // each of some comes twice
			refused[m.ID] = true
			m.Nack()
			return
		}
		m.Ack()
		if delete(want, m.ID); len(want) == 0 {
			cancel()
		}
	})
	must(t, err)
	if len(want) > 0 || len(refused) != 10 {
		t.Errorf("%d messages did not come, %d were refused at first", len(want), len(refused))
	}
	w.awaitEmpty(sub)
}

// A stream sends no more than its client can take.
func TestAStreamIsBounded(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	for i := range 5 {
		w.publish(topic, fmt.Sprint(i), nil)
	}
	stream, err := w.client(w.owner).SubscriptionAdminClient.StreamingPull(t.Context())
	must(t, err)
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: sub, StreamAckDeadlineSeconds: 10, MaxOutstandingMessages: 2}))
	seen := 0
	for seen < 5 {
		res, err := stream.Recv()
		must(t, err)
		if n := len(res.ReceivedMessages); n > 2 {
			t.Fatalf("%d messages at a time", n)
		}
		var acks []string
		for _, m := range res.ReceivedMessages {
			acks = append(acks, m.AckId)
		}
		seen += len(acks)
		must(t, stream.Send(&pubsubpb.StreamingPullRequest{AckIds: acks}))
	}
	w.awaitEmpty(sub)
}

func TestDeadlines(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	admin := w.client(w.owner).SubscriptionAdminClient
	w.publish(topic, "hello", nil)
	modify := func(ackID string, seconds int32) error {
		return admin.ModifyAckDeadline(t.Context(), &pubsubpb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{ackID}, AckDeadlineSeconds: seconds})
	}
	first := w.await(sub)
	must(t, modify(first.AckId, 60))
	w.advance(50 * time.Second)
	if got := w.pull(sub); len(got) != 0 {
		t.Fatalf("came within the deadline: %v", got)
	}
	w.advance(11 * time.Second)
	second := w.await(sub)
	must(t, modify(first.AckId, 0)) // of the first delivery, which is over
	if got := w.pull(sub); len(got) != 0 {
		t.Fatalf("an old delivery was given back: %v", got)
	}
	must(t, modify(second.AckId, 0))
	third := w.await(sub)
	wantCode(t, "601 seconds", modify(third.AckId, 601), codes.InvalidArgument)
	wantCode(t, "-1 second", modify(third.AckId, -1), codes.InvalidArgument)
	wantCode(t, "what is no ack id", modify("x", 10), codes.InvalidArgument)
	must(t, admin.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: []string{third.AckId}}))
	must(t, admin.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: []string{third.AckId}}))
	w.advance(30 * time.Minute)
	if got := w.pull(sub); len(got) != 0 {
		t.Errorf("came after it was acknowledged: %v", got)
	}
}

// An ack id is of use with its own subscription alone.
func TestAnAckIDIsOfItsSubscription(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	one := w.subscribe(&pubsubpb.Subscription{Name: "one", Topic: topic})
	w.publish(topic, "first", nil)
	two := w.subscribe(&pubsubpb.Subscription{Name: "two", Topic: topic}) // too late for the first
	w.publish(topic, "second", nil)
	m := w.await(one)
	must(t, w.client(w.owner).SubscriptionAdminClient.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: two, AckIds: []string{m.AckId}}))
	if n, m := w.waiting(one), w.waiting(two); n != 2 || m != 1 {
		t.Errorf("%d and %d messages are waiting", n, m)
	}
}

func TestRetryPolicyOfAPull(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, RetryPolicy: &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(30 * time.Second)}})
	w.publish(topic, "hello", nil)
	m := w.await(sub)
	must(t, w.client(w.owner).SubscriptionAdminClient.ModifyAckDeadline(t.Context(), &pubsubpb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{m.AckId}}))
	for _, wait := range []time.Duration{25, 6} {
		if got := w.pull(sub); len(got) != 0 {
			t.Fatalf("came before its time: %v", got)
		}
		w.advance(wait * time.Second)
	}
	w.await(sub)
}

// What nobody took for as long as the subscription keeps messages is forgotten, and so is a queue
// with its subscription. A subscription outlives its topic with what it has.
func TestMessagesEnd(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	short := w.subscribe(&pubsubpb.Subscription{Name: "short", Topic: topic, MessageRetentionDuration: durationpb.New(10 * time.Minute)})
	long := w.subscribe(&pubsubpb.Subscription{Name: "long", Topic: topic})
	w.publish(topic, "hello", nil)
	w.advance(9 * time.Minute)
	if n := w.waiting(short); n != 1 {
		t.Errorf("%d messages are waiting", n)
	}
	w.advance(2 * time.Minute)
	w.awaitEmpty(short)
	must(t, w.client(w.owner).TopicAdminClient.DeleteTopic(t.Context(), &pubsubpb.DeleteTopicRequest{Topic: topic}))
	w.topic("news")
	w.publish(topic, "of another topic", nil)
	sub, err := w.client(w.owner).SubscriptionAdminClient.GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: long})
	if err != nil || sub.Topic != "_deleted-topic_" {
		t.Errorf("the subscription is %v, %v", sub, err)
	}
	if m := w.await(long); string(m.Message.Data) != "hello" {
		t.Errorf("pulled %v", m)
	}
	if n := w.waiting(long); n != 1 {
		t.Errorf("%d messages are waiting", n)
	}
}

func TestPushedMessagesAreNotPulled(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, PushConfig: push("http://127.0.0.1:9/")})
	_, err := w.client(w.owner).SubscriptionAdminClient.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1})
	wantCode(t, "pull", err, codes.FailedPrecondition)
	must(t, w.client(w.owner).SubscriptionAdminClient.ModifyPushConfig(t.Context(), &pubsubpb.ModifyPushConfigRequest{Subscription: sub, PushConfig: &pubsubpb.PushConfig{}}))
	w.publish(topic, "hello", nil)
	w.await(sub)
}

// A server that is stopping does not wait for those who wait for messages.
func TestPullsEndWithTheService(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	admin := w.client(w.owner).SubscriptionAdminClient
	stream, err := admin.StreamingPull(t.Context())
	must(t, err)
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: sub, StreamAckDeadlineSeconds: 10}))
	w.publish(topic, "hello", nil)
	_, err = stream.Recv()
	must(t, err)
	w.ps.EndPulls()
	_, err = stream.Recv()
	wantCode(t, "the stream", err, codes.Unavailable)
	res, err := admin.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1})
	if err != nil || len(res.ReceivedMessages) != 0 {
		t.Errorf("pulled %v, %v", res, err)
	}
	w.grpc.GracefulStop()
}
