package write_test

import (
	"math"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

func TestNumericTransforms(t *testing.T) {
	increment := func(x v) *transform {
		return &transform{FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: x}}
	}
	maximum := func(x v) *transform {
		return &transform{FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_Maximum{Maximum: x}}
	}
	minimum := func(x v) *transform {
		return &transform{FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_Minimum{Minimum: x}}
	}
	nan := value.Double(math.NaN())
	for _, test := range []struct {
		name      string
		before    v // nil: no document
		transform *transform
		want      v
	}{
		{"increment nothing", nil, increment(value.Int(3)), value.Int(3)},
		{"increment a string", str("7"), increment(value.Int(3)), value.Int(3)},
		{"increment", value.Int(7), increment(value.Int(3)), value.Int(10)},
		{"increment by less", value.Int(7), increment(value.Int(-9)), value.Int(-2)},
		{"increment a double", value.Double(7.5), increment(value.Int(3)), value.Double(10.5)},
		{"increment by a double", value.Int(7), increment(value.Double(0.5)), value.Double(7.5)},
		{"increment beyond the end", value.Int(math.MaxInt64 - 1), increment(value.Int(2)), value.Int(math.MaxInt64)},
		{"increment to the end", value.Int(math.MaxInt64 - 1), increment(value.Int(1)), value.Int(math.MaxInt64)},
		{"increment beyond the beginning", value.Int(math.MinInt64 + 1), increment(value.Int(-2)), value.Int(math.MinInt64)},
		{"increment NaN", nan, increment(value.Int(1)), nan},
		{"maximum of nothing", nil, maximum(value.Int(3)), value.Int(3)},
		{"maximum of a string", str("7"), maximum(value.Int(3)), value.Int(3)},
		{"maximum", value.Int(7), maximum(value.Int(9)), value.Int(9)},
		{"maximum stays", value.Int(7), maximum(value.Double(6.5)), value.Int(7)},
		{"maximum takes the type", value.Int(7), maximum(value.Double(7.5)), value.Double(7.5)},
		{"maximum of equals", value.Int(7), maximum(value.Double(7)), value.Int(7)},
		{"maximum with NaN", value.Int(7), maximum(nan), nan},
		{"maximum of NaN", nan, maximum(value.Int(7)), nan},
		{"minimum of nothing", nil, minimum(value.Int(3)), value.Int(3)},
		{"minimum", value.Int(7), minimum(value.Int(5)), value.Int(5)},
		{"minimum stays", value.Int(7), minimum(value.Double(7.5)), value.Int(7)},
		{"minimum of equals", value.Double(7), minimum(value.Int(7)), value.Double(7)},
		{"minimum with NaN", value.Int(7), minimum(nan), nan},
		{"minimum of NaN", nan, minimum(value.Int(7)), nan},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before fields
			if test.before != nil {
				before = fields{"x": test.before}
			}
			w := newWorld(t, before)
			result, err := w.apply(&firestorepb.Write{
				Operation: update(nil), UpdateMask: mask(), UpdateTransforms: []*transform{test.transform},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fields{"x": test.want}, w.doc().Fields, same); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]v{test.want}, result.TransformResults, same); diff != "" {
				t.Errorf("result: %s", diff)
			}
		})
	}
}

func TestArrayTransforms(t *testing.T) {
	union := func(values ...v) *transform {
		return &transform{FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_AppendMissingElements{
			AppendMissingElements: &firestorepb.ArrayValue{Values: values}}}
	}
	remove := func(values ...v) *transform {
		return &transform{FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_RemoveAllFromArray{
			RemoveAllFromArray: &firestorepb.ArrayValue{Values: values}}}
	}
	one, two, three := value.Int(1), value.Int(2), value.Int(3)
	list := func(values ...v) v { return value.List(values) }
	for _, test := range []struct {
		name         string
		before, want v
		transform    *transform
	}{
		{"append to nothing", nil, list(one), union(one)},
		{"append to what is no array", str("x"), list(one), union(one)},
		{"append what is missing", list(one, two), list(one, two, three), union(two, three)},
		{"append equals once", list(), list(one), union(one, value.Double(1), one)},
		{"an equal is there", list(value.Double(1)), list(value.Double(1)), union(one)},
		{"append null and NaN", list(), list(value.NullValue, value.Double(math.NaN())),
			union(value.NullValue, value.Double(math.NaN()), value.NullValue, value.Double(math.NaN()))},
		{"duplicates stay", list(one, one), list(one, one), union(one)},
		{"remove from nothing", nil, list(), remove(one)},
		{"remove from what is no array", str("x"), list(), remove(one)},
		{"remove all", list(one, two, value.Double(1), three), list(two, three), remove(one)},
		{"remove what is not there", list(one), list(one), remove(two)},
		{"remove what cannot be there", list(one), list(one), remove(list(one))},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before fields
			if test.before != nil {
				before = fields{"x": test.before}
			}
			w := newWorld(t, before)
			result, err := w.apply(&firestorepb.Write{
				Operation: update(nil), UpdateMask: mask(), UpdateTransforms: []*transform{test.transform},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fields{"x": test.want}, w.doc().Fields, same); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]v{value.NullValue}, result.TransformResults, same); diff != "" {
				t.Errorf("result: %s", diff)
			}
		})
	}
}

func TestTransformsRunInOrderAfterTheUpdate(t *testing.T) {
	now := &firestorepb.DocumentTransform_FieldTransform_SetToServerValue{SetToServerValue: firestorepb.DocumentTransform_FieldTransform_REQUEST_TIME}
	w := newWorld(t, nil)
	result, err := w.apply(&firestorepb.Write{
		Operation: update(fields{"n": value.Int(1)}),
		UpdateTransforms: []*transform{
			{FieldPath: "n", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: value.Int(2)}},
			{FieldPath: "t.a", TransformType: now},
			{FieldPath: "n", TransformType: &firestorepb.DocumentTransform_FieldTransform_Maximum{Maximum: value.Int(9)}},
			{FieldPath: "t.b", TransformType: now},
		},
		CurrentDocument: exists(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	stamp := value.Time(w.doc().Updated)
	want := fields{"n": value.Int(9), "t": value.Fields(fields{"a": stamp, "b": stamp})}
	if diff := cmp.Diff(want, w.doc().Fields, same); diff != "" {
		t.Error(diff)
	}
	results := []v{value.Int(3), stamp, value.Int(9), stamp}
	if diff := cmp.Diff(results, result.TransformResults, same); diff != "" {
		t.Errorf("results: %s", diff)
	}
}

func TestBadTransforms(t *testing.T) {
	w := newWorld(t, nil)
	for name, tr := range map[string]*transform{
		"no type":      {FieldPath: "x"},
		"bad path":     {FieldPath: "x.", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: value.Int(1)}},
		"name":         {FieldPath: "__name__", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: value.Int(1)}},
		"not a number": {FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: str("1")}},
		"nested array": {FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_AppendMissingElements{
			AppendMissingElements: &firestorepb.ArrayValue{Values: []v{value.List(nil)}}}},
		"too deep": {FieldPath: "x" + strings.Repeat(".x", 20), TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{
			Increment: value.Int(1)}},
		"no server value": {FieldPath: "x", TransformType: &firestorepb.DocumentTransform_FieldTransform_SetToServerValue{}},
	} {
		_, err := w.apply(&firestorepb.Write{Operation: update(nil), UpdateTransforms: []*transform{tr}})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: got %v, want InvalidArgument", name, err)
		}
	}
}

// A field and one inside it cannot be transformed together, in whichever order; one field twice
// can.
func TestTransformsOfOneField(t *testing.T) {
	increment := func(path string) *transform {
		return &transform{FieldPath: path, TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: value.Int(1)}}
	}
	for _, test := range []struct {
		name  string
		paths []string
		want  codes.Code
	}{
		{"inside", []string{"m.a", "m.a.b"}, codes.InvalidArgument},
		{"outside", []string{"m.a.b", "x", "m"}, codes.InvalidArgument},
		{"beside", []string{"m.a", "m.ab", "m.b"}, codes.OK},
		{"twice", []string{"m.a", "m.a"}, codes.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &firestorepb.Write{Operation: update(nil)}
			for _, p := range test.paths {
				w.UpdateTransforms = append(w.UpdateTransforms, increment(p))
			}
			if _, err := newWorld(t, nil).apply(w); status.Code(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
