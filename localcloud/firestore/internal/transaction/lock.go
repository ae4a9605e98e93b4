package transaction

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// lock is the lock on one document. It exists while it is held. All its fields are guarded by the
// lock of the Table.
type lock struct {
	key    lockKey
	holder *Transaction
	queue  []*waiter
}

type waiter struct {
	tx      *Transaction
	granted chan struct{} // closed when the lock has been passed to tx
}

// Lock locks the documents for the transaction, one after the other; those it holds already cost
// nothing. The error is Aborted, after a wait that took too long or would never end, or that of
// ctx.
func (tx *Transaction) Lock(ctx context.Context, keys ...resource.Key) error {
	deadline := time.NewTimer(tx.table.limits.Wait)
	defer deadline.Stop()
	for _, key := range keys {
		if err := tx.lock(ctx, lockKey{tx.Database, key}, deadline.C); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Transaction) lock(ctx context.Context, key lockKey, deadline <-chan time.Time) error {
	w, l, err := tx.request(key)
	if w == nil {
		return err
	}
	select {
	case <-w.granted:
		return nil
	case <-tx.ended:
		err = errExpired
	case <-deadline:
		err = errContention
	case <-ctx.Done():
		err = status.FromContextError(ctx.Err()).Err()
	}
	tx.giveUp(l, w)
	return err
}

var errContention = status.Error(codes.Aborted, "Too much contention on these documents. Please try again.")

// request takes the lock if it is free. Else it returns a waiter, or Aborted if the wait would
// never end.
func (tx *Transaction) request(key lockKey) (*waiter, *lock, error) {
	t := tx.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if tx.over {
		return nil, nil, errExpired
	}
	l := t.locks[key]
	if l == nil {
		l = &lock{key: key, holder: tx}
		t.locks[key] = l
		tx.held = append(tx.held, l)
		return nil, nil, nil
	}
	for holder := l.holder; holder != tx; holder = holder.waiting.holder {
		if holder.waiting == nil {
			w := &waiter{tx: tx, granted: make(chan struct{})}
			l.queue = append(l.queue, w)
			tx.waiting = l
			return w, l, nil
		}
	}
	if l.holder == tx {
		return nil, nil, nil
	}
	return nil, nil, errContention
}

// giveUp takes a waiter back out of the queue. The lock may have been passed to it in the meantime:
// then it is held, and goes with the transaction's others.
func (tx *Transaction) giveUp(l *lock, w *waiter) {
	t := tx.table
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range l.queue {
		if other == w {
			l.queue = append(l.queue[:i:i], l.queue[i+1:]...)
			tx.waiting = nil
			return
		}
	}
}

// pass gives the lock to the first who waits and is not over, or does away with it.
func (l *lock) pass(t *Table) {
	for len(l.queue) > 0 {
		w := l.queue[0]
		l.queue = l.queue[1:]
		if w.tx.over {
			continue
		}
		l.holder, w.tx.waiting = w.tx, nil
		w.tx.held = append(w.tx.held, l)
		close(w.granted)
		return
	}
	delete(t.locks, l.key)
}

// Yield waits, before a write outside any transaction, until no transaction holds a lock on the
// documents; but no longer than the limit, for then the write goes ahead and the transactions will
// abort. The error is that of ctx.
func (t *Table) Yield(ctx context.Context, db *store.Database, keys []resource.Key) error {
	var deadline <-chan time.Time
	for _, key := range keys {
		for {
			holder := t.holder(lockKey{db, key})
			if holder == nil {
				break
			}
			if deadline == nil {
				timer := time.NewTimer(t.limits.Wait)
				defer timer.Stop()
				deadline = timer.C
			}
			select {
			case <-holder.ended:
			case <-deadline:
				return nil
			case <-ctx.Done():
				return status.FromContextError(ctx.Err()).Err()
			}
		}
	}
	return nil
}

func (t *Table) holder(key lockKey) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.locks[key]; l != nil {
		return l.holder
	}
	return nil
}
