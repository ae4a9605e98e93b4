package firestore_test

import (
	"fmt"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// index returns an index that the tests write as "a ASC, b CONTAINS, c VECTOR 3".
func index(t *testing.T, s string, scope adminpb.Index_QueryScope) *adminpb.Index {
	t.Helper()
	out := &adminpb.Index{QueryScope: scope}
	for field := range strings.SplitSeq(s, ", ") {
		var dimension int32
		words := strings.Fields(field)
		one := &adminpb.Index_IndexField{FieldPath: words[0]}
		switch words[1] {
		case "ASC":
			one.ValueMode = &adminpb.Index_IndexField_Order_{Order: adminpb.Index_IndexField_ASCENDING}
		case "DESC":
			one.ValueMode = &adminpb.Index_IndexField_Order_{Order: adminpb.Index_IndexField_DESCENDING}
		case "CONTAINS":
			one.ValueMode = &adminpb.Index_IndexField_ArrayConfig_{ArrayConfig: adminpb.Index_IndexField_CONTAINS}
		case "VECTOR":
			if _, err := fmt.Sscan(words[2], &dimension); err != nil {
				t.Fatal(err)
			}
			one.ValueMode = &adminpb.Index_IndexField_VectorConfig_{VectorConfig: &adminpb.Index_IndexField_VectorConfig{
				Dimension: dimension,
				Type:      &adminpb.Index_IndexField_VectorConfig_Flat{Flat: &adminpb.Index_IndexField_VectorConfig_FlatIndex{}},
			}}
		}
		out.Fields = append(out.Fields, one)
	}
	return out
}

// makeIndex creates an index of a collection group of the database "main".
func (c *cloud) makeIndex(group, s string, scope adminpb.Index_QueryScope) *adminpb.Index {
	c.t.Helper()
	op, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{
		Parent: mainDatabase + "/collectionGroups/" + group, Index: index(c.t, s, scope),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return must[*adminpb.Index](c.t)(op.Wait(ctx))
}

// TestWhichIndexesServe tries indexes on the query a == 1, b == 2, ordered by c descending.
func TestWhichIndexesServe(t *testing.T) {
	c, db := enforcing(t)
	for i, test := range []struct {
		name    string
		indexes string
		serve   bool
	}{
		{"the one", "a ASC, b ASC, c DESC", true},
		{"equalities in another sequence and direction", "b DESC, a ASC, c DESC", true},
		{"the order backwards", "a ASC, b ASC, c ASC", false},
		{"one that lacks an equality", "a ASC, c DESC", false},
		{"two that are merged", "a ASC, c DESC; b DESC, c DESC", true},
		{"two with different orders", "a ASC, c DESC; b ASC, c ASC", false},
		{"a field too many", "a ASC, b ASC, c DESC, d DESC", false},
		{"a field too many among the equalities", "a ASC, b ASC, d ASC, c DESC", false},
		{"the order before an equality", "a ASC, c DESC, b ASC", false},
		{"another direction of the name", "a ASC, b ASC, c DESC, __name__ ASC", false},
		{"the same direction of the name", "a ASC, b ASC, c DESC, __name__ DESC", true},
		{"an array in place of an equality", "a CONTAINS, b ASC, c DESC", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			group := fmt.Sprint("c", i)
			q := db.Collection(group).Where("a", "==", 1).Where("b", "==", 2).OrderBy("c", desc)
			_, err := q.Documents(ctx).GetAll()
			mustCode(t, err, codes.FailedPrecondition)
			for s := range strings.SplitSeq(test.indexes, "; ") {
				c.makeIndex(group, s, adminpb.Index_COLLECTION)
			}
			_, err = q.Documents(ctx).GetAll()
			if got := err == nil; got != test.serve {
				t.Errorf("it serves: %v (%v), want %v", got, err, test.serve)
			}
		})
	}
}

func TestIndexesOfCollectionGroups(t *testing.T) {
	c, db := enforcing(t)
	group := db.CollectionGroup("g")
	run := func(q client.Query) error {
		_, err := q.Documents(ctx).GetAll()
		return err
	}
	mustCode(t, run(group.Query), codes.OK)
	mustCode(t, run(group.Where(client.DocumentID, ">", db.Doc("g/x"))), codes.OK)

	one := group.Where("a", "==", 1)
	refusal := run(one)
	mustCode(t, refusal, codes.FailedPrecondition)
	if want := "requires a COLLECTION_GROUP_ASC index for collection g and field a."; !strings.Contains(status.Convert(refusal).Message(), want) {
		t.Errorf("%v does not say %q", refusal, want)
	}
	parent, index := linked(t, refusal)
	if parent != mainDatabase+"/collectionGroups/g/fields/a" || written(index) != "a ASC" {
		t.Errorf("the link is of %s, %s", parent, written(index))
	}
	op, err := c.admin().UpdateField(ctx, &adminpb.UpdateFieldRequest{
		Field: &adminpb.Field{Name: parent, IndexConfig: &adminpb.Field_IndexConfig{Indexes: []*adminpb.Index{index}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	must[*adminpb.Field](t)(op.Wait(ctx))
	mustCode(t, run(one), codes.OK)
	mustCode(t, run(group.OrderBy("a", desc)), codes.FailedPrecondition)
	// These settings took the place of the default ones.
	mustCode(t, run(db.Collection("g").Where("a", "==", 1)), codes.FailedPrecondition)

	two := group.Where("a", "==", 1).OrderBy("b", asc)
	c.makeIndex("g", "a ASC, b ASC", adminpb.Index_COLLECTION)
	mustCode(t, run(two), codes.FailedPrecondition)
	c.makeIndex("g", "a ASC, b ASC", adminpb.Index_COLLECTION_GROUP)
	mustCode(t, run(two), codes.OK)
}

func TestVectorIndexes(t *testing.T) {
	c, db := enforcing(t)
	run := func(q client.Query, v []float32) error {
		_, err := q.FindNearest("v", client.Vector32(v), 2, client.DistanceMeasureEuclidean, nil).Documents(ctx).GetAll()
		return err
	}
	all, some := db.Collection("c").Query, db.Collection("c").Where("a", "==", 1)
	c.makeIndex("c", "v VECTOR 2", adminpb.Index_COLLECTION)
	mustCode(t, run(all, []float32{1, 2}), codes.OK)
	refusal := run(all, []float32{1, 2, 3})
	mustCode(t, refusal, codes.FailedPrecondition)
	want := `gcloud firestore indexes composite create --project=test-project --database=main --collection-group=c` +
		` --query-scope=COLLECTION --field-config=vector-config='{"dimension":"3","flat": "{}"}',field-path=v`
	if got := status.Convert(refusal).Message(); !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
	mustCode(t, run(some, []float32{1, 2}), codes.FailedPrecondition)
	c.makeIndex("c", "a ASC, v VECTOR 2", adminpb.Index_COLLECTION)
	mustCode(t, run(some, []float32{1, 2}), codes.OK)
	mustCode(t, run(all, []float32{1, 2}), codes.OK)
}
