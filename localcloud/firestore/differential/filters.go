package main

import (
	"math"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

// fieldOperators are all but the unspecified.
var fieldOperators = []fieldOperator{
	firestorepb.StructuredQuery_FieldFilter_EQUAL, firestorepb.StructuredQuery_FieldFilter_NOT_EQUAL,
	firestorepb.StructuredQuery_FieldFilter_LESS_THAN, firestorepb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL,
	firestorepb.StructuredQuery_FieldFilter_GREATER_THAN, firestorepb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL,
	firestorepb.StructuredQuery_FieldFilter_IN, firestorepb.StructuredQuery_FieldFilter_NOT_IN,
	firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS, firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY,
}

// filter draws a filter that nests so deep. Inequalities that no value holds, those with null or
// NaN, are drawn alone: see exceptions.go.
func (r random) filter(depth int, alone bool) *filter {
	switch {
	case depth > 0 && r.chance(2):
		return r.composite(depth - 1)
	case r.chance(6):
		return r.unary()
	}
	op, path := pick(r, fieldOperators...), r.path()
	operand := r.operand(op, path)
	for !alone && isDead(op, operand) {
		operand = r.operand(op, path)
	}
	f := &firestorepb.StructuredQuery_FieldFilter{Field: field(path), Op: op, Value: operand}
	return &filter{FilterType: &firestorepb.StructuredQuery_Filter_FieldFilter{FieldFilter: f}}
}

// operand draws what a filter compares with. Seldom it is of the wrong kind for the operator.
func (r random) operand(op fieldOperator, path string) *firestorepb.Value {
	one := func() *firestorepb.Value {
		switch {
		case path == "__name__" && !r.chance(12):
			return reference(r.document(r.collection(), pick(r, ids...)))
		case r.chance(2):
			if v := r.stored(path); v != nil {
				return v
			}
			return pick(r, integer(r.integer()), double(r.double()))
		}
		return r.value(2)
	}
	switch op {
	case firestorepb.StructuredQuery_FieldFilter_IN, firestorepb.StructuredQuery_FieldFilter_NOT_IN,
		firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY:
		if r.chance(20) {
			return one()
		}
		var several []*firestorepb.Value
		for range pick(r, 1, 2, 3, 3, 4, 11) {
			several = append(several, one())
		}
		if r.chance(20) {
			several = nil
		}
		return array(several)
	}
	return one()
}

// isDead reports whether no value holds the inequality.
func isDead(op fieldOperator, operand *firestorepb.Value) bool {
	switch op {
	case firestorepb.StructuredQuery_FieldFilter_NOT_IN:
		return slices.ContainsFunc(operand.GetArrayValue().GetValues(), isNull)
	case firestorepb.StructuredQuery_FieldFilter_NOT_EQUAL:
		return isNull(operand)
	case firestorepb.StructuredQuery_FieldFilter_LESS_THAN, firestorepb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL,
		firestorepb.StructuredQuery_FieldFilter_GREATER_THAN, firestorepb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL:
		return isNull(operand) || math.IsNaN(operand.GetDoubleValue())
	}
	return false
}

func isNull(v *firestorepb.Value) bool {
	_, null := v.GetValueType().(*firestorepb.Value_NullValue)
	return null
}

func (r random) composite(depth int) *filter {
	c := &firestorepb.StructuredQuery_CompositeFilter{
		Op: pick(r, firestorepb.StructuredQuery_CompositeFilter_AND, firestorepb.StructuredQuery_CompositeFilter_OR),
	}
	for range r.IntN(3) + 1 { // not of none: see exceptions.go
		c.Filters = append(c.Filters, r.filter(depth, false))
	}
	return &filter{FilterType: &firestorepb.StructuredQuery_Filter_CompositeFilter{CompositeFilter: c}}
}

func (r random) unary() *filter {
	return &filter{FilterType: &firestorepb.StructuredQuery_Filter_UnaryFilter{
		UnaryFilter: &firestorepb.StructuredQuery_UnaryFilter{
			Op: pick(r, firestorepb.StructuredQuery_UnaryFilter_IS_NULL, firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NULL,
				firestorepb.StructuredQuery_UnaryFilter_IS_NAN, firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NAN),
			OperandType: &firestorepb.StructuredQuery_UnaryFilter_Field{Field: field(r.path())},
		},
	}}
}
