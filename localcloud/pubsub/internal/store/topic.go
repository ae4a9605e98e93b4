package store

import (
	"bytes"
	"errors"
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
)

// CreateTopic keeps a new topic. The error is ErrExists.
func (s *Store) CreateTopic(t *pubsubpb.Topic) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		topics := tx.Bucket(kTopics)
		if topics.Get([]byte(t.Name)) != nil {
			return ErrExists
		}
		return put(topics, []byte(t.Name), t)
	})
}

// Topic returns a topic, or ErrNoTopic.
func (s *Store) Topic(name string) (t *pubsubpb.Topic, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		t, err = topic(tx, name)
		return err
	})
	return t, err
}

func topic(tx *bbolt.Tx, name string) (*pubsubpb.Topic, error) {
	t := new(pubsubpb.Topic)
	ok, err := get(tx.Bucket(kTopics), []byte(name), t)
	if err == nil && !ok {
		err = ErrNoTopic
	}
	return t, err
}

// Topics returns at most limit topics whose names begin with prefix and are greater than after, by
// name.
func (s *Store) Topics(prefix, after string, limit int) (page []*pubsubpb.Topic, more bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		names, left := keysAfter(tx.Bucket(kTopics), prefix, strings.TrimPrefix(after, prefix), limit)
		more = left
		for _, name := range names {
			t, err := topic(tx, prefix+name)
			if err != nil {
				return err
			}
			page = append(page, t)
		}
		return nil
	})
	return page, more, err
}

// UpdateTopic replaces a topic by what change makes of it. The error is ErrNoTopic, or change's
// own.
func (s *Store) UpdateTopic(name string, change func(*pubsubpb.Topic) error) (t *pubsubpb.Topic, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if t, err = topic(tx, name); err != nil {
			return err
		}
		if err := change(t); err != nil {
			return err
		}
		return put(tx.Bucket(kTopics), []byte(name), t)
	})
	return t, err
}

// DeleteTopic deletes a topic. Its subscriptions stay, with what is in their queues, and never get
// another. The error is ErrNoTopic.
func (s *Store) DeleteTopic(name string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := topic(tx, name); err != nil {
			return err
		}
		for _, subscription := range attached(tx, name) {
			sub, err := subscriptionOf(tx, subscription)
			if err != nil {
				return err
			}
			sub.Topic = DeletedTopic
			err = errors.Join(
				put(tx.Bucket(kSubscriptions), []byte(subscription), sub),
				tx.Bucket(kAttached).Delete(attachedKey(name, subscription)))
			if err != nil {
				return err
			}
		}
		return tx.Bucket(kTopics).Delete([]byte(name))
	})
}

// Attached returns at most limit names of a topic's subscriptions greater than after, or
// ErrNoTopic.
func (s *Store) Attached(name, after string, limit int) (page []string, more bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := topic(tx, name); err != nil {
			return err
		}
		page, more = keysAfter(tx.Bucket(kAttached), name+"\x00", after, limit)
		return nil
	})
	return page, more, err
}

func attached(tx *bbolt.Tx, topic string) []string {
	all, _ := keysAfter(tx.Bucket(kAttached), topic+"\x00", "", int(^uint(0)>>1))
	return all
}

func attachedKey(topic, subscription string) []byte { return []byte(topic + "\x00" + subscription) }

// keysAfter returns at most limit keys with that prefix, which is cut off, that are greater than
// after; more says whether others follow.
func keysAfter(b *bbolt.Bucket, prefix, after string, limit int) (keys []string, more bool) {
	c := b.Cursor()
	for k, _ := c.Seek([]byte(prefix + after)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Next() {
		name := strings.TrimPrefix(string(k), prefix)
		if after != "" && name <= after {
			continue
		}
		if len(keys) == limit {
			return keys, true
		}
		keys = append(keys, name)
	}
	return keys, false
}
