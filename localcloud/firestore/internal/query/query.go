// Package query compiles structured queries and runs them on snapshots.
//
// A query names its source (a collection, or all collections of an id at any depth), filters it,
// orders it, cuts it with cursors, offset and limit, and projects what is left. The order always
// ends in the document's name, so it is total; and a field that orders a query must be there, so
// documents without it drop out.
package query

import (
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Query is a query found sound, ready to run any number of times.
type Query struct {
	database   resource.Database
	source     source
	filter     filter
	exists     []value.Path // must be there
	orders     []order
	start, end *cursor
	offset     int
	limit      int // negative: none
	projection []value.Path
	nearest    *nearest
	equalities []value.Path // filtered by equality
	plain      bool         // no OR, IN or array filter

	conjunctions []conjunction // of the filter
}

// Compile checks a query below parent, the path of a document or "", in database db, and takes
// ownership of it. The error is InvalidArgument, or Unimplemented.
func Compile(db resource.Database, parent string, pb *firestorepb.StructuredQuery) (*Query, error) {
	return compile(db, parent, pb, nil)
}

// compile compiles a query whose results are to be aggregated by fields.
func compile(db resource.Database, parent string, pb *firestorepb.StructuredQuery, aggregated []value.Path) (*Query, error) {
	if pb == nil {
		return nil, invalid("the request has no structured query")
	}
	q := &Query{database: db, offset: int(pb.Offset), limit: -1}
	if pb.Limit != nil {
		q.limit = int(pb.Limit.Value)
		if q.limit < 0 {
			return nil, invalid("the limit is negative")
		}
	}
	if q.offset < 0 {
		return nil, invalid("the offset is negative")
	}
	var err error
	if q.source, err = parseSource(parent, pb.From); err != nil {
		return nil, err
	}
	c := &filterCompiler{database: db}
	if q.filter, err = c.compile(pb.Where); err != nil {
		return nil, err
	}
	q.equalities, q.plain = c.equalities, c.manyValued == 0 && c.contains == 0
	q.conjunctions = conjunctions(pb.Where)
	if q.orders, err = parseOrders(pb.OrderBy, c.inequalities); err != nil {
		return nil, err
	}
	if err := checkClauses(parent, c.filters, len(pb.OrderBy)); err != nil {
		return nil, err
	}
	if scan := len(q.orders) == 1 && !q.orders[0].desc && !c.fields; !scan {
		switch {
		case q.source.id == "":
			return nil, invalid("a query of all collections is filtered by %s alone, and ordered by it ascending", value.DocumentName)
		case q.source.deep && parent != "":
			return nil, invalid("collection group queries are only allowed at the root parent")
		}
	}
	byName := c.nameEquals || has(c.inequalities, value.Path{value.DocumentName}) || // or an order that the query names
		len(q.orders) == len(pb.OrderBy) || q.source.deep && parent != ""
	if err := q.orderAggregated(aggregated, byName); err != nil {
		return nil, err
	}
	if q.start, err = q.parseCursor(pb.StartAt, len(pb.OrderBy)); err != nil {
		return nil, err
	}
	if q.end, err = q.parseCursor(pb.EndAt, len(pb.OrderBy)); err != nil {
		return nil, err
	}
	if q.projection, err = parseProjection(pb.Select); err != nil {
		return nil, err
	}
	if q.nearest, err = parseNearest(pb); err != nil {
		return nil, err
	}
	for _, o := range q.orders {
		if !o.path.IsDocumentName() {
			q.exists = append(q.exists, o.path)
		}
	}
	return q, nil
}

// maxClauses is how many filters and named orders a query may have, and one for a parent document.
const maxClauses = 100

// checkClauses refuses a query of too many clauses. Google's documents count the filters of the
// disjunctive normal form; its emulator counts them as they are written, and so do we.
func checkClauses(parent string, filters, orders int) error {
	ancestors := 0
	if parent != "" {
		ancestors = 1
	}
	if filters+orders+ancestors > maxClauses {
		return invalid("The query may not have more than %d filters + sort orders + ancestor total. "+
			"Currently there are %d filters, %d sort orders, and %d ancestor filters.", maxClauses, filters, orders, ancestors)
	}
	return nil
}

// source says which collections a query reads.
type source struct {
	parent string // the path of a document, or ""
	id     string // of the collections; empty: any
	deep   bool   // at any depth below parent
}

func parseSource(parent string, from []*firestorepb.StructuredQuery_CollectionSelector) (source, error) {
	if len(from) > 1 {
		return source{}, invalid("a query reads from one collection selector only")
	}
	s := source{parent: parent}
	if len(from) == 1 {
		s.id, s.deep = from[0].CollectionId, from[0].AllDescendants
	}
	if s.id == "" {
		return s, nil
	}
	return s, resource.CheckID(s.id)
}

// collections calls yield with the paths of the source's collections.
func (s source) collections(snapshot *store.Snapshot, yield func(string) bool) {
	switch {
	case s.deep:
		for c := range snapshot.Collections(s.parent) {
			if s.has(c) && !yield(c) {
				return
			}
		}
	case s.id != "":
		yield(resource.Join(s.parent, s.id))
	default:
		prefix := s.parent
		if prefix != "" {
			prefix += "/"
		}
		for id := range snapshot.Children(prefix) {
			if !yield(prefix + id) {
				return
			}
		}
	}
}

// has reports whether the source reads the collection.
func (s source) has(collection string) bool {
	if s.id != "" && resource.CollectionID(collection) != s.id {
		return false
	}
	prefix := s.parent
	if prefix != "" {
		prefix += "/"
	}
	if len(collection) <= len(prefix) || collection[:len(prefix)] != prefix {
		return false
	}
	return s.deep || resource.Join(s.parent, resource.CollectionID(collection)) == collection
}

// Matches reports whether the document is among what the query would find without offset and limit.
func (q *Query) Matches(d *store.Document) bool {
	return q.source.has(d.Key.Collection) && q.selects(d) && q.between(q.row(d))
}

// selects reports whether the document passes the filter and has the fields that order the query.
func (q *Query) selects(d *store.Document) bool {
	for _, p := range q.exists {
		if p.Get(d.Fields) == nil {
			return false
		}
	}
	return q.filter == nil || q.filter(d)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
