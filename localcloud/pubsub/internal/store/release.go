package store

import (
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// Release makes what is out due at once: for a subscription whose deliveries all ended with the
// process that made them. The error is ErrNoSubscription.
func (s *Store) Release(subscription string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		q := queueOf(tx, subscription)
		var out []uint64
		err := q.states.ForEach(func(k, _ []byte) error {
			number := binary.BigEndian.Uint64(k)
			st, _, err := q.state(number)
			if err == nil && st.Out {
				out = append(out, number)
			}
			return err
		})
		for _, number := range out {
			if err != nil {
				return err
			}
			var st state
			if st, _, err = q.state(number); err == nil {
				st.Out, st.Last, st.Due = false, false, s.now()
				err = q.set(number, st)
			}
		}
		return err
	})
}
