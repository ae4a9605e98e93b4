package query

import (
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Short names for the operators.
const (
	less             = firestorepb.StructuredQuery_FieldFilter_LESS_THAN
	lessOrEqual      = firestorepb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL
	greater          = firestorepb.StructuredQuery_FieldFilter_GREATER_THAN
	greaterOrEqual   = firestorepb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL
	equal            = firestorepb.StructuredQuery_FieldFilter_EQUAL
	notEqual         = firestorepb.StructuredQuery_FieldFilter_NOT_EQUAL
	arrayContains    = firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS
	arrayContainsAny = firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY
	in               = firestorepb.StructuredQuery_FieldFilter_IN
	notIn            = firestorepb.StructuredQuery_FieldFilter_NOT_IN
)

func (c *filterCompiler) field(pb *firestorepb.StructuredQuery_FieldFilter) (filter, shape, error) {
	path, err := value.ParsePath(pb.GetField().GetFieldPath())
	if err != nil {
		return nil, shape{}, err
	}
	s, err := c.note(path, pb)
	if err != nil {
		return nil, shape{}, err
	}
	var f filter
	if path.IsDocumentName() {
		c.nameEquals = c.nameEquals || pb.Op == equal || pb.Op == in
		f, err = c.nameFilter(pb)
	} else {
		c.fields = true
		f, err = valueFilter(path, pb)
	}
	return f, s, err
}

// note counts the filter, and checks the number of values it is given.
func (c *filterCompiler) note(path value.Path, pb *firestorepb.StructuredQuery_FieldFilter) (shape, error) {
	s := shape{disjunctions: 1}
	switch pb.Op {
	case less, lessOrEqual, greater, greaterOrEqual:
		c.inequality(path)
	case notEqual:
		c.negations++
		c.inequality(path)
	case equal:
		c.equality(path)
	case arrayContains:
		c.contains++
		s.contains = 1
	case in, notIn, arrayContainsAny:
		n := len(pb.GetValue().GetArrayValue().GetValues())
		if n == 0 {
			return s, invalid("%v needs a non-empty array of values", pb.Op)
		}
		if pb.Op == notIn {
			c.notIn++
			c.negations++
			c.inequality(path)
			if n > maxNotIn {
				return s, invalid("NOT_IN has %d values, more than the %d allowed", n, maxNotIn)
			}
			return s, nil
		}
		c.manyValued++
		s.disjunctions = distinct(pb.GetValue().GetArrayValue().GetValues(), pb.Op == in)
		if pb.Op == arrayContainsAny {
			s.contains = 1
		}
	default:
		return s, invalid("unknown operator %v", pb.Op)
	}
	return s, nil
}

func valueFilter(path value.Path, pb *firestorepb.StructuredQuery_FieldFilter) (filter, error) {
	if err := checkOperand(path, pb); err != nil {
		return nil, err
	}
	want := pb.GetValue()
	several := slices.DeleteFunc(slices.Clone(want.GetArrayValue().GetValues()), equalsNothing)
	switch pb.Op {
	case notEqual:
		if value.IsNaN(want) {
			return onField(path, notNull), nil
		}
	case notIn:
		if slices.ContainsFunc(want.GetArrayValue().GetValues(), value.IsNull) {
			return nothing, nil
		}
	}
	if equalsNothing(want) {
		return nothing, nil
	}
	switch pb.Op {
	case equal:
		return onField(path, func(v *firestorepb.Value) bool { return value.Equal(v, want) }), nil
	case notEqual:
		return onField(path, func(v *firestorepb.Value) bool { return notNull(v) && !value.Equal(v, want) }), nil
	case in:
		return onField(path, func(v *firestorepb.Value) bool { return value.Contains(several, v) }), nil
	case notIn:
		return onField(path, func(v *firestorepb.Value) bool { return notNull(v) && !value.Contains(several, v) }), nil
	case arrayContains:
		return onField(path, func(v *firestorepb.Value) bool {
			return value.ClassOf(v) == value.Array && value.Contains(value.Elements(v), want)
		}), nil
	case arrayContainsAny:
		return onField(path, func(v *firestorepb.Value) bool {
			return value.ClassOf(v) == value.Array && slices.ContainsFunc(several, func(w *firestorepb.Value) bool {
				return value.Contains(value.Elements(v), w)
			})
		}), nil
	}
	// NaN has its place in the order, but is in no range of numbers.
	class, holds := value.ClassOf(want), inequality(pb.Op)
	return onField(path, func(v *firestorepb.Value) bool {
		return value.ClassOf(v) == class && !value.IsNaN(v) && holds(value.Compare(v, want))
	}), nil
}

// equalsNothing reports whether no value of a field equals the operand: that is so of null and NaN,
// as in SQL. There are unary filters for those.
func equalsNothing(operand *firestorepb.Value) bool {
	return value.IsNull(operand) || value.IsNaN(operand)
}

// distinct counts operands as the service does: each once, where 1 and 1.0 are two, as are 0 and
// -0.
func distinct(values []*firestorepb.Value, withNaN bool) int {
	seen := map[string]bool{}
	for _, v := range values {
		if withNaN || !value.IsNaN(v) {
			b, _ := proto.MarshalOptions{Deterministic: true}.Marshal(v) // it came as bytes, so it can be
			seen[string(b)] = true
		}
	}
	return max(1, len(seen))
}

// nothing passes no document.
func nothing(*store.Document) bool { return false }

// checkOperand checks what a field is compared with. An operand of several values may hold arrays.
func checkOperand(path value.Path, pb *firestorepb.StructuredQuery_FieldFilter) error {
	operands := []*firestorepb.Value{pb.GetValue()}
	switch pb.Op {
	case in, notIn, arrayContainsAny:
		operands = pb.GetValue().GetArrayValue().GetValues()
	}
	for _, v := range operands {
		if err := value.CheckOperand(v); err != nil {
			return err
		}
		if value.Size(v) > value.MaxIndexedBytes {
			return invalid("value for %s is too large to be used in a query", path)
		}
	}
	return nil
}

// inequality returns which outcomes of a comparison with the operand pass.
func inequality(op firestorepb.StructuredQuery_FieldFilter_Operator) func(int) bool {
	switch op {
	case less:
		return func(c int) bool { return c < 0 }
	case lessOrEqual:
		return func(c int) bool { return c <= 0 }
	case greater:
		return func(c int) bool { return c > 0 }
	case greaterOrEqual:
		return func(c int) bool { return c >= 0 }
	case notEqual:
		return func(c int) bool { return c != 0 }
	}
	return func(c int) bool { return c == 0 }
}

// nameFilter filters on the document's own name, which is compared with references.
func (c *filterCompiler) nameFilter(pb *firestorepb.StructuredQuery_FieldFilter) (filter, error) {
	switch pb.Op {
	case arrayContains, arrayContainsAny:
		return nil, invalid("%v cannot be applied to %s", pb.Op, value.DocumentName)
	case in, notIn:
		var keys []resource.Key
		for _, v := range pb.GetValue().GetArrayValue().GetValues() {
			key, err := parseRef(c.database, v)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
		wanted := pb.Op == in
		return func(d *store.Document) bool { return slices.Contains(keys, d.Key) == wanted }, nil
	}
	key, err := parseRef(c.database, pb.GetValue())
	if err != nil {
		return nil, err
	}
	holds := inequality(pb.Op)
	return func(d *store.Document) bool { return holds(d.Key.Compare(key)) }, nil
}

// parseRef parses a reference that stands for a document of the queried database.
func parseRef(db resource.Database, v *firestorepb.Value) (resource.Key, error) {
	ref, ok := v.GetValueType().(*firestorepb.Value_ReferenceValue)
	if !ok {
		return resource.Key{}, invalid("%s can be compared with references only", value.DocumentName)
	}
	return resource.ParseDocumentIn(db, ref.ReferenceValue)
}
