package store

import (
	"errors"
	"strconv"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// firstID is added to a message's number for its id: Google's have 16 digits and more, too.
const firstID = 10_000_000_000_000_000

// Publish keeps copies of the messages for each subscription of the topic. It returns their ids,
// and the names of the subscriptions that have something to deliver now. The error is ErrNoTopic.
func (s *Store) Publish(topicName string, messages []*pubsubpb.PubsubMessage) (ids, subscriptions []string, err error) {
	err = s.db.Batch(func(tx *bbolt.Tx) error {
		var err error
		ids, subscriptions, err = s.publish(tx, topicName, messages)
		return err
	})
	return ids, subscriptions, err
}

func (s *Store) publish(tx *bbolt.Tx, topicName string, messages []*pubsubpb.PubsubMessage) (ids, subscriptions []string, err error) {
	if _, err := topic(tx, topicName); err != nil {
		return nil, nil, err
	}
	now := s.now()
	subscriptions = attached(tx, topicName)
	for _, m := range messages {
		number, err := tx.Bucket(kQueues).NextSequence()
		if err != nil {
			return nil, nil, err
		}
		m = proto.CloneOf(m)
		m.MessageId = strconv.FormatUint(firstID+number, 10)
		m.PublishTime = timestamppb.New(now)
		ids = append(ids, m.MessageId)
		for _, subscription := range subscriptions {
			q := queueOf(tx, subscription)
			err := errors.Join(put(q.messages, numberKey(number), m), q.set(number, state{Due: now}))
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return ids, subscriptions, nil
}
