package firestore_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
)

var ctx = context.Background()

func TestValuesComeBackAsTheyWere(t *testing.T) {
	_, db := fresh(t)
	want := map[string]any{
		"null": nil, "bool": true, "int": int64(math.MaxInt64), "double": 1.5, "string": "héllo\x00", "bytes": []byte{0, 255},
		"time": time.Date(2031, 2, 3, 4, 5, 6, 789000, time.UTC), "ref": db.Doc("x/y"), "geo": &latlng.LatLng{Latitude: 1, Longitude: -2},
		"array": []any{int64(1), "a", map[string]any{"b": nil}}, "map": map[string]any{"a.b": "`\\", "é": map[string]any{}},
		"vector": client.Vector64{1, 2, 3},
	}
	must[*client.WriteResult](t)(db.Doc("a/b").Set(ctx, want))
	got := must[*client.DocumentSnapshot](t)(db.Doc("a/b").Get(ctx)).Data()
	sameRef := cmp.Comparer(func(a, b *client.DocumentRef) bool { return a.Path == b.Path })
	if diff := cmp.Diff(want, got, protocmp.Transform(), sameRef); diff != "" {
		t.Error(diff)
	}
}

func TestGetMissing(t *testing.T) {
	_, db := fresh(t)
	_, err := db.Doc("a/b").Get(ctx)
	mustCode(t, err, codes.NotFound)
	snaps, err := db.GetAll(ctx, []*client.DocumentRef{db.Doc("a/b"), db.Doc("a/c")})
	if err != nil || snaps[0].Exists() || snaps[1].Exists() {
		t.Errorf("got %v, %v", snaps, err)
	}
}

func TestCreateUpdateDelete(t *testing.T) {
	_, db := fresh(t)
	doc := db.Doc("a/b")
	_, err := doc.Update(ctx, []client.Update{{Path: "x", Value: 1}})
	mustCode(t, err, codes.NotFound)
	created := must[*client.WriteResult](t)(doc.Create(ctx, map[string]any{"x": 1, "m": map[string]any{"y": 2, "z": 3}}))
	_, err = doc.Create(ctx, map[string]any{"x": 1})
	mustCode(t, err, codes.AlreadyExists)
	updated := must[*client.WriteResult](t)(doc.Update(ctx, []client.Update{
		{Path: "m.y", Value: client.Increment(5)}, {Path: "m.z", Value: client.Delete}, {Path: "at", Value: client.ServerTimestamp},
	}))
	snap := must[*client.DocumentSnapshot](t)(doc.Get(ctx))
	want := map[string]any{"x": int64(1), "m": map[string]any{"y": int64(7)}, "at": updated.UpdateTime}
	if diff := cmp.Diff(want, snap.Data()); diff != "" {
		t.Error(diff)
	}
	if !snap.CreateTime.Equal(created.UpdateTime) || !snap.UpdateTime.Equal(updated.UpdateTime) {
		t.Errorf("times %v %v", snap.CreateTime, snap.UpdateTime)
	}
	_, err = doc.Delete(ctx, client.LastUpdateTime(created.UpdateTime))
	mustCode(t, err, codes.FailedPrecondition)
	must[*client.WriteResult](t)(doc.Delete(ctx, client.LastUpdateTime(updated.UpdateTime)))
	_, err = doc.Get(ctx)
	mustCode(t, err, codes.NotFound)
}

// The calls that Google's Go client does not make.
func TestSingleDocumentCalls(t *testing.T) {
	c, _ := fresh(t)
	api := c.raw()
	root := "projects/" + project + "/databases/main/documents"
	str := func(s string) *firestorepb.Value {
		return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: s}}
	}
	created, err := api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{
		Parent: root, CollectionId: "a", Document: &firestorepb.Document{Fields: map[string]*firestorepb.Value{"x": str("1"), "y": str("2")}},
		Mask: &firestorepb.DocumentMask{FieldPaths: []string{"y"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if id := strings.TrimPrefix(created.Name, root+"/a/"); len(id) != 20 || len(created.Fields) != 1 {
		t.Errorf("created %v", created)
	}
	_, err = api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{
		Parent: root, CollectionId: "a", DocumentId: created.Name[strings.LastIndexByte(created.Name, '/')+1:],
	})
	mustCode(t, err, codes.AlreadyExists)
	updated, err := api.UpdateDocument(ctx, &firestorepb.UpdateDocumentRequest{
		Document:   &firestorepb.Document{Name: created.Name, Fields: map[string]*firestorepb.Value{"x": str("3")}},
		UpdateMask: &firestorepb.DocumentMask{FieldPaths: []string{"x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := api.GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: created.Name})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(updated, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if got.Fields["x"].GetStringValue() != "3" || got.Fields["y"].GetStringValue() != "2" {
		t.Errorf("got %v", got)
	}
	if _, err := api.DeleteDocument(ctx, &firestorepb.DeleteDocumentRequest{Name: created.Name}); err != nil {
		t.Fatal(err)
	}
	_, err = api.GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: created.Name})
	mustCode(t, err, codes.NotFound)
}

func TestListDocumentsPageByPage(t *testing.T) {
	c, db := freely(t)
	var want []string
	for i := range 7 {
		id := fmt.Sprintf("d%d", i)
		want = append(want, id)
		must[*client.WriteResult](t)(db.Doc("a/"+id).Set(ctx, map[string]any{"n": -i / 2, "s": strings.Repeat("x", i)}))
	}
	must[*client.WriteResult](t)(db.Doc("a/missing/b/c").Set(ctx, map[string]any{}))
	list := func(req *firestorepb.ListDocumentsRequest) (ids []string) {
		t.Helper()
		req.Parent, req.CollectionId, req.PageSize = "projects/"+project+"/databases/main/documents", "a", 3
		for {
			res, err := c.raw().ListDocuments(ctx, req)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Documents) > 3 {
				t.Fatalf("a page of %d", len(res.Documents))
			}
			for _, d := range res.Documents {
				ids = append(ids, d.Name[strings.LastIndexByte(d.Name, '/')+1:])
				if missing := d.CreateTime == nil; missing != strings.HasSuffix(d.Name, "missing") {
					t.Errorf("%s: missing %v", d.Name, missing)
				}
			}
			if res.NextPageToken == "" {
				return ids
			}
			req.PageToken = res.NextPageToken
		}
	}
	if diff := cmp.Diff(want, list(&firestorepb.ListDocumentsRequest{})); diff != "" {
		t.Errorf("by name: %s", diff)
	}
	if diff := cmp.Diff(append(slices.Clone(want), "missing"), list(&firestorepb.ListDocumentsRequest{ShowMissing: true})); diff != "" {
		t.Errorf("with missing: %s", diff)
	}
	ordered := []string{"d6", "d5", "d4", "d3", "d2", "d1", "d0"}
	if diff := cmp.Diff(ordered, list(&firestorepb.ListDocumentsRequest{OrderBy: "n, s desc"})); diff != "" {
		t.Errorf("ordered: %s", diff)
	}
	_, err := c.raw().ListDocuments(ctx, &firestorepb.ListDocumentsRequest{
		Parent: "projects/" + project + "/databases/main/documents", CollectionId: "a", PageToken: "nonsense!",
	})
	mustCode(t, err, codes.InvalidArgument)
}

func TestCollections(t *testing.T) {
	_, db := fresh(t)
	for _, path := range []string{"b/1", "a/1", "a/1/sub/1", "c/missing/sub/1"} {
		must[*client.WriteResult](t)(db.Doc(path).Set(ctx, map[string]any{}))
	}
	names := func(it *client.CollectionIterator) (out []string) {
		t.Helper()
		for {
			c, err := it.Next()
			if err == iterator.Done {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, c.ID)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names(db.Collections(ctx))); diff != "" {
		t.Errorf("top: %s", diff)
	}
	if diff := cmp.Diff([]string{"sub"}, names(db.Doc("c/missing").Collections(ctx))); diff != "" {
		t.Errorf("below: %s", diff)
	}
}

func TestBatchWriteTellsEachOutcome(t *testing.T) {
	_, db := fresh(t)
	must[*client.WriteResult](t)(db.Doc("a/there").Set(ctx, map[string]any{}))
	bw := db.BulkWriter(ctx)
	ok := must[*client.BulkWriterJob](t)(bw.Create(db.Doc("a/new"), map[string]any{"n": 1}))
	clash := must[*client.BulkWriterJob](t)(bw.Create(db.Doc("a/there"), map[string]any{"n": 1}))
	bw.End()
	if _, err := ok.Results(); err != nil {
		t.Errorf("the new one: %v", err)
	}
	_, err := clash.Results()
	mustCode(t, err, codes.AlreadyExists)
	must[*client.DocumentSnapshot](t)(db.Doc("a/new").Get(ctx))
}

func TestCommitIsAtomic(t *testing.T) {
	_, db := fresh(t)
	must[*client.WriteResult](t)(db.Doc("a/there").Set(ctx, map[string]any{"n": 1}))
	err := together(db,
		set(db.Doc("a/new"), map[string]any{}),
		func(tx *client.Transaction) error { return tx.Delete(db.Doc("a/there")) },
		func(tx *client.Transaction) error { return tx.Create(db.Doc("a/there2"), map[string]any{}) },
		func(tx *client.Transaction) error {
			return tx.Update(db.Doc("a/nowhere"), []client.Update{{Path: "x", Value: 1}})
		},
	)
	mustCode(t, err, codes.NotFound)
	docs := must[[]*client.DocumentSnapshot](t)(db.Collection("a").Documents(ctx).GetAll())
	if len(docs) != 1 || docs[0].Ref.ID != "there" {
		t.Errorf("%d documents", len(docs))
	}
}

func TestQueryAndCount(t *testing.T) {
	_, db := freely(t)
	for i := range 10 {
		must[*client.WriteResult](t)(db.Collection("a").Doc(fmt.Sprint(i)).Set(ctx, map[string]any{"even": i%2 == 0, "n": i}))
	}
	q := db.Collection("a").Where("even", "==", true).OrderBy("n", client.Desc)
	var got []int64
	for _, d := range must[[]*client.DocumentSnapshot](t)(q.LimitToLast(3).Documents(ctx).GetAll()) {
		got = append(got, d.Data()["n"].(int64))
	}
	if diff := cmp.Diff([]int64{4, 2, 0}, got); diff != "" {
		t.Error(diff)
	}
	res, err := q.NewAggregationQuery().WithCount("n").WithSum("n", "sum").Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n, sum := res["n"].(*firestorepb.Value).GetIntegerValue(), res["sum"].(*firestorepb.Value).GetIntegerValue(); n != 5 || sum != 20 {
		t.Errorf("count %d, sum %d", n, sum)
	}
}

// listBy lists a collection in an order.
func listBy(c *cloud, orderBy string) error {
	_, err := c.raw().ListDocuments(ctx, &firestorepb.ListDocumentsRequest{
		Parent: mainDatabase + "/documents", CollectionId: "c", OrderBy: orderBy,
	})
	return err
}
