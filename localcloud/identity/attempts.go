package identity

import (
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const (
	maxAttempts   = 10
	attemptWindow = 5 * time.Minute
)

// attempts counts wrong passwords by tenant and address, of known and unknown accounts alike. Ten
// within five minutes of the first lock the address until those five minutes are over. The count is
// durable: a restart does not reset it.
type attempts struct {
	stripes [256]sync.Mutex
}

type attemptRecord struct {
	Count int
	First int64 // Unix milliseconds of the first of them
}

// guard holds an address's place in the queue, so that parallel guesses are counted one after
// another. The caller calls unlock.
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
	return sweep[attemptRecord](tx, bucketAttempts, now)
}

// succeeded forgets the address's wrong passwords.
func succeeded(tx *bbolt.Tx, key []byte) error { return tx.Bucket(bucketAttempts).Delete(key) }

func (r attemptRecord) end() time.Time { return time.UnixMilli(r.First).Add(attemptWindow) }
