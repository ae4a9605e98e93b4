package write

import (
	"math"
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// maxTransforms is how many fields of one document a write may transform.
const maxTransforms = 500

// transform computes a field's new value from the one it has, nil if it has none, and the time of
// the commit. result is what the answer tells.
type transform struct {
	path  value.Path
	apply func(old *firestorepb.Value, at time.Time) (next, result *firestorepb.Value)
}

// transform returns fields after the write's transforms, and their results in order.
func (w *Write) transform(fields map[string]*firestorepb.Value, at time.Time) (map[string]*firestorepb.Value, []*firestorepb.Value) {
	var results []*firestorepb.Value
	for _, t := range w.transforms {
		next, result := t.apply(t.path.Get(fields), at)
		fields = t.path.With(fields, next)
		results = append(results, result)
	}
	return fields, results
}

func parseTransforms(pbs []*firestorepb.DocumentTransform_FieldTransform) ([]transform, error) {
	if len(pbs) > maxTransforms {
		return nil, invalid("a write has %d transforms, more than the %d allowed", len(pbs), maxTransforms)
	}
	var out []transform
	for _, pb := range pbs {
		path, err := value.ParsePath(pb.FieldPath)
		if err != nil {
			return nil, err
		}
		if path.IsDocumentName() {
			return nil, invalid("the name of a document cannot be transformed")
		}
		t, err := parseTransform(pb)
		if err != nil {
			return nil, err
		}
		t.path = path
		for _, other := range out {
			if len(other.path) != len(path) && (other.path.Leads(path) || path.Leads(other.path)) {
				return nil, invalid("cannot transform %s and %s, one inside the other, at the same time", other.path, path)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func parseTransform(pb *firestorepb.DocumentTransform_FieldTransform) (transform, error) {
	switch t := pb.TransformType.(type) {
	case *firestorepb.DocumentTransform_FieldTransform_SetToServerValue:
		if t.SetToServerValue != firestorepb.DocumentTransform_FieldTransform_REQUEST_TIME {
			return transform{}, invalid("unknown server value %v", t.SetToServerValue)
		}
		return transform{apply: requestTime}, nil
	case *firestorepb.DocumentTransform_FieldTransform_Increment:
		return numeric(t.Increment, sum)
	case *firestorepb.DocumentTransform_FieldTransform_Maximum:
		return numeric(t.Maximum, maximum)
	case *firestorepb.DocumentTransform_FieldTransform_Minimum:
		return numeric(t.Minimum, minimum)
	case *firestorepb.DocumentTransform_FieldTransform_AppendMissingElements:
		if err := value.Check(value.List(t.AppendMissingElements.GetValues())); err != nil {
			return transform{}, err
		}
		return array(t.AppendMissingElements, union), nil
	case *firestorepb.DocumentTransform_FieldTransform_RemoveAllFromArray:
		for _, v := range t.RemoveAllFromArray.GetValues() { // may be what no array could hold
			if err := value.Check(v); err != nil {
				return transform{}, err
			}
		}
		return array(t.RemoveAllFromArray, without), nil
	}
	return transform{}, invalid("a transform has no type")
}

func requestTime(_ *firestorepb.Value, at time.Time) (next, result *firestorepb.Value) {
	v := value.Time(at)
	return v, v
}

// numeric makes the transform that combines a number with the operand; what is not a number becomes
// the operand.
func numeric(operand *firestorepb.Value, combine func(old, operand *firestorepb.Value) *firestorepb.Value) (transform, error) {
	if value.ClassOf(operand) != value.Number {
		return transform{}, invalid("the operand of a numeric transform is not a number")
	}
	return transform{apply: func(old *firestorepb.Value, _ time.Time) (next, result *firestorepb.Value) {
		if value.ClassOf(old) != value.Number {
			return operand, operand
		}
		next = combine(old, operand)
		return next, next
	}}, nil
}

// sum adds integers as integers, which stay at the ends of their range, and anything else as
// doubles.
func sum(old, operand *firestorepb.Value) *firestorepb.Value {
	a, aIsInt := old.GetValueType().(*firestorepb.Value_IntegerValue)
	b, bIsInt := operand.GetValueType().(*firestorepb.Value_IntegerValue)
	if !aIsInt || !bIsInt {
		return value.Double(value.AsDouble(old) + value.AsDouble(operand))
	}
	x, y := a.IntegerValue, b.IntegerValue
	switch {
	case y > 0 && x > math.MaxInt64-y:
		return value.Int(math.MaxInt64)
	case y < 0 && x < math.MinInt64-y:
		return value.Int(math.MinInt64)
	}
	return value.Int(x + y)
}

// maximum and minimum yield NaN if either is; of two equal numbers the stored one stays.
func maximum(old, operand *firestorepb.Value) *firestorepb.Value {
	if value.IsNaN(old) || !value.IsNaN(operand) && value.Compare(operand, old) <= 0 {
		return old
	}
	return operand
}

func minimum(old, operand *firestorepb.Value) *firestorepb.Value {
	if value.IsNaN(old) || !value.IsNaN(operand) && value.Compare(operand, old) >= 0 {
		return old
	}
	return operand
}

// array makes the transform of an array; what is not an array counts as empty. The result told is
// null.
func array(operand *firestorepb.ArrayValue, combine func(old, operand []*firestorepb.Value) []*firestorepb.Value) transform {
	return transform{apply: func(old *firestorepb.Value, _ time.Time) (next, result *firestorepb.Value) {
		return value.List(combine(old.GetArrayValue().GetValues(), operand.GetValues())), value.NullValue
	}}
}

func union(old, operand []*firestorepb.Value) []*firestorepb.Value {
	out := slices.Clone(old)
	for _, v := range operand {
		if !value.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func without(old, operand []*firestorepb.Value) []*firestorepb.Value {
	return slices.DeleteFunc(slices.Clone(old), func(v *firestorepb.Value) bool { return value.Contains(operand, v) })
}
