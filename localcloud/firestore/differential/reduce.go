package main

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
)

// reduce takes parts away from a request for as long as the sides still differ.
func (c *comparison) reduce(ctx context.Context, req request, ours, theirs answer) (request, answer, answer) {
	for smaller := true; smaller; {
		smaller = false
		for _, candidate := range req.smaller() {
			o, t := c.both(ctx, candidate)
			if !o.same(t) && excepted(candidate, o, t) == "" {
				req, ours, theirs, smaller = candidate, o, t, true
				break
			}
		}
	}
	return req, ours, theirs
}

// smaller returns requests that each lack one part of r.
func (r request) smaller() (out []request) {
	if r.query != nil {
		for _, q := range smallerQueries(r.query.GetStructuredQuery()) {
			out = append(out, request{query: &firestorepb.RunQueryRequest{
				Parent: r.query.Parent, QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: q},
			}})
		}
		return out
	}
	pb := r.aggregate.GetStructuredAggregationQuery()
	with := func(q *structuredQuery, parts []*firestorepb.StructuredAggregationQuery_Aggregation) {
		out = append(out, request{aggregate: &firestorepb.RunAggregationQueryRequest{
			Parent: r.aggregate.Parent,
			QueryType: &firestorepb.RunAggregationQueryRequest_StructuredAggregationQuery{
				StructuredAggregationQuery: &firestorepb.StructuredAggregationQuery{
					QueryType:    &firestorepb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: q},
					Aggregations: parts,
				},
			},
		}})
	}
	for _, q := range smallerQueries(pb.GetStructuredQuery()) {
		with(q, pb.Aggregations)
	}
	for i := range pb.Aggregations {
		with(pb.GetStructuredQuery(), slices.Delete(slices.Clone(pb.Aggregations), i, i+1))
	}
	return out
}

func smallerQueries(q *structuredQuery) (out []*structuredQuery) {
	try := func(change func(*structuredQuery)) {
		smaller := proto.Clone(q).(*structuredQuery)
		change(smaller)
		if !proto.Equal(q, smaller) {
			out = append(out, smaller)
		}
	}
	try(func(q *structuredQuery) { q.Where = nil })
	try(func(q *structuredQuery) { q.StartAt = nil })
	try(func(q *structuredQuery) { q.EndAt = nil })
	try(func(q *structuredQuery) { q.Limit = nil })
	try(func(q *structuredQuery) { q.Offset = 0 })
	try(func(q *structuredQuery) { q.Select = nil })
	for i := range q.OrderBy {
		try(func(q *structuredQuery) { q.OrderBy = slices.Delete(q.OrderBy, i, i+1) })
	}
	for i := range q.GetSelect().GetFields() {
		if len(q.Select.Fields) == 1 {
			break
		}
		try(func(q *structuredQuery) { q.Select.Fields = slices.Delete(q.Select.Fields, i, i+1) })
	}
	for _, f := range smallerFilters(q.Where) {
		try(func(q *structuredQuery) { q.Where = f })
	}
	return out
}

// smallerFilters returns the parts of a composite filter, it without each, and it with each made
// smaller.
func smallerFilters(f *filter) (out []*filter) {
	if values := f.GetFieldFilter().GetValue().GetArrayValue().GetValues(); len(values) > 1 {
		for i := range values {
			smaller := proto.Clone(f).(*filter)
			smaller.GetFieldFilter().Value = array(slices.Delete(slices.Clone(values), i, i+1))
			out = append(out, smaller)
		}
		return out
	}
	c := f.GetCompositeFilter()
	for i, sub := range c.GetFilters() {
		out = append(out, sub)
		if len(c.Filters) > 1 {
			out = append(out, composite(c.Op, slices.Delete(slices.Clone(c.Filters), i, i+1)))
		}
		for _, s := range smallerFilters(sub) {
			filters := slices.Clone(c.Filters)
			filters[i] = s
			out = append(out, composite(c.Op, filters))
		}
	}
	return out
}

func composite(op firestorepb.StructuredQuery_CompositeFilter_Operator, filters []*filter) *filter {
	return &filter{FilterType: &firestorepb.StructuredQuery_Filter_CompositeFilter{
		CompositeFilter: &firestorepb.StructuredQuery_CompositeFilter{Op: op, Filters: filters},
	}}
}
