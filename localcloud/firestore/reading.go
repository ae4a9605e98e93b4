package firestore

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

// reading is what one request reads: the present, a moment of the past, or a transaction's view.
type reading struct {
	database *store.Database
	snapshot *store.Snapshot          // nil in a read-write transaction, which reads the present under its locks
	tx       *transaction.Transaction // nil: none
	begun    []byte                   // the id of a transaction that the request began
}

// consistency is the part of a request that says what to read.
type consistency interface {
	GetTransaction() []byte
	GetReadTime() *timestamppb.Timestamp
}

// read begins the reading that a request asks for. The caller must close it.
func (s *Server) read(db *store.Database, req consistency) (*reading, error) {
	r := &reading{database: db}
	var err error
	switch begin, _ := req.(interface {
		GetNewTransaction() *firestorepb.TransactionOptions
	}); {
	case len(req.GetTransaction()) > 0:
		r.tx, err = s.transactions.Acquire(db, req.GetTransaction())
	case begin != nil && begin.GetNewTransaction() != nil:
		if r.tx, err = s.begin(db, begin.GetNewTransaction()); err == nil {
			r.begun = []byte(r.tx.ID)
			r.tx, err = s.transactions.Acquire(db, r.begun)
		}
	case req.GetReadTime() != nil:
		r.snapshot, err = snapshotAt(db, req.GetReadTime())
	default:
		r.snapshot, err = db.Snapshot()
	}
	if r.tx != nil {
		r.snapshot = r.tx.Snapshot
	}
	if err == nil && r.snapshot != nil {
		if err = db.Keeps(r.snapshot.Time()); err != nil {
			r.close(err)
		}
	}
	return r, err
}

// close ends the reading. A transaction that began with a request that failed ends with it.
func (r *reading) close(err error) {
	switch {
	case r.tx == nil:
	case err != nil && r.begun != nil:
		r.tx.End()
	default:
		r.tx.Release()
	}
}

func snapshotAt(db *store.Database, at *timestamppb.Timestamp) (*store.Snapshot, error) {
	if err := at.CheckValid(); err != nil {
		return nil, invalid("invalid read time: %v", err)
	}
	return db.SnapshotAt(at.AsTime())
}

// get returns the documents at keys, nil for those that are not there, and the snapshot they are
// from.
func (r *reading) get(ctx context.Context, keys []resource.Key) ([]*store.Document, *store.Snapshot, error) {
	snapshot := r.snapshot
	if snapshot == nil {
		// In one order for all, so that two transactions do not lock each other out.
		if err := r.tx.Lock(ctx, slices.SortedFunc(slices.Values(keys), resource.Key.Compare)...); err != nil {
			return nil, nil, err
		}
		var err error
		if snapshot, err = r.database.Snapshot(); err != nil {
			return nil, nil, err
		}
	}
	docs := make([]*store.Document, len(keys))
	for i, key := range keys {
		doc := snapshot.Get(key)
		docs[i] = doc
		if r.snapshot == nil {
			r.tx.Observe(func(now *store.Snapshot) bool { return sameVersion(doc, now.Get(key)) })
		}
	}
	return docs, snapshot, nil
}

func sameVersion(a, b *store.Document) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Updated.Equal(b.Updated)
}

// maxLockings is how often a query in a transaction is run again because its results changed while
// it waited for their locks. After that it takes what it has; should that be out of date, the
// commit will abort.
const maxLockings = 8

// run runs a query. In a read-write transaction the results are locked.
func (r *reading) run(ctx context.Context, q *query.Query) (query.Result, error) {
	if r.snapshot != nil {
		return q.Run(r.snapshot), nil
	}
	var last query.Result
	for i := range maxLockings {
		snapshot, err := r.database.Snapshot()
		if err != nil {
			return last, err
		}
		result := q.Run(snapshot)
		unchanged := i > 0 && query.Same(last.Found, result.Found)
		last = result
		if unchanged {
			break
		}
		if err := r.tx.Lock(ctx, keysOf(result.Found)...); err != nil {
			return last, err
		}
	}
	r.tx.Observe(func(now *store.Snapshot) bool { return query.Same(last.Found, q.Run(now).Found) })
	return last, nil
}

func keysOf(docs []*store.Document) []resource.Key {
	keys := make([]resource.Key, len(docs))
	for i, d := range docs {
		keys[i] = d.Key
	}
	slices.SortFunc(keys, resource.Key.Compare)
	return keys
}
