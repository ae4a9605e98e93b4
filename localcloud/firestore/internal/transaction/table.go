package transaction

import (
	"crypto/rand"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// Limits says how long transactions may take.
type Limits struct {
	Idle time.Duration // unused for so long, a transaction expires
	Life time.Duration // so old, it expires even if used
	Wait time.Duration // the longest wait for a lock
}

// DefaultLimits are the service's own, but for the wait, which suits a developer.
var DefaultLimits = Limits{Idle: time.Minute, Life: 270 * time.Second, Wait: 10 * time.Second}

// Table holds the transactions under way.
type Table struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	byID  map[string]*Transaction
	locks map[lockKey]*lock
}

// NewTable returns an empty table. It keeps the limits by its own timers, and by the clock where
// Expire asks it to.
func NewTable(limits Limits, now func() time.Time) *Table {
	return &Table{limits: limits, now: now, byID: map[string]*Transaction{}, locks: map[lockKey]*lock{}}
}

// Transaction is a transaction under way. Its requests run one at a time, between Acquire and
// Release.
type Transaction struct {
	ID       string
	Database *store.Database
	Snapshot *store.Snapshot // what a read-only transaction sees; nil in a read-write transaction

	table   *Table
	expires time.Time // at the latest
	turn    chan struct{}
	ended   chan struct{} // closed at its end
	idle    *time.Timer

	observations []Observation // by whoever has the turn

	// Guarded by the lock of the Table.
	held    []*lock
	waiting *lock
	over    bool
	due     time.Time // expires then, unless it is used before; zero while it is in use
}

// Observation reports whether what a transaction read is still so.
type Observation func(*store.Snapshot) bool

// Begin begins a transaction: a read-only one if snapshot is not nil.
func (t *Table) Begin(db *store.Database, snapshot *store.Snapshot) *Transaction {
	now := t.now()
	tx := &Transaction{
		ID:       rand.Text(),
		Database: db,
		Snapshot: snapshot,
		table:    t,
		expires:  now.Add(t.limits.Life),
		turn:     make(chan struct{}, 1),
		ended:    make(chan struct{}),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID[tx.ID] = tx
	tx.idle = time.AfterFunc(t.limits.Idle, tx.End)
	tx.due = now.Add(t.limits.Idle)
	return tx
}

// Acquire returns the transaction of that id, of database db, for one request: it waits until the
// transaction's other requests are done. The caller must Release or End it. The error is
// InvalidArgument.
func (t *Table) Acquire(db *store.Database, id []byte) (*Transaction, error) {
	t.mu.Lock()
	tx := t.byID[string(id)]
	t.mu.Unlock()
	if tx == nil || tx.Database != db {
		return nil, errExpired
	}
	select {
	case tx.turn <- struct{}{}:
	case <-tx.ended:
		return nil, errExpired
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if tx.over {
		return nil, errExpired
	}
	tx.idle.Stop()
	tx.due = time.Time{}
	return tx, nil
}

var errExpired = status.Error(codes.InvalidArgument, "The referenced transaction has expired or is no longer valid.")

// Release lets the transaction's next request run.
func (tx *Transaction) Release() {
	t := tx.table
	t.mu.Lock()
	if !tx.over {
		now := t.now()
		left := min(t.limits.Idle, max(0, tx.expires.Sub(now)))
		tx.idle.Reset(left)
		tx.due = now.Add(left)
	}
	t.mu.Unlock()
	<-tx.turn
}

// Expire ends the transactions that are due by the clock. It is to be called when the clock has
// moved by itself, for the timers have not seen that.
func (t *Table) Expire() {
	now := t.now()
	var due []*Transaction
	t.mu.Lock()
	for _, tx := range t.byID {
		if !tx.due.IsZero() && !now.Before(tx.due) {
			due = append(due, tx)
		}
	}
	t.mu.Unlock()
	for _, tx := range due {
		tx.End()
	}
}

// End ends the transaction and lets go of its locks. It may be called more than once.
func (tx *Transaction) End() {
	t := tx.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if tx.over {
		return
	}
	tx.over = true
	tx.idle.Stop()
	close(tx.ended)
	delete(t.byID, tx.ID)
	for _, l := range tx.held {
		l.pass(t)
	}
	tx.held = nil
}

// Rollback ends the transaction of that id, of database db, whatever it is doing. The error is
// InvalidArgument.
func (t *Table) Rollback(db *store.Database, id []byte) error {
	t.mu.Lock()
	tx := t.byID[string(id)]
	t.mu.Unlock()
	if tx == nil || tx.Database != db {
		return errExpired
	}
	tx.End()
	return nil
}

// Observe records what the transaction read.
func (tx *Transaction) Observe(o Observation) { tx.observations = append(tx.observations, o) }

// Check reports, as Aborted, that something the transaction read has changed.
func (tx *Transaction) Check(now *store.Snapshot) error {
	for _, holds := range tx.observations {
		if !holds(now) {
			return status.Error(codes.Aborted, "Aborted due to cross-transaction contention. What the transaction read has changed.")
		}
	}
	return nil
}

// ReadOnly reports whether the transaction may not write.
func (tx *Transaction) ReadOnly() bool { return tx.Snapshot != nil }

// lockKey names a document of any database.
type lockKey struct {
	database *store.Database
	key      resource.Key
}
