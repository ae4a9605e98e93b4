package mail

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"
)

var bucket = []byte("mails")

// Message is a mail as it came.
type Message struct {
	ID   uint64    // in the order of arrival
	Time time.Time // of arrival
	From string    // of the envelope; empty for a bounce
	To   []string  // of the envelope
	Raw  []byte    // the mail itself: RFC 5322
}

func (s *Server) prepare() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
}

// keep stores a mail, drops the oldest of too many, and wakes whoever waits.
func (s *Server) keep(m Message) error {
	m.Time = s.cfg.Now()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		if id > Kept {
			if err := b.Delete(key(id - Kept)); err != nil {
				return err
			}
		}
		m.ID = id
		v, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return b.Put(key(id), v)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.came)
	s.came = make(chan struct{})
	return nil
}

func key(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// List returns the latest mails, the newest first: at most limit, or all of them if limit is 0.
func (s *Server) List(limit int) ([]Message, error) {
	var all []Message
	err := s.each(func(m Message) bool {
		all = append(all, m)
		return len(all) != limit
	})
	return all, err
}

// each calls visit with each mail, from the newest on, until that returns false.
func (s *Server) each(visit func(Message) bool) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			var m Message
			if err := json.Unmarshal(v, &m); err != nil {
				return err
			}
			if !visit(m) {
				return nil
			}
		}
		return nil
	})
}

// Count is how many mails are kept.
func (s *Server) Count() (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(bucket).Stats().KeyN
		return nil
	})
	return n, err
}

// Get returns the mail of that id; ok is false when it is not kept.
func (s *Server) Get(id uint64) (m Message, ok bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucket).Get(key(id))
		if ok = v != nil; !ok {
			return nil
		}
		return json.Unmarshal(v, &m)
	})
	return m, ok, err
}

// Wait returns the newest mail that matches: one that is kept already, or else the first to come.
// match is called with one mail at a time, and must not call the server. The error is that of a
// context that ended before, or one of reading the mails.
func (s *Server) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	var seen uint64 // every mail up to this one was looked at
	for {
		s.mu.Lock()
		came := s.came
		s.mu.Unlock()
		var found *Message
		newest := seen
		err := s.each(func(m Message) bool {
			newest = max(newest, m.ID)
			if m.ID > seen && match(m) {
				found = &m
			}
			return found == nil && m.ID > seen
		})
		if err != nil {
			return Message{}, err
		}
		if found != nil {
			return *found, nil
		}
		seen = newest
		select {
		case <-came:
		case <-ctx.Done():
			return Message{}, ctx.Err()
		}
	}
}
