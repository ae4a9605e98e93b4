package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// names of the top-level bbolt buckets.
var (
	kBuckets  = []byte("buckets")  // name -> Bucket
	kLive     = []byte("live")     // bucket -> object name -> Object
	kOld      = []byte("old")      // bucket -> object name, 0, generation -> Object
	kBlobs    = []byte("blobs")    // blob -> nothing: the contents that some record names
	kSessions = []byte("sessions") // id -> Session
	kUploads  = []byte("uploads")  // id -> Upload
	kParts    = []byte("parts")    // upload id -> number -> Part
	kMeta     = []byte("meta")
	kOutbox   = []byte("outbox") // topic -> number -> Event

	kGeneration = []byte("generation")
)

// Store is an open store.
type Store struct {
	db    *bbolt.DB
	blobs string
	now   func() time.Time
	news  chan struct{} // holds one when the outbox may have something
}

// Open opens the store in dir, which it creates if missing, and sweeps away what a crash may have
// left. It fails when another process has the store open.
func Open(dir string, now func() time.Time) (*Store, error) {
	blobs := filepath.Join(dir, "blobs")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(dir, "storage.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", dir, err)
	}
	s := &Store{db: db, blobs: blobs, now: now, news: make(chan struct{}, 1)}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("store: prepare %s: %w", dir, errors.Join(err, db.Close()))
	}
	return s, nil
}

// Close waits for transactions under way and closes the store.
func (s *Store) Close() error { return s.db.Close() }

func (s *Store) prepare() error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{kBuckets, kLive, kOld, kBlobs, kSessions, kUploads, kParts, kMeta, kOutbox} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.ExpireSessions(); err != nil {
		return err
	}
	return s.sweep()
}

// txn is a transaction that changes the store.
type txn struct {
	*bbolt.Tx
	now     time.Time
	dropped []string // contents that no record names any more once this commits
	emitted bool     // there is an event in the outbox that was not there before
}

// update runs fn in a transaction, and once it is committed removes the contents that it dropped.
func (s *Store) update(fn func(*txn) error) error {
	t := &txn{now: s.now().UTC().Truncate(time.Microsecond)}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		t.Tx = tx
		return fn(t)
	})
	if err != nil {
		return err
	}
	if t.emitted {
		s.announce()
	}
	for _, blob := range t.dropped {
		s.remove(blob)
	}
	return nil
}

// nextGeneration returns a number that grows from call to call, over restarts and clocks set back:
// the time in microseconds where that is greater than the last.
func (t *txn) nextGeneration() (int64, error) {
	meta := t.Bucket(kMeta)
	next := t.now.UnixMicro()
	if v := meta.Get(kGeneration); v != nil {
		next = max(next, int64(binary.BigEndian.Uint64(v))+1)
	}
	return next, meta.Put(kGeneration, binary.BigEndian.AppendUint64(nil, uint64(next)))
}

func put(b *bbolt.Bucket, key []byte, record any) error {
	v, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return b.Put(key, v)
}

// get reads the record under key; ok is false when there is none.
func get[T any](b *bbolt.Bucket, key []byte) (record T, ok bool, err error) {
	v := b.Get(key)
	if v == nil {
		return record, false, nil
	}
	return record, true, json.Unmarshal(v, &record)
}
