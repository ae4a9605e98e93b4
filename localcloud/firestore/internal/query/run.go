package query

import (
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// Result is what a query found.
type Result struct {
	Found   []*store.Document // in order, not projected
	Skipped int               // by the offset
	Time    time.Time         // of the snapshot
}

// Run runs the query on the snapshot.
func (q *Query) Run(snapshot *store.Snapshot) Result {
	if q.nearest != nil {
		return q.runNearest(snapshot)
	}
	enough := -1
	if q.ordered() && q.limit >= 0 {
		enough = q.offset + q.limit
	}
	rows := q.rows(snapshot, enough)
	if !q.ordered() {
		slices.SortFunc(rows, q.compareRows)
	}
	result := Result{Skipped: min(q.offset, len(rows)), Time: snapshot.Time()}
	rows = rows[result.Skipped:]
	if q.limit >= 0 {
		rows = rows[:min(q.limit, len(rows))]
	}
	result.Found = make([]*store.Document, len(rows))
	for i, r := range rows {
		result.Found[i] = r.doc
	}
	return result
}

// ordered reports whether documents come out of the snapshot in the query's order.
func (q *Query) ordered() bool {
	return len(q.orders) == 1 && !q.orders[0].desc && !q.source.deep && q.source.id != ""
}

// rows returns what passes the filter and lies between the cursors; it stops at enough rows unless
// that is negative.
func (q *Query) rows(snapshot *store.Snapshot, enough int) (rows []row) {
	if enough == 0 {
		return nil
	}
	q.source.collections(snapshot, func(collection string) bool {
		for d := range snapshot.Documents(collection) {
			if !q.selects(d) {
				continue
			}
			if r := q.row(d); q.between(r) {
				rows = append(rows, r)
			}
			if len(rows) == enough {
				return false
			}
		}
		return true
	})
	return rows
}

// Same reports whether two runs of a query found the same versions of the same documents.
func Same(a, b []*store.Document) bool {
	return slices.EqualFunc(a, b, func(x, y *store.Document) bool {
		return x.Key == y.Key && x.Updated.Equal(y.Updated)
	})
}
