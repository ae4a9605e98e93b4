package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// SessionLife is how long an upload may take, and the longest that a finished one is remembered.
//
// https://cloud.google.com/storage/docs/resumable-uploads#session-uris
const SessionLife = 7 * 24 * time.Hour

// swept is how many sessions that are too old a new one removes at most: more than it adds, so that
// none stays for long.
const swept = 8

// Begin keeps a new session and gives it an id that cannot be guessed: whoever holds it may go on
// with the upload.
func (s *Store) Begin(ses Session) (Session, error) {
	b, err := s.NewBlob()
	if err != nil {
		return Session{}, err
	}
	if err := b.seal(); err != nil {
		b.Discard()
		return Session{}, err
	}
	ses.Blob = b.name
	err = s.update(func(t *txn) error {
		if _, err := bucket(t.Tx, ses.Object.Bucket); err != nil {
			return err
		}
		if err := t.sweepSessions(); err != nil {
			return err
		}
		// The time comes first so that the oldest session does, too; the rest is what nobody
		// guesses.
		ses.ID, ses.Created = fmt.Sprintf("%016X", t.now.UnixMicro())+rand.Text()+rand.Text(), t.now
		if err := t.Bucket(kBlobs).Put([]byte(ses.Blob), []byte{}); err != nil {
			return err
		}
		return put(t.Bucket(kSessions), []byte(ses.ID), ses)
	})
	if err != nil {
		b.Discard()
	}
	return ses, err
}

// Session returns a session, or ErrNoSession for one that is unknown, abandoned or too old.
func (s *Store) Session(id string) (ses Session, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		ses, err = session(tx, id)
		return err
	})
	if err == nil && s.now().Sub(ses.Created) > SessionLife {
		return Session{}, ErrNoSession
	}
	return ses, err
}

func session(tx *bbolt.Tx, id string) (Session, error) {
	ses, ok, err := get[Session](tx.Bucket(kSessions), []byte(id))
	if err == nil && !ok {
		err = ErrNoSession
	}
	return ses, err
}

// Resume opens a session's content where it stands. One caller at a time.
func (s *Store) Resume(ses Session) (*Blob, error) { return s.reopen(ses.Blob, ses.Offset, ses.Sums) }

// Advance makes what was written to a session's content durable and remembers how far it has come.
func (s *Store) Advance(ses Session, b *Blob) (Session, error) {
	if err := b.file.Sync(); err != nil {
		return ses, fmt.Errorf("store: write content: %w", err)
	}
	state, err := b.state()
	if err != nil {
		return ses, err
	}
	ses.Offset, ses.Sums = b.size, state
	err = s.update(func(t *txn) error {
		if _, err := session(t.Tx, ses.ID); err != nil {
			return err
		}
		return put(t.Bucket(kSessions), []byte(ses.ID), ses)
	})
	return ses, err
}

// Finish makes a session's content an object. The session stays known for as long as that
// generation is there, so that a client which missed the answer can ask again.
func (s *Store) Finish(ses Session, b *Blob, admit Admit) (o Object, err error) {
	if err := b.seal(); err != nil {
		return Object{}, err
	}
	err = s.update(func(t *txn) error {
		if _, err := session(t.Tx, ses.ID); err != nil {
			return err
		}
		made := ses.Object
		made.Session = ses.ID
		if o, err = t.putObject(made, b, admit); err != nil {
			return err
		}
		ses.Finished, ses.Offset, ses.Sums, ses.Blob = o.Generation, o.Size, nil, ""
		return put(t.Bucket(kSessions), []byte(ses.ID), ses)
	})
	return o, err
}

// Abandon ends a session and forgets what it had received.
func (s *Store) Abandon(id string) error {
	return s.update(func(t *txn) error {
		ses, err := session(t.Tx, id)
		if err != nil {
			return err
		}
		return t.dropSession(ses)
	})
}

// ExpireSessions removes all sessions that are too old.
func (s *Store) ExpireSessions() error {
	return s.update(func(t *txn) error { return t.dropSessions(t.expired) })
}

func (t *txn) expired(ses Session) bool { return t.now.Sub(ses.Created) > SessionLife }

// sweepSessions removes some sessions that are too old, the oldest first.
func (t *txn) sweepSessions() error {
	c := t.Bucket(kSessions).Cursor()
	for range swept {
		k, _ := c.First()
		if k == nil {
			return nil
		}
		ses, err := session(t.Tx, string(k))
		if err != nil || !t.expired(ses) {
			return err
		}
		if err := t.dropSession(ses); err != nil {
			return err
		}
	}
	return nil
}

// dropSessions ends the sessions that match.
func (t *txn) dropSessions(match func(Session) bool) error {
	sessions := t.Bucket(kSessions)
	var drop []Session
	err := sessions.ForEach(func(k, _ []byte) error {
		ses, _, err := get[Session](sessions, k)
		if err == nil && match(ses) {
			drop = append(drop, ses)
		}
		return err
	})
	for _, ses := range drop {
		err = errors.Join(err, t.dropSession(ses))
	}
	return err
}

func (t *txn) dropSession(ses Session) error {
	if ses.Blob != "" {
		if err := t.drop(ses.Blob); err != nil {
			return err
		}
	}
	return t.Bucket(kSessions).Delete([]byte(ses.ID))
}
