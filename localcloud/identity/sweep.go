package identity

import (
	"bytes"
	"crypto/rand"
	"time"

	"go.etcd.io/bbolt"
)

// passing is a record that means nothing after a time.
type passing interface{ end() time.Time }

func (c oobCode) end() time.Time       { return c.Expires }
func (p pendingSignIn) end() time.Time { return p.Expires }
func (e enrollment) end() time.Time    { return e.Expires }

// keep puts a record that passes, in the place of some that have.
func keep[T passing](tx *bbolt.Tx, bucket, key []byte, v T, now time.Time) error {
	if err := put(tx, bucket, key, v); err != nil {
		return err
	}
	return sweep[T](tx, bucket, now)
}

// sweep looks at a few records from a random place on and drops those that have passed. Called with
// each record that is added, it keeps the bucket in proportion to what was added of late. Keys are
// digests, so that any place is as good.
func sweep[T passing](tx *bbolt.Tx, bucket []byte, now time.Time) error {
	start := make([]byte, 32)
	rand.Read(start)
	c := tx.Bucket(bucket).Cursor()
	var dead [][]byte
	for i, k := 0, first(c.Seek(start)); i < 8 && k != nil; i, k = i+1, first(c.Next()) {
		r, _, err := get[T](tx, bucket, k)
		if err != nil {
			return err
		}
		if !now.Before(r.end()) {
			dead = append(dead, bytes.Clone(k))
		}
	}
	for _, k := range dead {
		if err := tx.Bucket(bucket).Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func first(k, _ []byte) []byte { return k }
