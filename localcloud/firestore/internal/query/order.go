package query

import (
	"cmp"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// order is one key of the order.
type order struct {
	path value.Path
	desc bool
}

// parseOrders completes the order a query asks for: fields filtered by inequality that it does not
// name follow by name, the document's name comes last, and both take the direction of the last key
// asked for.
func parseOrders(pbs []*firestorepb.StructuredQuery_Order, inequalities []value.Path) ([]order, error) {
	var orders []order
	has := func(p value.Path) bool {
		return slices.ContainsFunc(orders, func(o order) bool { return slices.Equal(o.path, p) })
	}
	desc := false
	for _, pb := range pbs {
		path, err := value.ParsePath(pb.GetField().GetFieldPath())
		if err != nil {
			return nil, err
		}
		if has(path) {
			return nil, invalid("the order names %q twice", path)
		}
		desc = pb.Direction == firestorepb.StructuredQuery_DESCENDING
		orders = append(orders, order{path: path, desc: desc})
	}
	for _, p := range slices.SortedFunc(slices.Values(inequalities), slices.Compare) {
		if !has(p) && !p.IsDocumentName() {
			orders = append(orders, order{path: p, desc: desc})
		}
	}
	name := value.Path{value.DocumentName}
	if !has(name) {
		return append(orders, order{path: name, desc: desc}), nil
	}
	if !orders[len(orders)-1].path.IsDocumentName() {
		return nil, invalid("order by clause cannot contain more fields after the key")
	}
	return orders, nil
}

// orderAggregated orders the query by the fields that are aggregated, before the document's name:
// the service answers from an index over them, so what offset and limit leave is found in that
// order. Such an index cannot be where the query itself goes by the document's name.
func (q *Query) orderAggregated(fields []value.Path, byName bool) error {
	last := len(q.orders) - 1
	for _, p := range slices.SortedFunc(slices.Values(fields), slices.Compare) {
		if slices.ContainsFunc(q.orders, func(o order) bool { return slices.Equal(o.path, p) }) {
			continue
		}
		if byName {
			return invalid("this query requires an index that has %s after %s, and there is no such index", p, value.DocumentName)
		}
		q.orders = slices.Insert(q.orders, last, order{path: p, desc: q.orders[last].desc})
		last++
	}
	return nil
}

// row is a document beside the values that order it. The value of the document's name is nil.
type row struct {
	doc  *store.Document
	keys []*firestorepb.Value
}

func (q *Query) row(d *store.Document) row {
	return q.rowIn(make([]*firestorepb.Value, len(q.orders)), d)
}

// rowIn is row with its values in keys.
func (q *Query) rowIn(keys []*firestorepb.Value, d *store.Document) row {
	for i, o := range q.orders {
		keys[i] = nil
		if !o.path.IsDocumentName() {
			keys[i] = o.path.Get(d.Fields)
		}
	}
	return row{doc: d, keys: keys}
}

func (q *Query) compareRows(a, b row) int {
	for i, o := range q.orders {
		var c int
		if a.keys[i] == nil {
			c = a.doc.Key.Compare(b.doc.Key)
		} else {
			c = value.Compare(a.keys[i], b.keys[i])
		}
		if c != 0 {
			return o.directed(c)
		}
	}
	return 0
}

func (o order) directed(c int) int {
	if o.desc {
		return -c
	}
	return c
}

// cursor is a position in the order: before or after all rows that begin with its values.
type cursor struct {
	values []*firestorepb.Value
	name   resource.Key // stands for the value of the document's name
	before bool
}

// parseCursor parses a cursor. It may have as many values as the query names orders; those that are
// implied do not count.
func (q *Query) parseCursor(pb *firestorepb.Cursor, named int) (*cursor, error) {
	if pb == nil {
		return nil, nil
	}
	if len(pb.Values) > named {
		return nil, invalid("a cursor has %d values, but the query names %d orders", len(pb.Values), named)
	}
	c := &cursor{values: pb.Values, before: pb.Before}
	for i, v := range pb.Values {
		var err error
		if q.orders[i].path.IsDocumentName() {
			c.name, err = parseRef(q.database, v)
		} else {
			err = value.CheckOperand(v)
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// side returns -1 for a row before the cursor and 1 for a row after it.
func (q *Query) side(r row, c *cursor) int {
	for i, v := range c.values {
		o := q.orders[i]
		var n int
		if r.keys[i] == nil {
			n = r.doc.Key.Compare(c.name)
		} else {
			n = value.Compare(r.keys[i], v)
		}
		if n != 0 {
			return o.directed(cmp.Compare(n, 0))
		}
	}
	if c.before {
		return 1
	}
	return -1
}

// between reports whether the row lies between the query's cursors.
func (q *Query) between(r row) bool {
	return (q.start == nil || q.side(r, q.start) > 0) && (q.end == nil || q.side(r, q.end) < 0)
}

// After returns the cursor right behind a found document.
func (q *Query) After(d *store.Document) *firestorepb.Cursor {
	values := q.row(d).keys
	for i, v := range values {
		if v == nil {
			values[i] = value.Ref(q.database.Document(d.Key))
		}
	}
	return &firestorepb.Cursor{Values: values}
}
