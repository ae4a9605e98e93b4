package query_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

type structured = firestorepb.StructuredQuery

// find runs a query and returns the ids, or for deep queries the paths, of what it finds.
func find(t *testing.T, snapshot *store.Snapshot, parent string, pb *structured) []string {
	t.Helper()
	q, err := query.Compile(database, parent, pb)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, d := range q.Run(snapshot).Found {
		if len(pb.From) > 0 && !pb.From[0].AllDescendants && pb.From[0].CollectionId != "" {
			ids = append(ids, d.Key.ID)
		} else {
			ids = append(ids, d.Key.Path())
		}
	}
	return ids
}

func unary(path string, op firestorepb.StructuredQuery_UnaryFilter_Operator) *firestorepb.StructuredQuery_Filter {
	return &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_UnaryFilter{
		UnaryFilter: &firestorepb.StructuredQuery_UnaryFilter{
			Op: op, OperandType: &firestorepb.StructuredQuery_UnaryFilter_Field{Field: ref(path)},
		},
	}}
}

func composite(op firestorepb.StructuredQuery_CompositeFilter_Operator, filters ...*firestorepb.StructuredQuery_Filter) *firestorepb.StructuredQuery_Filter {
	return &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_CompositeFilter{
		CompositeFilter: &firestorepb.StructuredQuery_CompositeFilter{Op: op, Filters: filters},
	}}
}

func and(filters ...*firestorepb.StructuredQuery_Filter) *firestorepb.StructuredQuery_Filter {
	return composite(firestorepb.StructuredQuery_CompositeFilter_AND, filters...)
}

func or(filters ...*firestorepb.StructuredQuery_Filter) *firestorepb.StructuredQuery_Filter {
	return composite(firestorepb.StructuredQuery_CompositeFilter_OR, filters...)
}

func asc(path string) *firestorepb.StructuredQuery_Order {
	return &firestorepb.StructuredQuery_Order{Field: ref(path), Direction: firestorepb.StructuredQuery_ASCENDING}
}

func desc(path string) *firestorepb.StructuredQuery_Order {
	return &firestorepb.StructuredQuery_Order{Field: ref(path), Direction: firestorepb.StructuredQuery_DESCENDING}
}

func TestFilters(t *testing.T) {
	nan := value.Double(math.NaN())
	snapshot := fill(t, map[string]fields{
		"c/array":  {"x": list(integer(1), str("a"))},
		"c/false":  {"x": boolean(false)},
		"c/map":    {"x": value.Fields(fields{"y": integer(1)})},
		"c/nan":    {"x": nan},
		"c/none":   {"other": integer(1)},
		"c/null":   {"x": value.NullValue},
		"c/one":    {"x": integer(1)},
		"c/one.0":  {"x": value.Double(1)},
		"c/string": {"x": str("a")},
		"c/two":    {"x": integer(2), "z": integer(1)},
		"d/one":    {"x": integer(1)},
	})
	isNull, isNotNull := firestorepb.StructuredQuery_UnaryFilter_IS_NULL, firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NULL
	isNaN, isNotNaN := firestorepb.StructuredQuery_UnaryFilter_IS_NAN, firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NAN
	one, two := integer(1), integer(2)
	for _, test := range []struct {
		name   string
		filter *firestorepb.StructuredQuery_Filter
		want   string // ids in any order
	}{
		{"none", nil, "array false map nan none null one one.0 string two"},
		{"equal int and double", where("x", equal, one), "one one.0"},
		{"equal string", where("x", equal, str("a")), "string"},
		{"equal array", where("x", equal, list(value.Double(1), str("a"))), "array"},
		{"equal map", where("x", equal, value.Fields(fields{"y": integer(1)})), "map"},
		{"equal inside a map", where("x.y", equal, one), "map"},
		{"equal null", where("x", equal, value.NullValue), ""},
		{"equal NaN", where("x", equal, nan), ""},
		{"equal array of null", where("x", equal, list(value.NullValue)), ""},
		{"not equal null", where("x", notEqual, value.NullValue), ""},
		{"not equal NaN", where("x", notEqual, nan), "array false map nan one one.0 string two"},
		{"less or equal null", where("x", lessOrEqual, value.NullValue), ""},
		{"greater or equal NaN", where("x", greaterOrEqual, nan), ""},
		{"in with null and NaN", where("x", in, list(one, value.NullValue, nan)), "one one.0"},
		{"not in with NaN", where("x", notIn, list(one, nan)), "array false map nan string two"},
		{"array contains null", where("x", arrayContains, value.NullValue), ""},
		{"not equal lacks null and missing", where("x", notEqual, one), "array false map nan string two"},
		{"less is of one type", where("x", less, two), "one one.0"},
		{"less or equal", where("x", lessOrEqual, one), "one one.0"},
		{"greater", where("x", greater, one), "two"},
		{"greater or equal", where("x", greaterOrEqual, one), "one one.0 two"},
		{"greater string", where("x", greaterOrEqual, str("")), "string"},
		{"greater boolean", where("x", greaterOrEqual, boolean(false)), "false"},
		{"in", where("x", in, list(one, str("a"), str("b"))), "one one.0 string"},
		{"in with an array", where("x", in, list(integer(2), str("a"))), "string two"},
		{"not in", where("x", notIn, list(one, str("a"))), "array false map nan two"},
		{"not in with null", where("x", notIn, list(one, value.NullValue)), ""},
		{"array contains", where("x", arrayContains, value.Double(1)), "array"},
		{"array contains not", where("x", arrayContains, two), ""},
		{"array contains any", where("x", arrayContainsAny, list(two, str("a"))), "array"},
		{"is null", unary("x", isNull), "null"},
		{"is not null", unary("x", isNotNull), "array false map nan one one.0 string two"},
		{"is NaN", unary("x", isNaN), "nan"},
		{"is not NaN", unary("x", isNotNaN), "array false map one one.0 string two"},
		{"and", and(where("x", greater, one), where("z", equal, one)), "two"},
		{"or", or(where("x", equal, one), where("x", equal, str("a"))), "one one.0 string"},
		{"or of what orders", or(where("x", greater, one), where("other", equal, one)), "two"},
		{"nested", and(where("z", equal, one), or(where("x", equal, two), where("x", equal, one))), "two"},
		{"name", where("__name__", equal, document("c/one")), "one"},
		{"name of another collection", where("__name__", equal, document("d/one")), ""},
		{"name greater", where("__name__", greater, document("c/one.0")), "string two"},
		{"name in", where("__name__", in, list(document("c/one"), document("c/nowhere"))), "one"},
		{"name not in", where("__name__", notIn, list(document("c/one"))), "array false map nan none null one.0 string two"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := find(t, snapshot, "", &structured{From: from("c", false), Where: test.filter})
			slices.Sort(got)
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Of 30 disjunctions that are allowed, an operand that stands there twice counts once, and null
// counts; so does NaN.
func TestDisjunctions(t *testing.T) {
	nan := value.Double(math.NaN())
	five := []*firestorepb.Value{integer(1), value.Double(1), str("a"), str("b"), value.NullValue}
	for _, test := range []struct {
		name string
		more []*firestorepb.Value // beside five and five others
		want codes.Code
	}{
		{"fifteen", []*firestorepb.Value{integer(3), integer(4), integer(5), integer(6), integer(7)}, codes.OK},
		{"and one twice", []*firestorepb.Value{integer(3), integer(4), integer(5), integer(6), integer(7), integer(7)}, codes.OK},
		{"and NaN", []*firestorepb.Value{integer(3), integer(4), integer(5), integer(6), integer(7), nan}, codes.InvalidArgument},
		{"sixteen", []*firestorepb.Value{integer(3), integer(4), integer(5), integer(6), integer(7), integer(8)}, codes.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			many := append(append(slices.Clone(five), str("c"), str("d"), str("e"), str("f"), str("g")), test.more...)
			_, err := query.Compile(database, "", &structured{From: from("c", false),
				Where: and(where("x", in, list(many...)), where("y", in, list(integer(1), integer(2))))})
			if status.Code(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestBadQueries(t *testing.T) {
	one := integer(1)
	many := func(n int) *firestorepb.Value {
		values := make([]*firestorepb.Value, n)
		for i := range values {
			values[i] = integer(int64(i))
		}
		return list(values...)
	}
	for name, pb := range map[string]*structured{
		"empty in":                 {Where: where("x", in, list())},
		"in without an array":      {Where: where("x", in, one)},
		"31 in":                    {Where: where("x", in, many(31))},
		"11 not in":                {Where: where("x", notIn, many(11))},
		"two not in":               {Where: and(where("x", notIn, many(1)), where("y", notIn, many(1)))},
		"not in and not equal":     {Where: and(where("x", notIn, many(1)), where("y", notEqual, one))},
		"not in and in":            {Where: and(where("x", notIn, many(1)), where("y", in, many(1)))},
		"not in and or":            {Where: and(where("x", notIn, many(1)), or(where("y", equal, one), where("z", equal, one)))},
		"two array contains":       {Where: and(where("x", arrayContains, one), where("y", arrayContains, one))},
		"36 disjunctions":          {Where: and(where("x", in, many(6)), where("y", in, many(6)))},
		"name and no reference":    {Where: where("__name__", equal, str("a/b"))},
		"name in other database":   {Where: where("__name__", equal, value.Ref("projects/p/databases/e/documents/c/a"))},
		"name contains":            {Where: where("__name__", arrayContains, document("c/a"))},
		"name is null":             {Where: unary("__name__", firestorepb.StructuredQuery_UnaryFilter_IS_NULL)},
		"two not equal":            {Where: and(where("x", notEqual, one), where("y", notEqual, one))},
		"not equal or not null":    {Where: or(where("x", notEqual, one), unary("y", firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NULL))},
		"name and an inequality":   {Where: and(where("__name__", equal, document("c/a")), where("x", less, one))},
		"too large for an index":   {Where: where("x", equal, str(strings.Repeat("x", 1500)))},
		"too large in an array":    {Where: where("x", in, list(one, list(str(strings.Repeat("x", 1500)))))},
		"order after the name":     {OrderBy: []*firestorepb.StructuredQuery_Order{asc("__name__"), asc("x")}},
		"inequality after a name":  {Where: where("x", less, one), OrderBy: []*firestorepb.StructuredQuery_Order{asc("__name__")}},
		"two selectors":            {From: append(from("c", false), from("d", false)...)},
		"all collections filtered": {From: from("", true), Where: where("x", equal, one)},
		"all collections ordered":  {From: from("", true), OrderBy: []*firestorepb.StructuredQuery_Order{asc("x")}},
		"cursor of an unnamed order": {OrderBy: []*firestorepb.StructuredQuery_Order{asc("x")},
			StartAt: at(true, one, document("c/a"))},
		"empty and":               {Where: and()},
		"no operator":             {Where: where("x", 0, one)},
		"no value":                {Where: where("x", equal, nil)},
		"bad path":                {Where: where("x..y", equal, one)},
		"order twice":             {OrderBy: []*firestorepb.StructuredQuery_Order{asc("x"), desc("x")}},
		"cursor too long":         {StartAt: &firestorepb.Cursor{Values: []*firestorepb.Value{document("c/a"), one}}},
		"cursor and no reference": {StartAt: &firestorepb.Cursor{Values: []*firestorepb.Value{one}}},
		"cursor elsewhere": {EndAt: &firestorepb.Cursor{Values: []*firestorepb.Value{
			value.Ref("projects/p/databases/e/documents/c/a")}}},
		"negative limit":  {Limit: wrapperspb.Int32(-1)},
		"negative offset": {Offset: -1},
		"bad collection":  {From: from("c/d", false)},
		"bad projection": {Select: &firestorepb.StructuredQuery_Projection{
			Fields: []*firestorepb.StructuredQuery_FieldReference{ref("")}}},
	} {
		t.Run(name, func(t *testing.T) {
			if pb.From == nil {
				pb.From = from("c", false)
			}
			if _, err := query.Compile(database, "", pb); status.Code(err) != codes.InvalidArgument {
				t.Errorf("got %v, want InvalidArgument", err)
			}
		})
	}
}
