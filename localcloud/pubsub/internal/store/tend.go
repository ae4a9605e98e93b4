package store

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"
)

// tended is how many messages one Tend looks at.
const tended = 100

// Next returns when a queue wants to be looked at again, for a delivery or by Tend; ok is false
// when it is empty or gone.
func (s *Store) Next(subscription string) (at time.Time, ok bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		sub, err := subscriptionOf(tx, subscription)
		if errors.Is(err, ErrNoSubscription) {
			return nil
		}
		if err != nil {
			return err
		}
		q := queueOf(tx, subscription)
		for _, list := range []*bbolt.Bucket{q.due, q.last} {
			if k, _ := list.Cursor().First(); k != nil {
				if first, _ := parseTimeKey(k); !ok || first.Before(at) {
					at, ok = first, true
				}
			}
		}
		expiry, some, err := q.expiry(sub)
		if some && expiry.Before(at) {
			at = expiry
		}
		return err
	})
	return at, ok, err
}

// expiry returns when the oldest message of the queue will have been kept long enough.
func (q queue) expiry(sub *pubsubpb.Subscription) (at time.Time, ok bool, err error) {
	k, v := q.messages.Cursor().First()
	if k == nil {
		return at, false, nil
	}
	m := new(pubsubpb.PubsubMessage)
	if err := proto.Unmarshal(v, m); err != nil {
		return at, false, err
	}
	return m.PublishTime.AsTime().Add(sub.MessageRetentionDuration.AsDuration()), true, nil
}

// Tend does what time asks of a queue: messages that were kept long enough are forgotten, and those
// whose last delivery came to nothing move to the dead letter topic, in one transaction with their
// end here, if forward is set. It returns the subscriptions that have something to deliver now. The
// error is ErrNoSubscription.
func (s *Store) Tend(subscription string, forward bool) (woken []string, err error) {
	wanted, err := s.wantsTending(subscription, forward)
	if err != nil || !wanted {
		return nil, err
	}
	err = s.db.Batch(func(tx *bbolt.Tx) error {
		woken = nil
		sub, err := subscriptionOf(tx, subscription)
		if err != nil {
			return err
		}
		q := queueOf(tx, subscription)
		if err := s.expire(q, sub); err != nil {
			return err
		}
		if !forward {
			return nil
		}
		for _, number := range dueBy(q.last, s.now(), tended) {
			subscriptions, err := s.settle(tx, q, sub, number)
			if err != nil {
				return err
			}
			woken = append(woken, subscriptions...)
		}
		return nil
	})
	return woken, err
}

func (s *Store) wantsTending(subscription string, forward bool) (wanted bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		sub, err := subscriptionOf(tx, subscription)
		if err != nil {
			return err
		}
		q := queueOf(tx, subscription)
		expiry, some, err := q.expiry(sub)
		wanted = some && !expiry.After(s.now()) || forward && len(dueBy(q.last, s.now(), 1)) > 0
		return err
	})
	return wanted, err
}

// expire forgets messages that are as old as the subscription keeps them.
func (s *Store) expire(q queue, sub *pubsubpb.Subscription) error {
	for range tended {
		expiry, some, err := q.expiry(sub)
		if err != nil || !some || expiry.After(s.now()) {
			return err
		}
		k, _ := q.messages.Cursor().First()
		_, number := parseTimeKey(append(make([]byte, 8), k...))
		if err := q.drop(number); err != nil {
			return err
		}
	}
	return nil
}

// settle settles what comes after a last delivery: the dead letter topic, or another delivery where
// the policy has changed or the topic is gone.
func (s *Store) settle(tx *bbolt.Tx, q queue, sub *pubsubpb.Subscription, number uint64) (woken []string, err error) {
	st, _, err := q.state(number)
	if err != nil {
		return nil, err
	}
	p := sub.DeadLetterPolicy
	if p != nil && st.Attempts >= int(p.MaxDeliveryAttempts) {
		m, err := q.message(number)
		if err != nil {
			return nil, err
		}
		_, woken, err = s.publish(tx, p.DeadLetterTopic, []*pubsubpb.PubsubMessage{deadLetter(m, sub, st.Attempts)})
		if err == nil {
			return woken, q.drop(number)
		}
		if !errors.Is(err, ErrNoTopic) {
			return nil, err
		}
	}
	st.Last, st.Out, st.Due = false, false, s.now()
	return nil, q.set(number, st)
}

// deadLetter returns what becomes of a message in the dead letter topic: the same, and where it
// comes from.
//
// https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts
func deadLetter(m *pubsubpb.PubsubMessage, sub *pubsubpb.Subscription, attempts int) *pubsubpb.PubsubMessage {
	name := strings.Split(sub.Name, "/") // projects/{project}/subscriptions/{subscription}
	dead := &pubsubpb.PubsubMessage{Data: m.Data, OrderingKey: m.OrderingKey, Attributes: map[string]string{}}
	maps.Copy(dead.Attributes, m.Attributes)
	maps.Copy(dead.Attributes, map[string]string{
		"CloudPubSubDeadLetterSourceDeliveryCount":       strconv.Itoa(attempts),
		"CloudPubSubDeadLetterSourceSubscription":        name[3],
		"CloudPubSubDeadLetterSourceSubscriptionProject": name[1],
		"CloudPubSubDeadLetterSourceTopicPublishTime":    m.PublishTime.AsTime().Format("2006-01-02T15:04:05.999-07:00"),
	})
	return dead
}
