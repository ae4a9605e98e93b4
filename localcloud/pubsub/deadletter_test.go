package pubsub_test

import (
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
)

// deadLetters makes a topic for what cannot be delivered, a subscription to it, and lets Pub/Sub
// forward there from the subscription of that id.
func (w *world) deadLetters(from string) (topic, subscription string) {
	w.t.Helper()
	topic = w.topic("dead")
	subscription = w.subscribe(&pubsubpb.Subscription{Name: "dead", Topic: topic})
	w.bind(topic, w.iam.PubSubAgent().Email, "roles/pubsub.publisher")
	w.bind(subscriptionName(from), w.iam.PubSubAgent().Email, "roles/pubsub.subscriber")
	return topic, subscription
}

func (w *world) deadLetterTo(subscription, topic string, attempts int32) {
	w.t.Helper()
	w.update(&pubsubpb.Subscription{Name: subscription, DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topic, MaxDeliveryAttempts: attempts}}, "dead_letter_policy")
}

func TestAPushThatNobodyTakesIsADeadLetterOnce(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	e := newEndpoint(t, 500, 500, 500, 500, 500, 500, 500)
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	dead, letters := w.deadLetters("reader")
	w.deadLetterTo(sub, dead, 5)
	w.update(&pubsubpb.Subscription{Name: sub, PushConfig: push(e.URL)}, "push_config")
	published := time.Now()
	id := w.publish(topic, "hello", map[string]string{"colour": "red"})
	var failed time.Time
	for attempt := range 5 {
		if p := e.await(t); p.Message.MessageID != id || p.DeliveryAttempt != attempt+1 {
			t.Errorf("push %d: %s", attempt+1, p.body)
		}
		failed = w.awaitFailure(sub, failed)
		w.advance(2 * time.Second) // past the back-off
	}
	m := w.await(letters)
	at, err := time.Parse(time.RFC3339, m.Message.Attributes["CloudPubSubDeadLetterSourceTopicPublishTime"])
	if err != nil || at.Sub(published).Abs() > time.Minute {
		t.Errorf("published at %v, %v", at, err)
	}
	delete(m.Message.Attributes, "CloudPubSubDeadLetterSourceTopicPublishTime")
	if diff := cmp.Diff(map[string]string{
		"colour": "red",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "5",
		"CloudPubSubDeadLetterSourceSubscription":        "reader",
		"CloudPubSubDeadLetterSourceSubscriptionProject": project,
	}, m.Message.Attributes); diff != "" {
		t.Error(diff)
	}
	if string(m.Message.Data) != "hello" || m.Message.MessageId == id {
		t.Errorf("the dead letter is %v", m.Message)
	}
	w.restart()
	w.advance(time.Hour)
	w.settled(e)
	if n := w.waiting(sub); n != 0 {
		t.Errorf("%d messages are still in the queue", n)
	}
	if n := w.waiting(letters); n != 1 {
		t.Errorf("there are %d dead letters", n)
	}
}

// A pulled message that is neither acknowledged nor given back is a dead letter when its last
// deadline has passed, though nobody pulls any more.
func TestAPulledMessageBecomesADeadLetter(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	dead, letters := w.deadLetters("reader")
	w.deadLetterTo(sub, dead, 5)
	w.publish(topic, "hello", nil)
	for attempt := range int32(5) {
		m := w.await(sub)
		if m.DeliveryAttempt != attempt+1 {
			t.Errorf("attempt %d, want %d", m.DeliveryAttempt, attempt+1)
		}
		if attempt%2 == 0 {
			w.advance(11 * time.Second)
			continue
		}
		must(t, w.client(w.owner).SubscriptionAdminClient.ModifyAckDeadline(t.Context(), &pubsubpb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{m.AckId}}))
	}
	if m := w.await(letters); string(m.Message.Data) != "hello" {
		t.Errorf("the dead letter is %v", m)
	}
	w.awaitEmpty(sub)
}

// Without the permissions, or without the topic, a message is delivered again and again: it is not
// lost.
func TestADeadLetterThatCannotBeForwardedIsDelivered(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	dead := w.topic("dead")
	letters := w.subscribe(&pubsubpb.Subscription{Name: "dead", Topic: dead})
	w.deadLetterTo(sub, dead, 5)
	w.publish(topic, "hello", nil)
	for attempt := range int32(7) {
		if m := w.await(sub); m.DeliveryAttempt != attempt+1 {
			t.Errorf("attempt %d, want %d", m.DeliveryAttempt, attempt+1)
		}
		w.advance(11 * time.Second)
	}
	if n := w.waiting(letters); n != 0 {
		t.Errorf("there are %d dead letters", n)
	}
	w.bind(dead, w.iam.PubSubAgent().Email, "roles/pubsub.publisher")
	w.bind(sub, w.iam.PubSubAgent().Email, "roles/pubsub.subscriber")
	w.await(letters)
	w.awaitEmpty(sub)
}
