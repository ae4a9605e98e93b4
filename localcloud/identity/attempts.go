package identity

import (
	"bytes"
	"crypto/rand"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const (
	maxAttempts   = 10
	attemptWindow = 5 * time.Minute
)

// attempts counts wrong passwords by tenant and address, of known and unknown accounts alike. Ten within five minutes
// of the first lock the address until those five minutes are over. The count is durable: a restart does not reset it.
type attempts struct {
	stripes [256]sync.Mutex
}

type attemptRecord struct {
	Count int
	First int64 // Unix milliseconds of the first of them
}

// guard holds an address's place in the queue, so that parallel guesses are counted one after another. The caller
// calls unlock.
func (a *attempts) guard(tenant, email string) (key []byte, unlock func()) {
	key = digest(string(scoped(tenant, email)))
	m := &a.stripes[key[0]]
	m.Lock()
	return key, m.Unlock
}

// locked reports whether the address has used up its attempts.
func locked(tx *bbolt.Tx, key []byte, now time.Time) (bool, error) {
	r, _, err := get[attemptRecord](tx, bucketAttempts, key)
	return r.Count >= maxAttempts && now.Before(r.end()), err
}

// failed counts one wrong password.
func failed(tx *bbolt.Tx, key []byte, now time.Time) error {
	r, _, err := get[attemptRecord](tx, bucketAttempts, key)
	if err != nil {
		return err
	}
	if !now.Before(r.end()) {
		r = attemptRecord{First: now.UnixMilli()}
	}
	r.Count++
	if err := put(tx, bucketAttempts, key, r); err != nil {
		return err
	}
	return sweepAttempts(tx, now)
}

// succeeded forgets the address's wrong passwords.
func succeeded(tx *bbolt.Tx, key []byte) error { return tx.Bucket(bucketAttempts).Delete(key) }

func (r attemptRecord) end() time.Time { return time.UnixMilli(r.First).Add(attemptWindow) }

// sweepAttempts looks at a few records from a random place on and drops those whose window is over. Each failure adds
// at most one record and looks at several, so the bucket stays in proportion to the failures of the last window.
func sweepAttempts(tx *bbolt.Tx, now time.Time) error {
	start := make([]byte, 32)
	rand.Read(start)
	c := tx.Bucket(bucketAttempts).Cursor()
	var dead [][]byte
	for i, k := 0, first(c.Seek(start)); i < 8 && k != nil; i, k = i+1, first(c.Next()) {
		r, _, err := get[attemptRecord](tx, bucketAttempts, k)
		if err != nil {
			return err
		}
		if !now.Before(r.end()) {
			dead = append(dead, bytes.Clone(k))
		}
	}
	for _, k := range dead {
		if err := tx.Bucket(bucketAttempts).Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func first(k, _ []byte) []byte { return k }
