package query_test

import (
	"fmt"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
)

// BenchmarkEqualityAndOrder finds, in a collection, the ten newest of the tenth that has one value.
func BenchmarkEqualityAndOrder(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			docs := map[string]fields{}
			for i := range n {
				docs[fmt.Sprintf("files/f%06d", i)] = fields{
					"status": str(fmt.Sprint("s", i%10)), "size": integer(int64(i * 7919 % n)), "name": str(fmt.Sprint("file ", i)),
				}
			}
			snapshot := fill(b, docs)
			for _, limit := range []int32{10, 1000} {
				q, err := query.Compile(database, "", &firestorepb.StructuredQuery{
					From:  from("files", false),
					Where: where("status", equal, str("s3")),
					OrderBy: []*firestorepb.StructuredQuery_Order{
						{Field: ref("size"), Direction: firestorepb.StructuredQuery_DESCENDING},
					},
					Limit: wrapperspb.Int32(limit),
				})
				if err != nil {
					b.Fatal(err)
				}
				b.Run(fmt.Sprint("limit", limit), func(b *testing.B) {
					for b.Loop() {
						if found := q.Run(snapshot).Found; len(found) != int(limit) {
							b.Fatalf("found %d", len(found))
						}
					}
				})
			}
		})
	}
}
