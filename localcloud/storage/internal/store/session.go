package store

import (
	"crypto/rand"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// SessionLife is how long an upload may take.
const SessionLife = 7 * 24 * time.Hour

// Begin keeps a new session and gives it an id that cannot be guessed: whoever holds it may go on with the upload.
func (s *Store) Begin(ses Session) (Session, error) {
	b, err := s.NewBlob()
	if err != nil {
		return Session{}, err
	}
	if err := b.seal(); err != nil {
		b.Discard()
		return Session{}, err
	}
	ses.ID = rand.Text() + rand.Text()
	ses.Blob = b.name
	err = s.update(func(t *txn) error {
		if _, err := bucket(t.Tx, ses.Object.Bucket); err != nil {
			return err
		}
		ses.Created = t.now
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

// Finish makes a session's content an object. The session stays known, so that a client which missed the answer can ask
// again. A refusal by admit ends the session.
func (s *Store) Finish(ses Session, b *Blob, admit Admit) (o Object, err error) {
	if err := b.seal(); err != nil {
		return Object{}, err
	}
	err = s.update(func(t *txn) error {
		if _, err := session(t.Tx, ses.ID); err != nil {
			return err
		}
		if o, err = t.putObject(ses.Object, b, admit); err != nil {
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
		if _, err := session(t.Tx, id); err != nil {
			return err
		}
		return t.dropSessions(func(ses Session) bool { return ses.ID == id })
	})
}

func (s *Store) expireSessions() error {
	return s.update(func(t *txn) error {
		return t.dropSessions(func(ses Session) bool { return t.now.Sub(ses.Created) > SessionLife })
	})
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
		if err == nil && ses.Blob != "" {
			err = t.drop(ses.Blob)
		}
		if err == nil {
			err = sessions.Delete([]byte(ses.ID))
		}
	}
	return err
}
