package query

import (
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

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
	if q.limit >= 0 {
		enough = q.offset + q.limit
	}
	rows := q.rows(snapshot, enough)
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

// rows returns what passes the filter and lies between the cursors, in order: the first enough rows
// unless that is negative.
func (q *Query) rows(snapshot *store.Snapshot, enough int) []row {
	if enough == 0 {
		return nil
	}
	first := firstRows{q: q, enough: enough, sorted: q.ordered()}
	keys := make([]*firestorepb.Value, len(q.orders))
	q.source.collections(snapshot, func(collection string) bool {
		for d := range snapshot.Documents(collection) {
			if !q.selects(d) {
				continue
			}
			if r := q.rowIn(keys, d); q.between(r) && !first.add(r) {
				return false
			}
		}
		return true
	})
	return first.all()
}

// firstRows gathers the first rows of an order. Of those that cannot be among them it keeps none,
// so a short page of a large collection sorts little.
type firstRows struct {
	q      *Query
	enough int  // how many are wanted; negative: all
	sorted bool // they come in order
	rows   []row
	full   bool // rows had enough, in order, and the last of these is bound
	bound  row
}

// add takes a row, whose keys are the caller's again afterwards. It reports whether another can be
// among the first.
func (f *firstRows) add(r row) (more bool) {
	if f.full && f.q.compareRows(r, f.bound) >= 0 {
		return true
	}
	r.keys = slices.Clone(r.keys)
	f.rows = append(f.rows, r)
	switch {
	case f.enough < 0:
	case f.sorted:
		return len(f.rows) < f.enough
	case len(f.rows) == 2*f.enough:
		f.rows = f.all()
		f.full, f.bound = true, f.rows[f.enough-1]
	}
	return true
}

// all returns the first rows of those that were added, in order.
func (f *firstRows) all() []row {
	if !f.sorted {
		slices.SortFunc(f.rows, f.q.compareRows)
	}
	if f.enough >= 0 {
		return f.rows[:min(f.enough, len(f.rows))]
	}
	return f.rows
}

// Same reports whether two runs of a query found the same versions of the same documents.
func Same(a, b []*store.Document) bool {
	return slices.EqualFunc(a, b, func(x, y *store.Document) bool {
		return x.Key == y.Key && x.Updated.Equal(y.Updated)
	})
}
