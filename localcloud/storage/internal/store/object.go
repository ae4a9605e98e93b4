package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Admit sees the live generation, nil if there is none, and refuses a change by its error. It runs
// inside the transaction that makes the change and must not call the store.
type Admit func(live *Object) error

// Object returns a generation of an object, the live one for generation 0; or ErrNoBucket or
// ErrNoObject.
func (s *Store) Object(bucketName, name string, generation int64) (o Object, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		o, err = object(tx, bucketName, name, generation)
		return err
	})
	return o, err
}

func object(tx *bbolt.Tx, bucketName, name string, generation int64) (Object, error) {
	b, err := bucket(tx, bucketName)
	if err != nil {
		return Object{}, err
	}
	o, ok, err := get[Object](live(tx, bucketName), []byte(name))
	if err == nil && generation != 0 && (!ok || o.Generation != generation) {
		o, ok, err = get[Object](old(tx, bucketName), oldKey(name, generation))
	}
	if err == nil && !ok {
		err = ErrNoObject
	}
	b.retained(&o)
	return o, err
}

func live(tx *bbolt.Tx, bucketName string) *bbolt.Bucket {
	return tx.Bucket(kLive).Bucket([]byte(bucketName))
}

func old(tx *bbolt.Tx, bucketName string) *bbolt.Bucket {
	return tx.Bucket(kOld).Bucket([]byte(bucketName))
}

func oldKey(name string, generation int64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(name), 0), uint64(generation))
}

// Content returns a generation of an object and its content, opened. The two belong together even
// while the object is being replaced.
func (s *Store) Content(bucketName, name string, generation int64) (Object, *os.File, error) {
	for blob := ""; ; {
		o, err := s.Object(bucketName, name, generation)
		if err != nil {
			return Object{}, nil, err
		}
		f, err := os.Open(filepath.Join(s.blobs, o.Blob))
		if err == nil {
			return o, f, nil
		}
		// The record was read just before it was replaced, and its content removed since: read
		// again. A record that stays the same has lost its content.
		if !errors.Is(err, fs.ErrNotExist) || o.Blob == blob {
			return Object{}, nil, fmt.Errorf("store: content of %s/%s: %w", bucketName, name, err)
		}
		blob = o.Blob
	}
}

// Put makes b the content of a new generation of o's bucket and name, with o's settings and
// checksums taken from b. It takes b over, whatever comes of it. When it returns nil the object is
// durable.
func (s *Store) Put(o Object, b *Blob, admit Admit) (Object, error) {
	if err := b.seal(); err != nil {
		b.Discard()
		return Object{}, err
	}
	err := s.update(func(t *txn) (err error) {
		o, err = t.putObject(o, b, admit)
		return err
	})
	if err != nil {
		b.Discard()
	}
	return o, err
}

func (t *txn) putObject(o Object, b *Blob, admit Admit) (Object, error) {
	generation, err := t.nextGeneration()
	if err != nil {
		return Object{}, err
	}
	replaced, err := t.retire(o.Bucket, o.Name, generation, admit)
	if err != nil {
		return Object{}, err
	}
	in, err := bucket(t.Tx, o.Bucket)
	if err != nil {
		return Object{}, err
	}
	o.Generation, o.Metageneration = generation, 1
	o.Created, o.Updated = t.now, t.now
	if o.Settings.EventBasedHold == nil && isTrue(in.Settings.DefaultHold) {
		o.Settings.EventBasedHold = in.Settings.DefaultHold
	}
	in.retained(&o)
	o.Blob, o.Size, o.CRC32C = b.name, b.size, b.CRC32C()
	if o.Components == 0 {
		o.MD5 = b.MD5()
	}
	if err := t.Bucket(kBlobs).Put([]byte(b.name), []byte{}); err != nil {
		return Object{}, err
	}
	return o, errors.Join(
		put(live(t.Tx, o.Bucket), []byte(o.Name), o),
		t.emit(Event{Type: Finalized, Object: o, Overwrote: replaced}))
}

// retire takes the live generation away if admit lets it: into the old ones where the bucket keeps
// them, else for good. by is the generation that takes its place, 0 for none. It returns the
// generation that was live, 0 for none.
func (t *txn) retire(bucketName, name string, by int64, admit Admit) (replaced int64, err error) {
	b, err := bucket(t.Tx, bucketName)
	if err != nil {
		return 0, err
	}
	was, ok, err := get[Object](live(t.Tx, bucketName), []byte(name))
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, admit(nil)
	}
	if err := admit(&was); err != nil {
		return 0, err
	}
	b.retained(&was)
	if err := was.mayGo(t.now); err != nil {
		return 0, err
	}
	if err := live(t.Tx, bucketName).Delete([]byte(name)); err != nil {
		return 0, err
	}
	if b.Versioned() {
		was.Deleted = t.now
		return was.Generation, errors.Join(
			put(old(t.Tx, bucketName), oldKey(name, was.Generation), was),
			t.emit(Event{Type: Archived, Object: was, OverwrittenBy: by}))
	}
	return was.Generation, errors.Join(t.forget(was), t.emit(Event{Type: Deleted, Object: was, OverwrittenBy: by}))
}

// forget forgets a generation's content, and the upload that made it.
func (t *txn) forget(o Object) error {
	if o.Session == "" {
		return t.drop(o.Blob)
	}
	return errors.Join(t.drop(o.Blob), t.Bucket(kSessions).Delete([]byte(o.Session)))
}

// drop forgets a content.
func (t *txn) drop(blob string) error {
	t.dropped = append(t.dropped, blob)
	return t.Bucket(kBlobs).Delete([]byte(blob))
}

// DeleteObject deletes a generation of an object for good, or for generation 0 takes the live one
// away as the bucket's versioning says.
func (s *Store) DeleteObject(bucketName, name string, generation int64, admit Admit) error {
	return s.update(func(t *txn) error {
		o, err := object(t.Tx, bucketName, name, generation)
		if err != nil {
			return err
		}
		if generation == 0 {
			_, err := t.retire(bucketName, name, 0, admit)
			return err
		}
		if err := admit(&o); err != nil {
			return err
		}
		if err := o.mayGo(t.now); err != nil {
			return err
		}
		return errors.Join(t.place(o).Delete(t.key(o)), t.forget(o), t.emit(Event{Type: Deleted, Object: o}))
	})
}

// UpdateObject changes a generation's settings; change sees the present record and may refuse, or
// answer ErrUnchanged.
func (s *Store) UpdateObject(bucketName, name string, generation int64, change func(*Object) error) (o Object, err error) {
	err = s.update(func(t *txn) error {
		if o, err = object(t.Tx, bucketName, name, generation); err != nil {
			return err
		}
		held := isTrue(o.Settings.EventBasedHold)
		if err := change(&o); err != nil {
			return err
		}
		if held && !isTrue(o.Settings.EventBasedHold) {
			o.Released = t.now
		}
		b, err := bucket(t.Tx, bucketName)
		if err != nil {
			return err
		}
		b.retained(&o)
		o.Metageneration++
		o.Updated = t.now
		return errors.Join(put(t.place(o), t.key(o), o), t.emit(Event{Type: MetadataUpdated, Object: o}))
	})
	return o, changed(err)
}

// place and key are where a generation's record lies.
func (t *txn) place(o Object) *bbolt.Bucket {
	if o.Deleted.IsZero() {
		return live(t.Tx, o.Bucket)
	}
	return old(t.Tx, o.Bucket)
}

func (t *txn) key(o Object) []byte {
	if o.Deleted.IsZero() {
		return []byte(o.Name)
	}
	return oldKey(o.Name, o.Generation)
}
