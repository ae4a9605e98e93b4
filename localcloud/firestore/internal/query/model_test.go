package query_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// The model knows values by their rank alone, and says what a query finds in the plainest way. It
// shares no code with the engine.

// ranks holds, in order, the values of the model, those that are equal together, and the class of
// each rank.
var ranks = [][]*firestorepb.Value{
	{value.NullValue},
	{boolean(false)},
	{value.Double(math.NaN())},
	{integer(1), value.Double(1)},
	{integer(2)},
	{str("a")},
	{str("b")},
	{list()},
	{list(integer(1)), list(value.Double(1))},
}

const (
	nullRank  = 0
	nanRank   = 2
	emptyRank = 7 // the array that contains nothing
	listRank  = 8 // the array that contains rank 3
)

var classes = []string{"null", "bool", "number", "number", "number", "string", "string", "array", "array"}

// modelDoc is the ranks of a document's fields, a and b. A field that is not there has no entry.
type modelDoc struct {
	id    string
	ranks map[string]int
}

type modelFilter struct {
	field string
	op    firestorepb.StructuredQuery_FieldFilter_Operator
	rank  int   // the operand of most
	many  []int // of IN and NOT_IN
}

func (f modelFilter) passes(d modelDoc) bool {
	r, ok := d.ranks[f.field]
	if !ok {
		return false
	}
	switch f.op {
	case equal:
		return r == f.rank
	case notEqual:
		return r != f.rank && r != nullRank
	case in: // neither null nor NaN is in anything
		return r != nullRank && r != nanRank && slices.Contains(f.many, r)
	case notIn:
		return r != nullRank && (r == nanRank || !slices.Contains(f.many, r)) && !slices.Contains(f.many, nullRank)
	case arrayContains:
		return r == listRank && f.rank == 3
	}
	if classes[r] != classes[f.rank] || r == nanRank {
		return false
	}
	switch f.op {
	case less:
		return r < f.rank
	case lessOrEqual:
		return r <= f.rank
	case greater:
		return r > f.rank
	}
	return r >= f.rank
}

func (f modelFilter) isInequality() bool {
	return slices.Contains([]firestorepb.StructuredQuery_FieldFilter_Operator{less, lessOrEqual, greater, greaterOrEqual, notEqual, notIn}, f.op)
}

func (f modelFilter) proto() *firestorepb.StructuredQuery_Filter {
	if f.many == nil {
		return where(f.field, f.op, ranks[f.rank][0])
	}
	var values []*firestorepb.Value
	for _, r := range f.many {
		values = append(values, ranks[r][0])
	}
	return where(f.field, f.op, list(values...))
}

type modelOrder struct {
	field string // "__name__" for the name
	desc  bool
}

type modelCursor struct {
	ranks  []int // of the first fields of the order
	before bool
}

type modelQuery struct {
	filters       []modelFilter
	or            bool
	orders        []modelOrder // as asked for
	start, end    *modelCursor
	offset, limit int // limit negative: none
}

// fullOrder completes the order as the service documents it.
func (q modelQuery) fullOrder() []modelOrder {
	out := slices.Clone(q.orders)
	desc := len(out) > 0 && out[len(out)-1].desc
	for _, field := range []string{"a", "b"} {
		unequal := slices.ContainsFunc(q.filters, func(f modelFilter) bool { return f.field == field && f.isInequality() })
		ordered := slices.ContainsFunc(out, func(o modelOrder) bool { return o.field == field })
		if unequal && !ordered {
			out = append(out, modelOrder{field, desc})
		}
	}
	return append(out, modelOrder{"__name__", desc})
}

func (q modelQuery) find(docs []modelDoc) []string {
	orders := q.fullOrder()
	side := func(d modelDoc, c *modelCursor) int {
		for i, r := range c.ranks {
			n := cmp.Compare(d.ranks[orders[i].field], r)
			if orders[i].desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		if c.before {
			return 1
		}
		return -1
	}
	var found []modelDoc
	for _, d := range docs {
		keep := len(q.filters) == 0 || !q.or
		for _, f := range q.filters {
			if q.or {
				keep = keep || f.passes(d)
			} else {
				keep = keep && f.passes(d)
			}
		}
		for _, o := range orders {
			_, has := d.ranks[o.field]
			keep = keep && (has || o.field == "__name__")
		}
		keep = keep && (q.start == nil || side(d, q.start) > 0) && (q.end == nil || side(d, q.end) < 0)
		if keep {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(x, y modelDoc) int {
		for _, o := range orders {
			n := cmp.Compare(x.ranks[o.field], y.ranks[o.field])
			if o.field == "__name__" {
				n = cmp.Compare(x.id, y.id)
			}
			if n != 0 && o.desc {
				return -n
			} else if n != 0 {
				return n
			}
		}
		return 0
	})
	ids := []string{}
	for i, d := range found {
		if i >= q.offset && (q.limit < 0 || i < q.offset+q.limit) {
			ids = append(ids, d.id)
		}
	}
	return ids
}

func (q modelQuery) proto() *structured {
	pb := &structured{From: from("c", false), Offset: int32(q.offset)}
	var filters []*firestorepb.StructuredQuery_Filter
	for _, f := range q.filters {
		filters = append(filters, f.proto())
	}
	switch {
	case len(filters) > 0 && q.or:
		pb.Where = or(filters...)
	case len(filters) > 0:
		pb.Where = and(filters...)
	}
	for _, o := range q.orders {
		if o.desc {
			pb.OrderBy = append(pb.OrderBy, desc(o.field))
		} else {
			pb.OrderBy = append(pb.OrderBy, asc(o.field))
		}
	}
	cursor := func(c *modelCursor) *firestorepb.Cursor {
		if c == nil {
			return nil
		}
		out := &firestorepb.Cursor{Before: c.before}
		for _, r := range c.ranks {
			out.Values = append(out.Values, ranks[r][0])
		}
		return out
	}
	pb.StartAt, pb.EndAt = cursor(q.start), cursor(q.end)
	if q.limit >= 0 {
		pb.Limit = wrapperspb.Int32(int32(q.limit))
	}
	return pb
}

func drawQuery(t *rapid.T) modelQuery {
	q := modelQuery{
		or:     rapid.Bool().Draw(t, "or"),
		offset: rapid.IntRange(0, 3).Draw(t, "offset"),
		limit:  rapid.IntRange(-1, 8).Draw(t, "limit"),
	}
	ops := []firestorepb.StructuredQuery_FieldFilter_Operator{
		equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, in, arrayContains,
	}
	if !q.or { // NOT_IN goes with few others
		ops = append(ops, notIn)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "filters") {
		f := modelFilter{
			field: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "field"),
			op:    rapid.SampledFrom(ops).Draw(t, "op"),
			rank:  rapid.SampledFrom([]int{1, 3, 4, 5, 6, emptyRank, listRank}).Draw(t, "operand"),
		}
		negated := slices.ContainsFunc(q.filters, func(f modelFilter) bool { return f.op == notEqual || f.op == notIn })
		if f.op == notIn && i > 0 || f.op == notEqual && negated || len(q.filters) > 0 && q.filters[0].op == notIn {
			f.op = less
		}
		if f.op == in || f.op == notIn {
			f.many = rapid.SliceOfN(rapid.IntRange(0, len(ranks)-1), 1, 3).Draw(t, "operands")
		}
		if f.op == arrayContains && slices.ContainsFunc(q.filters, func(f modelFilter) bool { return f.op == arrayContains }) {
			f.op = equal
		}
		q.filters = append(q.filters, f)
	}
	for _, field := range rapid.Permutation([]string{"a", "b"}).Draw(t, "fields")[:rapid.IntRange(0, 2).Draw(t, "orders")] {
		q.orders = append(q.orders, modelOrder{field, rapid.Bool().Draw(t, "desc")})
	}
	draw := func(name string) *modelCursor {
		n := rapid.IntRange(0, len(q.orders)).Draw(t, name)
		if n == 0 {
			return nil
		}
		c := &modelCursor{before: rapid.Bool().Draw(t, name+" before")}
		for range n {
			c.ranks = append(c.ranks, rapid.IntRange(0, len(ranks)-1).Draw(t, name+" value"))
		}
		return c
	}
	q.start, q.end = draw("start"), draw("end")
	return q
}

func TestQueriesFindWhatTheModelFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var docs []modelDoc
		stored := map[string]fields{}
		for i := range rapid.IntRange(0, 12).Draw(rt, "docs") {
			d := modelDoc{id: fmt.Sprintf("d%02d", i), ranks: map[string]int{}}
			f := fields{}
			for _, field := range []string{"a", "b"} {
				r := rapid.IntRange(-1, len(ranks)-1).Draw(rt, field)
				if r >= 0 {
					d.ranks[field] = r
					f[field] = rapid.SampledFrom(ranks[r]).Draw(rt, "spelling")
				}
			}
			docs = append(docs, d)
			stored["c/"+d.id] = f
		}
		snapshot := fill(t, stored)
		for range 20 {
			q := drawQuery(rt)
			if diff := gocmp.Diff(q.find(docs), find(t, snapshot, "", q.proto())); diff != "" {
				rt.Fatalf("%v\n%s", q.proto(), diff)
			}
		}
	})
}
