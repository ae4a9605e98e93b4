package query

import (
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// conjunction is the fields that one conjunction of the filter's disjunctive normal form is about.
type conjunction struct {
	equal    []value.Path
	contains []value.Path // one at most, which the compiler of filters sees to
	unequal  []value.Path
}

// conjunctions returns those of a filter that is compiled, and so known to be sound. IN and
// ARRAY_CONTAINS_ANY stay whole: all their values need the same index.
func conjunctions(pb *firestorepb.StructuredQuery_Filter) []conjunction {
	switch t := pb.GetFilterType().(type) {
	case *firestorepb.StructuredQuery_Filter_CompositeFilter:
		var parts [][]conjunction
		for _, sub := range t.CompositeFilter.Filters {
			parts = append(parts, conjunctions(sub))
		}
		if t.CompositeFilter.Op == firestorepb.StructuredQuery_CompositeFilter_OR {
			return slices.Concat(parts...)
		}
		return product(parts)
	case *firestorepb.StructuredQuery_Filter_FieldFilter:
		path, _ := value.ParsePath(t.FieldFilter.GetField().GetFieldPath())
		switch t.FieldFilter.Op {
		case equal, in:
			return []conjunction{{equal: []value.Path{path}}}
		case arrayContains, arrayContainsAny:
			return []conjunction{{contains: []value.Path{path}}}
		}
		return []conjunction{{unequal: []value.Path{path}}}
	case *firestorepb.StructuredQuery_Filter_UnaryFilter:
		path, _ := value.ParsePath(t.UnaryFilter.GetField().GetFieldPath())
		switch t.UnaryFilter.Op {
		case firestorepb.StructuredQuery_UnaryFilter_IS_NULL, firestorepb.StructuredQuery_UnaryFilter_IS_NAN:
			return []conjunction{{equal: []value.Path{path}}}
		}
		return []conjunction{{unequal: []value.Path{path}}}
	}
	return []conjunction{{}}
}

// product returns each way to take one conjunction of each part, joined.
func product(parts [][]conjunction) []conjunction {
	out := []conjunction{{}}
	for _, part := range parts {
		var next []conjunction
		for _, a := range out {
			for _, b := range part {
				next = append(next, conjunction{
					equal:    union(a.equal, b.equal),
					contains: union(a.contains, b.contains),
					unequal:  union(a.unequal, b.unequal),
				})
			}
		}
		out = next
	}
	return out
}

func union(a, b []value.Path) []value.Path {
	out := slices.Clone(a)
	for _, p := range b {
		addPath(&out, p)
	}
	return out
}

// Needs returns what the query needs of indexes, for each conjunction of its filters. It needs none
// at all if it reads all collections.
func (q *Query) Needs() []index.Need {
	if q.source.id == "" {
		return nil
	}
	var needs []index.Need
	for _, c := range q.conjunctions {
		need := index.Need{Collection: q.source.id, Group: q.source.deep, Equal: c.equal}
		if q.nearest != nil {
			need.Vector = &index.Vector{Path: q.nearest.field, Dimension: len(q.nearest.to)}
			need.Equal = union(c.equal, c.unequal)
		}
		if len(c.contains) > 0 {
			need.Contains = c.contains[0]
		}
		need.Equal = slices.DeleteFunc(slices.Clone(need.Equal), value.Path.IsDocumentName)
		slices.SortFunc(need.Equal, slices.Compare)
		for _, o := range q.orders {
			if !has(need.Equal, o.path) { // what equals one value is in order
				need.Orders = append(need.Orders, index.Order{Path: o.path, Desc: o.desc})
			}
		}
		needs = append(needs, need)
	}
	return needs
}
