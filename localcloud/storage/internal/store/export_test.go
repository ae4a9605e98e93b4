package store

import "go.etcd.io/bbolt"

// Sessions counts the sessions on disk.
func (s *Store) Sessions() (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(kSessions).Stats().KeyN
		return nil
	})
	return n, err
}
