package main

import (
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type (
	structuredQuery = firestorepb.StructuredQuery
	fieldReference  = firestorepb.StructuredQuery_FieldReference
	filter          = firestorepb.StructuredQuery_Filter
	fieldOperator   = firestorepb.StructuredQuery_FieldFilter_Operator
)

func field(path string) *fieldReference { return &fieldReference{FieldPath: path} }

// query draws a query of the documents of a world.
func (r random) query() *firestorepb.RunQueryRequest {
	r.whole = true // see exceptions.go
	q := &structuredQuery{From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: "c"}}}
	parent := r.world.documents()
	switch r.IntN(40) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		q.From[0].AllDescendants = true
	case 8, 9:
		parent += "/c/a"
	case 10:
		q.From[0].CollectionId = "d"
	case 11:
		q.From[0].CollectionId, q.From[0].AllDescendants = "", !r.chance(4) // every document below, or directly below
	case 12:
		q.From = pick(r, nil, append(q.From, q.From[0]))
	}
	if r.chance(50) {
		parent += "/c/a"
	}
	if !r.chance(4) {
		q.Where = r.filter(2, true)
	}
	if f := q.Where.GetFieldFilter(); !isDead(f.GetOp(), f.GetValue()) {
		r.order(q)
	}
	if !r.chance(3) {
		r.cursors(q)
	}
	if r.chance(3) {
		q.Offset = int32(r.IntN(4))
	}
	if r.chance(3) {
		q.Limit = wrapperspb.Int32(int32(r.IntN(8)))
	}
	if r.chance(4) {
		q.Select = &firestorepb.StructuredQuery_Projection{}
		for range r.IntN(3) + 1 { // of no fields at all: see exceptions.go
			q.Select.Fields = append(q.Select.Fields, field(r.path()))
		}
	}
	if r.chance(200) {
		q.Offset = -1
	}
	if r.chance(200) {
		q.Limit = wrapperspb.Int32(-1)
	}
	return &firestorepb.RunQueryRequest{
		Parent:    parent,
		QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: q},
	}
}

// order draws an order. Half follow a filtered field, as most real ones do.
func (r random) order(q *structuredQuery) {
	for range pick(r, 0, 0, 1, 1, 2, 3) {
		path := r.path()
		if f := q.Where.GetFieldFilter(); f != nil && r.chance(2) {
			path = f.Field.FieldPath
		}
		if !r.chance(30) && slices.ContainsFunc(q.OrderBy, func(o *firestorepb.StructuredQuery_Order) bool { return o.Field.FieldPath == path }) {
			continue
		}
		q.OrderBy = append(q.OrderBy, &firestorepb.StructuredQuery_Order{
			Field: field(path),
			Direction: pick(r, firestorepb.StructuredQuery_ASCENDING, firestorepb.StructuredQuery_DESCENDING,
				firestorepb.StructuredQuery_DIRECTION_UNSPECIFIED),
		})
	}
}

func (r random) cursors(q *structuredQuery) {
	if r.chance(2) {
		q.StartAt = r.cursor(q)
	}
	if r.chance(3) {
		q.EndAt = r.cursor(q)
	}
}

// cursor draws a position in the order, most often a prefix of a document's: seldom one longer than
// the order.
func (r random) cursor(q *structuredQuery) *firestorepb.Cursor {
	c := &firestorepb.Cursor{Before: r.chance(2)}
	at := pick(r, r.docs...)
	n := r.IntN(len(q.OrderBy) + 1)
	if r.chance(2) {
		n = len(q.OrderBy)
	}
	for _, o := range q.OrderBy[:n] {
		v := r.value(1)
		switch found := at.Fields[strings.Trim(o.Field.FieldPath, "`")]; {
		case o.Field.FieldPath == "__name__" && !r.chance(20):
			v = reference(at.Name)
		case found != nil && !r.chance(3):
			v = found
		}
		c.Values = append(c.Values, v)
	}
	if r.chance(40) {
		c.Values = append(c.Values, reference(at.Name))
	}
	return c
}

// aggregation draws an aggregation over a query.
func (r random) aggregation() *firestorepb.RunAggregationQueryRequest {
	q := r.query()
	if !r.chance(20) {
		q.GetStructuredQuery().Select = nil // refused but for counts
	}
	pb := &firestorepb.StructuredAggregationQuery{
		QueryType: &firestorepb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: q.GetStructuredQuery()},
	}
	for range pick(r, 1, 1, 2, 3, 5) {
		pb.Aggregations = append(pb.Aggregations, r.aggregate())
	}
	if r.chance(50) {
		pb.Aggregations = nil
	}
	return &firestorepb.RunAggregationQueryRequest{
		Parent:    q.Parent,
		QueryType: &firestorepb.RunAggregationQueryRequest_StructuredAggregationQuery{StructuredAggregationQuery: pb},
	}
}

func (r random) aggregate() *firestorepb.StructuredAggregationQuery_Aggregation {
	a := &firestorepb.StructuredAggregationQuery_Aggregation{Alias: pick(r, "", "", "x", fmt.Sprint("x", r.IntN(100)))}
	switch r.IntN(3) {
	case 0:
		count := &firestorepb.StructuredAggregationQuery_Aggregation_Count{}
		if r.chance(2) {
			count.UpTo = wrapperspb.Int64(int64(r.IntN(6)))
		}
		a.Operator = &firestorepb.StructuredAggregationQuery_Aggregation_Count_{Count: count}
	case 1:
		a.Operator = &firestorepb.StructuredAggregationQuery_Aggregation_Sum_{
			Sum: &firestorepb.StructuredAggregationQuery_Aggregation_Sum{Field: field(r.path())}}
	case 2:
		a.Operator = &firestorepb.StructuredAggregationQuery_Aggregation_Avg_{
			Avg: &firestorepb.StructuredAggregationQuery_Aggregation_Avg{Field: field(r.path())}}
	}
	return a
}
