package identity

import "go.etcd.io/bbolt"

// Attempts counts the addresses whose wrong passwords are remembered.
func (s *Service) Attempts() (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(bucketAttempts).Stats().KeyN
		return nil
	})
	return n, err
}
