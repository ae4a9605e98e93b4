package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"
)

// Errors that callers tell apart.
var (
	ErrNoTopic        = errors.New("pubsub: no such topic")
	ErrNoSubscription = errors.New("pubsub: no such subscription")
	ErrExists         = errors.New("pubsub: there already is one of this name")
)

// DeletedTopic stands for the topic of a subscription that has lost it.
const DeletedTopic = "_deleted-topic_"

// names of the bbolt buckets.
var (
	kTopics        = []byte("topics")        // name -> Topic
	kSubscriptions = []byte("subscriptions") // name -> Subscription
	kAttached      = []byte("attached")      // topic, 0, subscription -> nothing
	kQueues        = []byte("queues")        // subscription -> queue

	kMessages = []byte("messages") // of a queue: number -> PubsubMessage
	kStates   = []byte("states")   // of a queue: number -> state
	kDue      = []byte("due")      // of a queue: time, number -> nothing
	kLast     = []byte("last")     // of a queue: time, number -> nothing
)

// Store is an open store. It is safe for concurrent use.
type Store struct {
	db  *bbolt.DB
	now func() time.Time
}

// Open opens the store in dir, which it creates if missing. It fails when another process has it
// open.
func Open(dir string, now func() time.Time) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("pubsub: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(dir, "pubsub.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("pubsub: open %s: %w", dir, err)
	}
	db.MaxBatchDelay = time.Millisecond
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{kTopics, kSubscriptions, kAttached, kQueues} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pubsub: prepare %s: %w", dir, errors.Join(err, db.Close()))
	}
	return &Store{db: db, now: now}, nil
}

// Close waits for transactions under way and closes the store.
func (s *Store) Close() error { return s.db.Close() }

func put(b *bbolt.Bucket, key []byte, m proto.Message) error {
	v, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return b.Put(key, v)
}

// get reads the message under key into m; ok is false when there is none.
func get(b *bbolt.Bucket, key []byte, m proto.Message) (ok bool, err error) {
	v := b.Get(key)
	if v == nil {
		return false, nil
	}
	return true, proto.Unmarshal(v, m)
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// timeKey is a key of "due" and "last".
func timeKey(at time.Time, number uint64) []byte {
	key := binary.BigEndian.AppendUint64(nil, uint64(max(at.UnixNano(), 0)))
	return binary.BigEndian.AppendUint64(key, number)
}

func parseTimeKey(key []byte) (at time.Time, number uint64) {
	return time.Unix(0, int64(binary.BigEndian.Uint64(key))), binary.BigEndian.Uint64(key[8:])
}
