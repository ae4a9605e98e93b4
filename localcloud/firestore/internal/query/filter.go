package query

import (
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// filter reports whether a document passes. A nil filter passes all.
type filter func(*store.Document) bool

// What the service allows in one query.
const (
	maxDisjunctions = 30
	maxNotIn        = 10
	maxInequalities = 10
)

// filterCompiler compiles a filter and notes what matters about the query as a whole.
type filterCompiler struct {
	database     resource.Database
	filters      int          // on fields and on the name
	inequalities []value.Path // each once
	equalities   []value.Path
	notIn        int  // NOT_IN filters
	negations    int  // NOT_EQUAL, NOT_IN, IS_NOT_NULL and IS_NOT_NAN filters
	manyValued   int  // IN and ARRAY_CONTAINS_ANY filters, and ORs
	contains     int  // ARRAY_CONTAINS filters
	fields       bool // there are filters on fields
	nameEquals   bool // there are filters on the name by equality
}

// shape is what must be counted up and down the tree of filters.
type shape struct {
	disjunctions int // of the filter's disjunctive normal form
	contains     int // the most array filters in any of them
}

func (c *filterCompiler) compile(pb *firestorepb.StructuredQuery_Filter) (filter, error) {
	if pb == nil {
		return nil, nil
	}
	f, s, err := c.any(pb)
	switch {
	case err != nil:
		return nil, err
	case s.disjunctions > maxDisjunctions:
		return nil, invalid("the filter has %d disjunctions, more than the %d allowed", s.disjunctions, maxDisjunctions)
	case s.contains > 1:
		return nil, invalid("a disjunction has more than one ARRAY_CONTAINS or ARRAY_CONTAINS_ANY filter")
	case c.negations > 1:
		return nil, invalid("only a single NOT_EQUAL, NOT_IN, IS_NOT_NAN or IS_NOT_NULL filter is allowed in a query")
	case c.notIn > 0 && c.manyValued > 0:
		return nil, invalid("NOT_IN cannot be combined with IN, ARRAY_CONTAINS_ANY or OR")
	case c.nameEquals && len(c.inequalities) > 0 && !has(c.inequalities, value.Path{value.DocumentName}):
		return nil, invalid("equality on %s is not allowed beside inequalities of other fields alone", value.DocumentName)
	case len(c.inequalities) > maxInequalities:
		return nil, invalid("inequalities filter %d fields, more than the %d allowed", len(c.inequalities), maxInequalities)
	}
	return f, nil
}

func (c *filterCompiler) any(pb *firestorepb.StructuredQuery_Filter) (filter, shape, error) {
	switch t := pb.FilterType.(type) {
	case *firestorepb.StructuredQuery_Filter_CompositeFilter:
		return c.composite(t.CompositeFilter)
	case *firestorepb.StructuredQuery_Filter_FieldFilter:
		c.filters++
		return c.field(t.FieldFilter)
	case *firestorepb.StructuredQuery_Filter_UnaryFilter:
		c.filters++
		f, err := c.unary(t.UnaryFilter)
		return f, shape{disjunctions: 1}, err
	}
	return nil, shape{}, invalid("a filter has no type")
}

func (c *filterCompiler) composite(pb *firestorepb.StructuredQuery_CompositeFilter) (filter, shape, error) {
	if len(pb.Filters) == 0 {
		return nil, shape{}, invalid("a composite filter is empty")
	}
	isOr := pb.Op == firestorepb.StructuredQuery_CompositeFilter_OR
	if !isOr && pb.Op != firestorepb.StructuredQuery_CompositeFilter_AND {
		return nil, shape{}, invalid("unknown composite operator %v", pb.Op)
	}
	if isOr {
		c.manyValued++
	}
	filters := make([]filter, len(pb.Filters))
	var total shape
	for i, sub := range pb.Filters {
		f, s, err := c.any(sub)
		if err != nil {
			return nil, shape{}, err
		}
		filters[i] = f
		switch {
		case i == 0:
			total = s
		case isOr:
			total.disjunctions += s.disjunctions
			total.contains = max(total.contains, s.contains)
		default:
			total.disjunctions = min(total.disjunctions*s.disjunctions, maxDisjunctions+1)
			total.contains += s.contains
		}
	}
	if isOr {
		return anyOf(filters), total, nil
	}
	return allOf(filters), total, nil
}

func anyOf(filters []filter) filter {
	return func(d *store.Document) bool {
		return slices.ContainsFunc(filters, func(f filter) bool { return f(d) })
	}
}

func allOf(filters []filter) filter {
	return func(d *store.Document) bool {
		return !slices.ContainsFunc(filters, func(f filter) bool { return !f(d) })
	}
}

func (c *filterCompiler) unary(pb *firestorepb.StructuredQuery_UnaryFilter) (filter, error) {
	path, err := value.ParsePath(pb.GetField().GetFieldPath())
	if err != nil {
		return nil, err
	}
	if path.IsDocumentName() {
		return nil, invalid("%v cannot be applied to %s", pb.Op, value.DocumentName)
	}
	c.fields = true
	switch pb.Op {
	case firestorepb.StructuredQuery_UnaryFilter_IS_NULL:
		c.equality(path)
		return onField(path, value.IsNull), nil
	case firestorepb.StructuredQuery_UnaryFilter_IS_NAN:
		c.equality(path)
		return onField(path, value.IsNaN), nil
	case firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NULL:
		c.negations++
		c.inequality(path)
		return onField(path, notNull), nil
	case firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NAN:
		c.negations++
		c.inequality(path)
		return onField(path, func(v *firestorepb.Value) bool { return notNull(v) && !value.IsNaN(v) }), nil
	}
	return nil, invalid("unknown unary operator %v", pb.Op)
}

func (c *filterCompiler) inequality(path value.Path) { addPath(&c.inequalities, path) }

func (c *filterCompiler) equality(path value.Path) { addPath(&c.equalities, path) }

func addPath(paths *[]value.Path, path value.Path) {
	if !has(*paths, path) {
		*paths = append(*paths, path)
	}
}

func has(paths []value.Path, path value.Path) bool {
	return slices.ContainsFunc(paths, func(p value.Path) bool { return slices.Equal(p, path) })
}

// onField passes documents that have the field and whose value passes.
func onField(path value.Path, pass func(*firestorepb.Value) bool) filter {
	return func(d *store.Document) bool {
		v := path.Get(d.Fields)
		return v != nil && pass(v)
	}
}

func notNull(v *firestorepb.Value) bool { return !value.IsNull(v) }
