package query_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// What has no distance comes last, and is beyond every threshold; but a dot product that is not a
// number comes first. So does Google's emulator answer.
func TestNearest(t *testing.T) {
	const (
		euclidean = firestorepb.StructuredQuery_FindNearest_EUCLIDEAN
		cosine    = firestorepb.StructuredQuery_FindNearest_COSINE
		dot       = firestorepb.StructuredQuery_FindNearest_DOT_PRODUCT
	)
	snapshot := fill(t, map[string]fields{
		"c/inf":   {"v": vector(math.Inf(1), 1)},
		"c/neg":   {"v": vector(-1, 0)},
		"c/one":   {"v": vector(1, 0)},
		"c/other": {"v": vector(1, 0, 0)},
		"c/two":   {"v": vector(0, 2)},
		"c/zero":  {"v": vector(0, 0)},
	})
	within := func(f float64) *wrapperspb.DoubleValue { return wrapperspb.Double(f) }
	for _, test := range []struct {
		name      string
		measure   firestorepb.StructuredQuery_FindNearest_DistanceMeasure
		to        *firestorepb.Value
		threshold *wrapperspb.DoubleValue
		want      string // "": refused
	}{
		{"euclidean", euclidean, vector(1, 0), nil, "one 0, zero 1, neg 2, two 2.24, inf +Inf"},
		{"euclidean within", euclidean, vector(1, 0), within(1), "one 0, zero 1"},
		{"cosine", cosine, vector(1, 0), nil, "one 0, two 1, neg 2, inf NaN, zero NaN"},
		{"cosine within", cosine, vector(1, 0), within(2), "one 0, two 1, neg 2"},
		{"cosine to zero", cosine, vector(0, 0), nil, "inf NaN, neg NaN, one NaN, two NaN, zero NaN"},
		{"cosine to zero within", cosine, vector(0, 0), within(2), "none"},
		{"dot product", dot, vector(1, 0), nil, "inf +Inf, one 1, two 0, zero 0, neg -1"},
		{"dot product with zero", dot, vector(0, 0), within(0.5), "inf NaN"},
		{"to what is not a number", euclidean, vector(math.NaN(), 1), nil, "inf NaN, neg NaN, one NaN, two NaN, zero NaN"},
		{"to no dimension", euclidean, vector(), nil, ""},
		{"within what is not a number", euclidean, vector(1, 0), within(math.NaN()), ""},
		{"within infinity", euclidean, vector(1, 0), within(math.Inf(1)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := query.Compile(resource.Database{Project: "p", ID: "d"}, "", &structured{
				From: from("c", false),
				FindNearest: &firestorepb.StructuredQuery_FindNearest{
					VectorField: ref("v"), QueryVector: test.to, DistanceMeasure: test.measure, Limit: wrapperspb.Int32(10),
					DistanceResultField: "d", DistanceThreshold: test.threshold,
				},
			})
			if test.want == "" {
				if status.Code(err) != codes.InvalidArgument {
					t.Fatalf("got %v, want InvalidArgument", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range q.Run(snapshot).Found {
				got = append(got, fmt.Sprintf("%s %.3g", d.Key.ID, d.Fields["d"].GetDoubleValue()))
			}
			if len(got) == 0 {
				got = []string{"none"}
			}
			if s := strings.Join(got, ", "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

// A query has 100 filters, named orders and parents at most.
func TestTooManyClauses(t *testing.T) {
	for _, test := range []struct {
		name            string
		parent          string
		filters, orders int
		branches        int
		ok              bool
	}{
		{"filters", "", 100, 0, 1, true},
		{"one filter more", "", 101, 0, 1, false},
		{"orders", "", 0, 100, 1, true},
		{"one order more", "", 0, 101, 1, false},
		{"both", "", 50, 50, 1, true},
		{"both, and one more", "", 51, 50, 1, false},
		{"below a document", "a/b", 99, 0, 1, true},
		{"below a document, one more", "a/b", 100, 0, 1, false},
		{"in ten branches", "", 100, 0, 10, true},
		{"in ten branches, one more", "", 110, 0, 10, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			pb := &structured{From: from("c", false)}
			var filters, branches []*firestorepb.StructuredQuery_Filter
			for i := range test.filters {
				filters = append(filters, where(fmt.Sprint("f", i), equal, integer(1)))
			}
			for i := range test.branches {
				if n := test.filters / test.branches; n > 0 {
					branches = append(branches, and(filters[i*n:(i+1)*n]...))
				}
			}
			if len(branches) > 0 {
				pb.Where = or(branches...)
			}
			for i := range test.orders {
				pb.OrderBy = append(pb.OrderBy, asc(fmt.Sprint("o", i)))
			}
			_, err := query.Compile(resource.Database{Project: "p", ID: "d"}, test.parent, pb)
			if want := map[bool]codes.Code{true: codes.OK, false: codes.InvalidArgument}[test.ok]; status.Code(err) != want {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}
