package query_test

import (
	"math"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

type aggregation = firestorepb.StructuredAggregationQuery_Aggregation

func count(alias string) *aggregation {
	return &aggregation{Alias: alias, Operator: &firestorepb.StructuredAggregationQuery_Aggregation_Count_{
		Count: &firestorepb.StructuredAggregationQuery_Aggregation_Count{}}}
}

func countUpTo(alias string, n int64) *aggregation {
	return &aggregation{Alias: alias, Operator: &firestorepb.StructuredAggregationQuery_Aggregation_Count_{
		Count: &firestorepb.StructuredAggregationQuery_Aggregation_Count{UpTo: wrapperspb.Int64(n)}}}
}

func sum(alias, path string) *aggregation {
	return &aggregation{Alias: alias, Operator: &firestorepb.StructuredAggregationQuery_Aggregation_Sum_{
		Sum: &firestorepb.StructuredAggregationQuery_Aggregation_Sum{Field: ref(path)}}}
}

func avg(alias, path string) *aggregation {
	return &aggregation{Alias: alias, Operator: &firestorepb.StructuredAggregationQuery_Aggregation_Avg_{
		Avg: &firestorepb.StructuredAggregationQuery_Aggregation_Avg{Field: ref(path)}}}
}

func TestAggregations(t *testing.T) {
	snapshot := fill(t, map[string]fields{
		"c/a":    {"n": integer(1), "d": value.Double(0.1), "mixed": integer(1), "big": integer(math.MaxInt64)},
		"c/b":    {"n": integer(2), "d": value.Double(0.2), "mixed": str("x"), "big": integer(1)},
		"c/c":    {"n": integer(4), "d": value.Double(0.3), "mixed": value.Double(0.5), "text": str("x")},
		"c/d":    {"other": integer(1)},
		"e/none": {"other": integer(1)},
		"nan/a":  {"x": value.Double(math.NaN())},
		"nan/b":  {"x": integer(1)},
		"inf/a":  {"x": value.Double(math.Inf(1))},
		"inf/b":  {"x": value.Double(1)},
	})
	for _, test := range []struct {
		name, collection string
		parts            []*aggregation
		want             fields
	}{
		{"count", "c", []*aggregation{count("n")}, fields{"n": integer(4)}},
		{"count up to", "c", []*aggregation{countUpTo("n", 3), countUpTo("m", 9)}, fields{"n": integer(3), "m": integer(4)}},
		{"count nothing", "nowhere", []*aggregation{count("n")}, fields{"n": integer(0)}},
		{"unnamed", "c", []*aggregation{count(""), sum("s", "n"), avg("", "n")},
			fields{"field_1": integer(3), "s": integer(7), "field_2": value.Double(7.0 / 3)}},
		{"doubles", "c", []*aggregation{sum("s", "d"), avg("a", "d")}, fields{"s": value.Double(0.6), "a": value.Double(0.19999999999999998)}},
		{"mixed", "c", []*aggregation{count("n"), sum("s", "mixed"), avg("a", "mixed")},
			fields{"n": integer(3), "s": value.Double(1.5), "a": value.Double(0.75)}},
		{"no numbers", "c", []*aggregation{sum("s", "text"), avg("a", "text")}, fields{"s": integer(0), "a": value.NullValue}},
		{"overflow", "c", []*aggregation{sum("s", "big")}, fields{"s": value.Double(1 << 63)}},
		{"NaN", "nan", []*aggregation{sum("s", "x"), avg("a", "x")}, fields{"s": value.Double(math.NaN()), "a": value.Double(math.NaN())}},
		{"infinity", "inf", []*aggregation{sum("s", "x")}, fields{"s": value.Double(math.Inf(1))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := query.CompileAggregation(database, "", &firestorepb.StructuredAggregationQuery{
				Aggregations: test.parts,
				QueryType: &firestorepb.StructuredAggregationQuery_StructuredQuery{
					StructuredQuery: &structured{From: from(test.collection, false)},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := a.Over(a.Query.Run(snapshot).Found)
			if diff := cmp.Diff(test.want, got, protocmp.Transform(), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-15)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func aggregate(q *structured, parts ...*aggregation) (*query.Aggregation, error) {
	q.From = from("c", false)
	return query.CompileAggregation(database, "", &firestorepb.StructuredAggregationQuery{
		Aggregations: parts,
		QueryType:    &firestorepb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: q},
	})
}

// The service sums over an index of the field: offset and limit count in the order of that.
func TestAggregationsOrderByTheirFields(t *testing.T) {
	snapshot := fill(t, map[string]fields{
		"c/a": {"n": integer(4)},
		"c/b": {"n": integer(1)},
		"c/c": {"n": integer(2), "m": integer(9)},
		"c/d": {"n": integer(2), "m": integer(8)},
	})
	for _, test := range []struct {
		name  string
		q     *structured
		parts []*aggregation
		want  fields
	}{
		{"limit", &structured{Limit: wrapperspb.Int32(2)}, []*aggregation{sum("s", "n")}, fields{"s": integer(3)}},
		{"offset", &structured{Offset: 3}, []*aggregation{sum("s", "n")}, fields{"s": integer(4)}},
		{"two fields", &structured{Limit: wrapperspb.Int32(1)}, []*aggregation{sum("n", "n"), sum("m", "m")},
			fields{"n": integer(2), "m": integer(8)}},
		{"count alone", &structured{Limit: wrapperspb.Int32(2)}, []*aggregation{count("c")}, fields{"c": integer(2)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := aggregate(test.q, test.parts...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, a.Over(a.Query.Run(snapshot).Found), protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadAggregations(t *testing.T) {
	names := []*firestorepb.StructuredQuery_Order{asc("__name__")}
	projected := &firestorepb.StructuredQuery_Projection{Fields: []*firestorepb.StructuredQuery_FieldReference{ref("n")}}
	for _, test := range []struct {
		name  string
		q     *structured
		parts []*aggregation
	}{
		{"none", &structured{}, nil},
		{"six", &structured{}, []*aggregation{count(""), count(""), count(""), count(""), count(""), count("")}},
		{"up to none", &structured{}, []*aggregation{countUpTo("", 0)}},
		{"one alias twice", &structured{}, []*aggregation{count("x"), sum("x", "n")}},
		{"of the name", &structured{}, []*aggregation{sum("", "__name__")}},
		{"over a projection", &structured{Select: projected}, []*aggregation{avg("", "n")}},
		{"in the order of names", &structured{OrderBy: names}, []*aggregation{sum("", "n")}},
		{"filtered by name", &structured{Where: where("__name__", greater, document("c/a"))}, []*aggregation{sum("", "n")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := aggregate(test.q, test.parts...); status.Code(err) != codes.InvalidArgument {
				t.Errorf("got %v, want InvalidArgument", err)
			}
		})
	}
}
