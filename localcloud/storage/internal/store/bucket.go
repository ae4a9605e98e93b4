package store

import (
	"bytes"
	"errors"

	"go.etcd.io/bbolt"
)

// CreateBucket makes a bucket of the given name, project and settings.
func (s *Store) CreateBucket(b Bucket) (Bucket, error) {
	err := s.update(func(t *txn) error {
		buckets := t.Bucket(kBuckets)
		if buckets.Get([]byte(b.Name)) != nil {
			return ErrBucketExists
		}
		generation, err := t.nextGeneration()
		if err != nil {
			return err
		}
		b.Generation, b.Metageneration = generation, 1
		b.Created, b.Updated = t.now, t.now
		for _, parent := range [][]byte{kLive, kOld} {
			if _, err := t.Bucket(parent).CreateBucket([]byte(b.Name)); err != nil {
				return err
			}
		}
		return put(buckets, []byte(b.Name), b)
	})
	return b, err
}

// Bucket returns a bucket's record, or ErrNoBucket.
func (s *Store) Bucket(name string) (b Bucket, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b, err = bucket(tx, name)
		return err
	})
	return b, err
}

func bucket(tx *bbolt.Tx, name string) (Bucket, error) {
	b, ok, err := get[Bucket](tx.Bucket(kBuckets), []byte(name))
	if err == nil && !ok {
		err = ErrNoBucket
	}
	return b, err
}

// Buckets returns at most limit buckets of a project whose names begin with prefix and are not less
// than start, by name; next is where the following page starts, empty at the end.
func (s *Store) Buckets(project, prefix, start string, limit int) (page []Bucket, next string, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		buckets := tx.Bucket(kBuckets)
		c := buckets.Cursor()
		for k, _ := c.Seek([]byte(max(prefix, start))); bytes.HasPrefix(k, []byte(prefix)) && k != nil; k, _ = c.Next() {
			b, _, err := get[Bucket](buckets, k)
			if err != nil {
				return err
			}
			if b.Project != project {
				continue
			}
			if len(page) == limit {
				next = b.Name
				return nil
			}
			page = append(page, b)
		}
		return nil
	})
	return page, next, err
}

// UpdateBucket changes a bucket's settings; change sees the present record and may refuse, or
// answer ErrUnchanged.
func (s *Store) UpdateBucket(name string, change func(*Bucket) error) (b Bucket, err error) {
	err = s.update(func(t *txn) error {
		if b, err = bucket(t.Tx, name); err != nil {
			return err
		}
		if err := change(&b); err != nil {
			return err
		}
		b.Metageneration++
		b.Updated = t.now
		return put(t.Bucket(kBuckets), []byte(name), b)
	})
	return b, changed(err)
}

// changed is a change's error: that it leaves everything as it is is none.
func changed(err error) error {
	if errors.Is(err, ErrUnchanged) {
		return nil
	}
	return err
}

// DeleteBucket deletes an empty bucket and the uploads under way into it; admit sees the record and
// may refuse.
func (s *Store) DeleteBucket(name string, admit func(Bucket) error) error {
	return s.update(func(t *txn) error {
		b, err := bucket(t.Tx, name)
		if err != nil {
			return err
		}
		if err := admit(b); err != nil {
			return err
		}
		for _, parent := range [][]byte{kLive, kOld} {
			if k, _ := t.Bucket(parent).Bucket([]byte(name)).Cursor().First(); k != nil {
				return ErrNotEmpty
			}
		}
		return errors.Join(
			t.Bucket(kLive).DeleteBucket([]byte(name)),
			t.Bucket(kOld).DeleteBucket([]byte(name)),
			t.dropSessions(func(ses Session) bool { return ses.Object.Bucket == name }),
			t.dropUploadsInto(name),
			t.Bucket(kBuckets).Delete([]byte(name)))
	})
}
