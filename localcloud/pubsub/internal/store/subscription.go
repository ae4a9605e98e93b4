package store

import (
	"errors"
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
)

// CreateSubscription keeps a new subscription, with an empty queue. The errors are ErrExists and
// ErrNoTopic: its topic, or its dead letter topic, is not there.
func (s *Store) CreateSubscription(sub *pubsubpb.Subscription) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := topic(tx, sub.Topic); err != nil {
			return err
		}
		if err := checkDeadLetter(tx, sub); err != nil {
			return err
		}
		if tx.Bucket(kSubscriptions).Get([]byte(sub.Name)) != nil {
			return ErrExists
		}
		queue, err := tx.Bucket(kQueues).CreateBucket([]byte(sub.Name))
		if err != nil {
			return err
		}
		for _, name := range [][]byte{kMessages, kStates, kDue, kLast} {
			if _, err := queue.CreateBucket(name); err != nil {
				return err
			}
		}
		return errors.Join(
			put(tx.Bucket(kSubscriptions), []byte(sub.Name), sub),
			tx.Bucket(kAttached).Put(attachedKey(sub.Topic, sub.Name), nil))
	})
}

func checkDeadLetter(tx *bbolt.Tx, sub *pubsubpb.Subscription) error {
	if sub.DeadLetterPolicy == nil {
		return nil
	}
	_, err := topic(tx, sub.DeadLetterPolicy.DeadLetterTopic)
	return err
}

// Subscription returns a subscription, or ErrNoSubscription.
func (s *Store) Subscription(name string) (sub *pubsubpb.Subscription, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		sub, err = subscriptionOf(tx, name)
		return err
	})
	return sub, err
}

func subscriptionOf(tx *bbolt.Tx, name string) (*pubsubpb.Subscription, error) {
	sub := new(pubsubpb.Subscription)
	ok, err := get(tx.Bucket(kSubscriptions), []byte(name), sub)
	if err == nil && !ok {
		err = ErrNoSubscription
	}
	return sub, err
}

// Subscriptions returns at most limit subscriptions whose names begin with prefix and are greater
// than after, by name.
func (s *Store) Subscriptions(prefix, after string, limit int) (page []*pubsubpb.Subscription, more bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		names, left := keysAfter(tx.Bucket(kSubscriptions), prefix, strings.TrimPrefix(after, prefix), limit)
		more = left
		for _, name := range names {
			sub, err := subscriptionOf(tx, prefix+name)
			if err != nil {
				return err
			}
			page = append(page, sub)
		}
		return nil
	})
	return page, more, err
}

// UpdateSubscription replaces a subscription by what change makes of it. The errors are
// ErrNoSubscription, ErrNoTopic for a dead letter topic that is not there, or change's own.
func (s *Store) UpdateSubscription(name string, change func(*pubsubpb.Subscription) error) (sub *pubsubpb.Subscription, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if sub, err = subscriptionOf(tx, name); err != nil {
			return err
		}
		if err := change(sub); err != nil {
			return err
		}
		if err := checkDeadLetter(tx, sub); err != nil {
			return err
		}
		return put(tx.Bucket(kSubscriptions), []byte(name), sub)
	})
	return sub, err
}

// DeleteSubscription deletes a subscription and its queue, or returns ErrNoSubscription.
func (s *Store) DeleteSubscription(name string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		sub, err := subscriptionOf(tx, name)
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Bucket(kQueues).DeleteBucket([]byte(name)),
			tx.Bucket(kAttached).Delete(attachedKey(sub.Topic, name)),
			tx.Bucket(kSubscriptions).Delete([]byte(name)))
	})
}

// Waiting returns how many messages a subscription's queue holds; none when there is no such
// subscription.
func (s *Store) Waiting(name string) (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(kSubscriptions).Get([]byte(name)) != nil {
			n = queueOf(tx, name).states.Stats().KeyN
		}
		return nil
	})
	return n, err
}
