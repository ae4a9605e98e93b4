package store

import (
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"
)

// The types of events, in Google's words.
//
// https://cloud.google.com/storage/docs/pubsub-notifications#events
const (
	Finalized       = "OBJECT_FINALIZE"
	MetadataUpdated = "OBJECT_METADATA_UPDATE"
	Deleted         = "OBJECT_DELETE"
	Archived        = "OBJECT_ARCHIVE"
)

// Event is a change that a topic is to be told of. It is in the outbox if and only if the change
// was committed, and stays there until it was told.
type Event struct {
	Number        uint64 `json:"-"`
	Type          string
	Object        Object // as the change left it
	Overwrote     int64  `json:",omitempty"` // the generation whose place a new one took
	OverwrittenBy int64  `json:",omitempty"` // the generation that took this one's place
	Time          time.Time
	Notification  Notification
}

// post adds an event to the outbox.
func (t *txn) post(e Event) error {
	box, err := t.Bucket(kOutbox).CreateBucketIfNotExists([]byte(e.Notification.Topic))
	if err != nil {
		return err
	}
	number, err := box.NextSequence()
	if err != nil {
		return err
	}
	t.emitted = true
	return put(box, binary.BigEndian.AppendUint64(nil, number), e)
}

// News receives when the outbox may have something new.
func (s *Store) News() <-chan struct{} { return s.news }

func (s *Store) announce() {
	select {
	case s.news <- struct{}{}:
	default: // it is known already
	}
}

// Topics returns the topics that there are events for.
func (s *Store) Topics() (topics []string, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(kOutbox).ForEachBucket(func(k []byte) error {
			topics = append(topics, string(k))
			return nil
		})
	})
	return topics, err
}

// Events returns the oldest events for a topic, at most limit.
func (s *Store) Events(topic string, limit int) (events []Event, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		box := tx.Bucket(kOutbox).Bucket([]byte(topic))
		if box == nil {
			return nil
		}
		c := box.Cursor()
		for k, _ := c.First(); k != nil && len(events) < limit; k, _ = c.Next() {
			e, _, err := get[Event](box, k)
			if err != nil {
				return err
			}
			e.Number = binary.BigEndian.Uint64(k)
			events = append(events, e)
		}
		return nil
	})
	return events, err
}

// Told takes events out of the outbox. A topic's box that is empty goes, too.
func (s *Store) Told(topic string, events []Event) error {
	return s.update(func(t *txn) error {
		box := t.Bucket(kOutbox).Bucket([]byte(topic))
		for _, e := range events {
			if err := box.Delete(binary.BigEndian.AppendUint64(nil, e.Number)); err != nil {
				return err
			}
		}
		if k, _ := box.Cursor().First(); k == nil {
			return t.Bucket(kOutbox).DeleteBucket([]byte(topic))
		}
		return nil
	})
}
