package query_test

import (
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Whatever a client sends, a query is refused or runs; it finds no document twice, and what it
// finds it matches.
func FuzzQuery(f *testing.F) {
	snapshot := fill(f, map[string]fields{
		"c/1":     {"x": integer(1), "y": str("a"), "v": vector(1, 2)},
		"c/2":     {"x": value.Double(2), "y": list(integer(1))},
		"c/3":     {"x": value.NullValue, "m": value.Fields(fields{"n": integer(1)})},
		"c/1/c/1": {"x": integer(1)},
	})
	for _, pb := range []*structured{
		{From: from("c", false), Where: and(where("x", greater, integer(1)), or(where("y", in, list(str("a"))), where("m.n", equal, integer(1))))},
		{From: from("c", true), OrderBy: []*firestorepb.StructuredQuery_Order{desc("x"), asc("__name__")}, Offset: 1, Limit: wrapperspb.Int32(2),
			StartAt: at(true, integer(9), document("c/1")), EndAt: at(false, integer(0))},
		{From: from("c", false), Where: where("__name__", notIn, list(document("c/1"))),
			Select: &firestorepb.StructuredQuery_Projection{Fields: []*firestorepb.StructuredQuery_FieldReference{ref("m.n"), ref("`x`")}}},
		{From: from("c", false), FindNearest: &firestorepb.StructuredQuery_FindNearest{
			VectorField: ref("v"), QueryVector: vector(2, 1), Limit: wrapperspb.Int32(3), DistanceResultField: "d",
			DistanceMeasure: firestorepb.StructuredQuery_FindNearest_COSINE}},
		{From: from("c", false), Where: unary("x", firestorepb.StructuredQuery_UnaryFilter_IS_NOT_NAN)},
	} {
		b, err := proto.Marshal(pb)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("", b)
		f.Add("c/1", b)
	}
	f.Fuzz(func(t *testing.T, parent string, b []byte) {
		var pb structured
		if proto.Unmarshal(b, &pb) != nil {
			return
		}
		q, err := query.Compile(database, parent, &pb)
		if err != nil {
			if c := status.Code(err); c != codes.InvalidArgument && c != codes.Unimplemented {
				t.Fatalf("got %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, d := range q.Run(snapshot).Found {
			if seen[d.Key.Path()] {
				t.Fatalf("found %s twice", d.Key.Path())
			}
			seen[d.Key.Path()] = true
			q.Project(d)
			if pb.FindNearest == nil && !q.Matches(d) {
				t.Fatalf("found %s, which does not match", d.Key.Path())
			}
		}
	})
}

func vector(elements ...float64) *firestorepb.Value {
	var values []*firestorepb.Value
	for _, e := range elements {
		values = append(values, value.Double(e))
	}
	return value.Fields(fields{"__type__": str("__vector__"), "value": list(values...)})
}
