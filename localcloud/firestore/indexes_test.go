package firestore_test

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

const groupC = mainDatabase + "/collectionGroups/c"

// listed returns what ListIndexes says of a collection group, as the tests write it.
func (c *cloud) listed(group string) (out []string) {
	c.t.Helper()
	it := c.admin().ListIndexes(ctx, &adminpb.ListIndexesRequest{Parent: mainDatabase + "/collectionGroups/" + group, PageSize: 1})
	for {
		one, err := it.Next()
		if err == iterator.Done {
			return out
		}
		if err != nil {
			c.t.Fatal(err)
		}
		out = append(out, written(one)+" "+one.State.String())
	}
}

func TestIndexLife(t *testing.T) {
	dir := t.TempDir()
	var forward atomic.Int64
	cfg := firestore.Config{Dir: dir, Indexes: firestore.IndexesEnforced, Now: func() time.Time {
		return time.Now().Add(time.Duration(forward.Load()))
	}}
	c, stop := startWith(t, cfg)
	c.create("main")
	run := func() error {
		_, err := c.client("main").Collection("c").Where("a", "==", 1).OrderBy("b", asc).Documents(ctx).GetAll()
		return err
	}
	c.server.SetIndexBuild(time.Hour)
	op, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{Parent: groupC, Index: index(t, "a ASC, b ASC", adminpb.Index_COLLECTION)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := op.Poll(ctx); err != nil || op.Done() {
		t.Fatalf("while it is built: %v, done %v", err, op.Done())
	}
	meta := must[*adminpb.IndexOperationMetadata](t)(op.Metadata())
	building := must[*adminpb.Index](t)(c.admin().GetIndex(ctx, &adminpb.GetIndexRequest{Name: meta.Index}))
	if building.State != adminpb.Index_CREATING {
		t.Errorf("while it is built: %v", building.State)
	}
	refusal := run()
	mustCode(t, refusal, codes.FailedPrecondition)
	if want := "That index is currently building and cannot be used yet."; !strings.Contains(status.Convert(refusal).Message(), want) {
		t.Errorf("%v does not say %q", refusal, want)
	}

	stop()
	c, _ = startWith(t, cfg)
	mustCode(t, run(), codes.FailedPrecondition)
	forward.Store(int64(time.Hour))
	mustCode(t, run(), codes.OK)
	ready := must[*adminpb.Index](t)(c.admin().CreateIndexOperation(op.Name()).Wait(ctx))
	if ready.State != adminpb.Index_READY || ready.Name != meta.Index {
		t.Errorf("the operation made %v", ready)
	}
	_, err = c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{Parent: groupC, Index: index(t, "a ASC, b ASC, __name__ ASC", adminpb.Index_COLLECTION)})
	mustCode(t, err, codes.AlreadyExists)

	c.makeIndex("c", "b DESC, a ASC", adminpb.Index_COLLECTION)
	c.makeIndex("cc", "b DESC, a ASC", adminpb.Index_COLLECTION)
	if got := c.listed("c"); len(got) != 2 {
		t.Errorf("indexes of c: %q", got)
	}
	if got := c.listed("-"); len(got) != 3 {
		t.Errorf("all indexes: %q", got)
	}
	if err := c.admin().DeleteIndex(ctx, &adminpb.DeleteIndexRequest{Name: meta.Index}); err != nil {
		t.Fatal(err)
	}
	mustCode(t, run(), codes.FailedPrecondition)
	_, err = c.admin().GetIndex(ctx, &adminpb.GetIndexRequest{Name: meta.Index})
	mustCode(t, err, codes.NotFound)
	mustCode(t, c.admin().DeleteIndex(ctx, &adminpb.DeleteIndexRequest{Name: meta.Index}), codes.NotFound)
	if again := must[*adminpb.Index](t)(c.admin().CreateIndexOperation(op.Name()).Wait(ctx)); again.Name != meta.Index {
		t.Errorf("once the index is gone, its operation made %v", again)
	}

	del, err := c.admin().DeleteDatabase(ctx, &adminpb.DeleteDatabaseRequest{Name: mainDatabase})
	if err != nil {
		t.Fatal(err)
	}
	must[*adminpb.Database](t)(del.Wait(ctx))
	c.create("main")
	if got := c.listed("-"); len(got) != 0 {
		t.Errorf("a new database of the same name has %q", got)
	}
}

func TestIndexDeletedWhileBuilt(t *testing.T) {
	c, _ := enforcing(t)
	c.server.SetIndexBuild(time.Hour)
	op, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{Parent: groupC, Index: index(t, "a ASC, b ASC", adminpb.Index_COLLECTION)})
	if err != nil {
		t.Fatal(err)
	}
	meta := must[*adminpb.IndexOperationMetadata](t)(op.Metadata())
	if err := c.admin().DeleteIndex(ctx, &adminpb.DeleteIndexRequest{Name: meta.Index}); err != nil {
		t.Fatal(err)
	}
	_, err = op.Wait(ctx)
	mustCode(t, err, codes.Canceled)
}

func TestIndexesThatCannotBe(t *testing.T) {
	c, _ := enforcing(t)
	for _, test := range []struct {
		name, group, index string
		scope              adminpb.Index_QueryScope
		want               codes.Code
	}{
		{"one that a field has", "c", "a ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"one that a field has, with the name", "c", "a DESC, __name__ DESC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"that of the documents", "c", "__name__ ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"no scope", "c", "a ASC, b ASC", adminpb.Index_QUERY_SCOPE_UNSPECIFIED, codes.InvalidArgument},
		{"ancestors", "c", "a ASC, b ASC", adminpb.Index_COLLECTION_RECURSIVE, codes.InvalidArgument},
		{"a field twice", "c", "a ASC, b ASC, a DESC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"two arrays", "c", "a CONTAINS, b CONTAINS", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"the name in the middle", "c", "a ASC, __name__ ASC, b ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"a vector in the middle", "c", "v VECTOR 2, a ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"a vector of no dimension", "c", "v VECTOR 0", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"a vector of too many", "c", "v VECTOR 2049", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"a bad path", "c", "a-b ASC, c ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"a reserved group", "__c__", "a ASC, b ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"101 fields", "c", strings.Repeat("a ASC, ", 100) + "b ASC", adminpb.Index_COLLECTION, codes.InvalidArgument},
		{"another direction of the name", "c", "a ASC, __name__ DESC", adminpb.Index_COLLECTION, codes.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{
				Parent: mainDatabase + "/collectionGroups/" + test.group, Index: index(t, test.index, test.scope),
			})
			mustCode(t, err, test.want)
		})
	}
	_, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{
		Parent: "projects/test-project/databases/nowhere/collectionGroups/c", Index: index(t, "a ASC, b ASC", adminpb.Index_COLLECTION),
	})
	mustCode(t, err, codes.NotFound)
}

func TestIndexFile(t *testing.T) {
	c, db := enforcing(t)
	const file = `{
		"indexes": [
			{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [
				{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b.c", "order": "DESCENDING"}]},
			{"collectionGroup": "c", "queryScope": "COLLECTION_GROUP", "density": "SPARSE_ALL", "fields": [
				{"fieldPath": "tags", "arrayConfig": "CONTAINS"}, {"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "__name__", "order": "DESCENDING"}]},
			{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [{"fieldPath": "v", "vectorConfig": {"dimension": 3, "flat": {}}}]}
		],
		"fieldOverrides": [
			{"collectionGroup": "c", "fieldPath": "big", "indexes": []},
			{"collectionGroup": "c", "fieldPath": "g", "ttl": false, "indexes": [
				{"order": "ASCENDING", "queryScope": "COLLECTION"}, {"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"}]}
		]
	}`
	for range 2 { // again changes nothing
		if err := c.server.LoadIndexes("main", []byte(file)); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	for _, s := range c.listed("c") {
		got[s] = true
	}
	want := map[string]bool{
		"a ASC, b.c DESC, __name__ DESC READY":      true,
		"tags CONTAINS, a ASC, __name__ DESC READY": true,
		"__name__ ASC, v VECTOR 3 READY":            true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("indexes (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		q    client.Query
		want codes.Code
	}{
		"of the file":             {db.Collection("c").Where("a", "==", 1).OrderBy("b.c", desc), codes.OK},
		"of the file, in a group": {db.CollectionGroup("c").Where("g", "==", 1), codes.OK},
		"of the file, in one":     {db.Collection("c").Where("g", "==", 1), codes.OK},
		"taken away":              {db.Collection("c").Where("big", "==", 1), codes.FailedPrecondition},
		"taken away below":        {db.Collection("c").Where("big.a", "==", 1), codes.FailedPrecondition},
		"not of the file":         {db.Collection("c").Where("g", ">", 1).OrderBy("g", desc), codes.FailedPrecondition},
		"of another group":        {db.Collection("d").Where("big", "==", 1), codes.OK},
	} {
		_, err := test.q.Documents(ctx).GetAll()
		if got := status.Code(err); got != test.want {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, bad := range []string{
		``, `[]`, `{} {}`, `{"indexs": []}`,
		`{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [{"fieldPath": "a", "order": "ASCENDING"}]}]}`,
		`{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTIONS", "fields": []}]}`,
		`{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [{"fieldPath": "a", "order": "UP"}, {"fieldPath": "b", "order": "UP"}]}]}`,
		`{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [{"fieldPath": "a"}, {"fieldPath": "b", "order": "ASCENDING"}]}]}`,
	} {
		if err := c.server.LoadIndexes("main", []byte(bad)); err == nil {
			t.Errorf("the file %s was taken", bad)
		}
	}
	mustCode(t, c.server.LoadIndexes("nowhere", []byte(file)), codes.NotFound)
}

func TestFieldsHaveIndexes(t *testing.T) {
	c, _ := enforcing(t)
	name := groupC + "/fields/a"
	get := func(name string) *adminpb.Field {
		t.Helper()
		return must[*adminpb.Field](t)(c.admin().GetField(ctx, &adminpb.GetFieldRequest{Name: name}))
	}
	if f := get(name); len(f.IndexConfig.Indexes) != 3 || !f.IndexConfig.UsesAncestorConfig {
		t.Errorf("at first: %v", f)
	}
	set := func(config *adminpb.Field_IndexConfig) {
		t.Helper()
		op, err := c.admin().UpdateField(ctx, &adminpb.UpdateFieldRequest{Field: &adminpb.Field{Name: name, IndexConfig: config}})
		if err != nil {
			t.Fatal(err)
		}
		must[*adminpb.Field](t)(op.Wait(ctx))
	}
	set(&adminpb.Field_IndexConfig{})
	if f := get(name); len(f.IndexConfig.Indexes) != 0 || f.IndexConfig.UsesAncestorConfig {
		t.Errorf("without indexes: %v", f)
	}
	if f := get(name + ".b"); len(f.IndexConfig.Indexes) != 0 || !f.IndexConfig.UsesAncestorConfig {
		t.Errorf("below a field without indexes: %v", f)
	}
	it := c.admin().ListFields(ctx, &adminpb.ListFieldsRequest{Parent: groupC, Filter: "indexConfig.usesAncestorConfig:false"})
	if f := must[*adminpb.Field](t)(it.Next()); f.Name != name {
		t.Errorf("listed: %v", f)
	}
	set(nil)
	if f := get(name); len(f.IndexConfig.Indexes) != 3 || !f.IndexConfig.UsesAncestorConfig {
		t.Errorf("set back: %v", f)
	}
}

// TestEveryQueryIsRefused asks in each way that a query comes.
func TestEveryQueryIsRefused(t *testing.T) {
	c, db := enforcing(t)
	q := db.Collection("c").Where("a", "==", 1).OrderBy("b", asc)
	_, err := q.Snapshots(ctx).Next()
	mustCode(t, err, codes.FailedPrecondition)
	_, err = q.NewAggregationQuery().WithCount("n").Get(ctx)
	mustCode(t, err, codes.FailedPrecondition)
	_, err = q.WithRunOptions(client.ExplainOptions{}).Documents(ctx).GetAll()
	mustCode(t, err, codes.FailedPrecondition)
	mustCode(t, listBy(c, "b desc"), codes.OK)
	mustCode(t, listBy(c, "a, b desc"), codes.FailedPrecondition)
}

// The application's own file is one that can be loaded, and serves what the application asks by.
func TestIndexFileOfTheApplication(t *testing.T) {
	c, db := enforcing(t)
	if err := c.server.LoadIndexes("main", must[[]byte](t)(os.ReadFile("../../deploy/firestore.indexes.json"))); err != nil {
		t.Fatal(err)
	}
	ledger := db.Collection("ledger").Query
	for _, q := range []client.Query{
		ledger.Where("tenant", "==", "t").OrderBy("time", desc),
		ledger.Where("decision", "==", "denied").OrderBy("time", desc),
		ledger.Where("tenant", "==", "t").Where("decision", "==", "denied").OrderBy("time", desc),
		db.Collection("alerts").Where("open", "==", true).OrderBy("row.time", desc),
	} {
		_, err := q.Documents(ctx).GetAll()
		mustCode(t, err, codes.OK)
	}
}
