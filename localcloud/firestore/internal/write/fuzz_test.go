package write_test

import (
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

// Whatever a client sends, a write is refused for a reason, or leaves a document that may be
// stored.
func FuzzWrite(f *testing.F) {
	for _, pb := range []*firestorepb.Write{
		{Operation: update(fields{"a": value.Int(1)}), UpdateMask: mask("a", "b.c"), CurrentDocument: exists(true)},
		{Operation: update(fields{"a": value.List([]v{value.Int(1)})}), UpdateTransforms: []*transform{
			{FieldPath: "x.y", TransformType: &firestorepb.DocumentTransform_FieldTransform_Increment{Increment: value.Double(1)}},
			{FieldPath: "a", TransformType: &firestorepb.DocumentTransform_FieldTransform_AppendMissingElements{
				AppendMissingElements: &firestorepb.ArrayValue{Values: []v{value.NullValue}}}},
		}},
		{Operation: &firestorepb.Write_Delete{Delete: name}, CurrentDocument: exists(false)},
	} {
		b, err := proto.Marshal(pb)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var pb firestorepb.Write
		if proto.Unmarshal(b, &pb) != nil {
			return
		}
		parsed, err := write.Parse(database, &pb)
		if err != nil {
			if status.Code(err) != codes.InvalidArgument {
				t.Fatalf("got %v", err)
			}
			return
		}
		w := newWorld(t, fields{"a": value.Int(1), "b": value.Fields(fields{"c": str("x")})})
		w.db.Submit(func(c *store.Commit) error {
			_, err := parsed.Apply(c)
			return err
		}).Wait()
		snapshot, err := w.db.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		d := snapshot.Get(parsed.Key)
		if d == nil {
			return
		}
		if err := value.CheckFields(d.Fields); err != nil {
			t.Fatalf("%v left %v: %v", &pb, d.Fields, err)
		}
	})
}
