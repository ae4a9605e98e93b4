package store

import (
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
)

// Delivery is a message that is out.
type Delivery struct {
	Message *pubsubpb.PubsubMessage
	Number  uint64
	Attempt int // the first is 1
}

// Terms are how a subscription's messages are delivered. They are computed from the subscription by
// who asks.
type Terms struct {
	Deadline    time.Duration                   // for an acknowledgement
	Backoff     func(attempt int) time.Duration // added before a redelivery; nil: none
	MaxAttempts int                             // before the dead letter topic; 0: no limit
	Forward     bool                            // whether Tend is told to forward to it; else messages are delivered on and on
}

func (t Terms) backoff(attempt int) time.Duration {
	if t.Backoff == nil {
		return 0
	}
	return t.Backoff(attempt)
}

// Claim marks at most limit messages, of at most size bytes unless it is one alone, as out until
// the deadline, and returns them. What exceeds the size stays. The error is ErrNoSubscription.
func (s *Store) Claim(subscription string, t Terms, limit, size int) (out []Delivery, err error) {
	if some, err := s.hasDue(subscription, t); err != nil || !some {
		return nil, err
	}
	err = s.db.Batch(func(tx *bbolt.Tx) error {
		out = nil
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		q, now, total := queueOf(tx, subscription), s.now(), 0
		for _, number := range q.deliverable(t, now, limit) {
			st, _, err := q.state(number)
			if err != nil {
				return err
			}
			m, err := q.message(number)
			if err != nil {
				return err
			}
			if total += len(m.Data); total > size && len(out) > 0 {
				break
			}
			st.Attempts++
			st.Out, st.Last = true, t.MaxAttempts > 0 && st.Attempts >= t.MaxAttempts
			st.Due = now.Add(t.Deadline)
			if !st.Last {
				st.Due = st.Due.Add(t.backoff(st.Attempts))
			}
			if err := q.set(number, st); err != nil {
				return err
			}
			out = append(out, Delivery{Message: m, Number: number, Attempt: st.Attempts})
		}
		return nil
	})
	return out, err
}

// deliverable returns at most limit numbers of messages that can be delivered now.
func (q queue) deliverable(t Terms, now time.Time, limit int) []uint64 {
	numbers := dueBy(q.due, now, limit)
	if !t.Forward {
		numbers = append(numbers, dueBy(q.last, now, limit-len(numbers))...)
	}
	return numbers
}

func (s *Store) hasDue(subscription string, t Terms) (some bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		some = len(queueOf(tx, subscription).deliverable(t, s.now(), 1)) > 0
		return nil
	})
	return some, err
}

// KeepOut forgets those receipts whose deliveries are out no longer. The error is
// ErrNoSubscription.
func (s *Store) KeepOut(subscription string, receipts map[Receipt]int) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		q, now := queueOf(tx, subscription), s.now()
		for r := range receipts {
			st, ok, err := q.state(r.Number)
			if err != nil {
				return err
			}
			if !ok || !st.Out || st.Attempts != r.Attempt || st.Due.Before(now) {
				delete(receipts, r)
			}
		}
		return nil
	})
}

// Receipt names a delivery: a message and which of its deliveries.
type Receipt struct {
	Number  uint64
	Attempt int
}

// Acknowledge forgets the messages, whichever of their deliveries the receipts are of. Those that
// are not there any more are not asked for again, and that is no error. The error is
// ErrNoSubscription.
func (s *Store) Acknowledge(subscription string, receipts []Receipt) error {
	return s.db.Batch(func(tx *bbolt.Tx) error {
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		q := queueOf(tx, subscription)
		for _, r := range receipts {
			if err := q.drop(r.Number); err != nil {
				return err
			}
		}
		return nil
	})
}

// Extend sets the deadline of deliveries to d from now; 0 gives them back, to be delivered again
// after the back-off. Receipts of an earlier delivery than the latest, or of one that is out no
// longer, change nothing. The error is ErrNoSubscription.
func (s *Store) Extend(subscription string, t Terms, receipts []Receipt, d time.Duration) error {
	return s.db.Batch(func(tx *bbolt.Tx) error {
		if _, err := subscriptionOf(tx, subscription); err != nil {
			return err
		}
		q, now := queueOf(tx, subscription), s.now()
		for _, r := range receipts {
			st, ok, err := q.state(r.Number)
			if err != nil {
				return err
			}
			if !ok || !st.Out || st.Attempts != r.Attempt {
				continue
			}
			st.Out = d > 0
			st.Due = now.Add(d)
			if !st.Last {
				st.Due = st.Due.Add(t.backoff(st.Attempts))
			}
			if err := q.set(r.Number, st); err != nil {
				return err
			}
		}
		return nil
	})
}
