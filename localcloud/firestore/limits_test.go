package firestore_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
)

func remove(path string) *firestorepb.Write {
	return &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: mainDatabase + "/documents/" + path}}
}

func TestLimits(t *testing.T) {
	c, _ := fresh(t)
	api := c.raw()
	var removes []*firestorepb.Write
	for i := range 501 {
		removes = append(removes, remove(fmt.Sprintf("a/%d", i)))
	}
	large := func(n int) (writes []*firestorepb.Write) {
		text := &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: strings.Repeat("x", 1<<20-1000)}}
		for i := range n {
			writes = append(writes, &firestorepb.Write{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{
				Name: fmt.Sprintf("%s/documents/a/%d", mainDatabase, i), Fields: map[string]*firestorepb.Value{"x": text},
			}}})
		}
		return writes
	}
	commit := func(writes []*firestorepb.Write) error {
		_, err := api.Commit(ctx, &firestorepb.CommitRequest{Database: mainDatabase, Writes: writes})
		return err
	}
	batch := func(writes []*firestorepb.Write) error {
		_, err := api.BatchWrite(ctx, &firestorepb.BatchWriteRequest{Database: mainDatabase, Writes: writes})
		return err
	}
	mustCode(t, commit(removes), codes.OK)
	mustCode(t, commit(large(10)), codes.OK)
	mustCode(t, commit(large(11)), codes.InvalidArgument)
	mustCode(t, batch(removes[:500]), codes.OK)
	mustCode(t, batch(removes), codes.InvalidArgument)
	mustCode(t, batch([]*firestorepb.Write{remove("a/b"), remove("a/c"), remove("a/b")}), codes.InvalidArgument)
}

func TestBadRequests(t *testing.T) {
	c, _ := fresh(t)
	api := c.raw()
	const root = mainDatabase + "/documents"
	for name, call := range map[string]func() error{
		"a document's name for a database": func() error {
			_, err := api.Commit(ctx, &firestorepb.CommitRequest{Database: root + "/a/b"})
			return err
		},
		"a collection for a document": func() error {
			_, err := api.GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: root + "/a"})
			return err
		},
		"create with a name": func() error {
			_, err := api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{
				Parent: root, CollectionId: "a", Document: &firestorepb.Document{Name: root + "/a/b"}})
			return err
		},
		"create below a collection": func() error {
			_, err := api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{Parent: root + "/a", CollectionId: "b"})
			return err
		},
		"create in a path": func() error {
			_, err := api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{Parent: root, CollectionId: "a/b/c"})
			return err
		},
		"create under a bad id": func() error {
			_, err := api.CreateDocument(ctx, &firestorepb.CreateDocumentRequest{Parent: root, CollectionId: "a", DocumentId: "b/c/d"})
			return err
		},
		"a negative page": func() error {
			_, err := api.ListDocuments(ctx, &firestorepb.ListDocumentsRequest{Parent: root, CollectionId: "a", PageSize: -1})
			return err
		},
		"a bad order": func() error {
			_, err := api.ListDocuments(ctx, &firestorepb.ListDocumentsRequest{Parent: root, CollectionId: "a", OrderBy: "x up"})
			return err
		},
		"missing documents in an order": func() error {
			_, err := api.ListDocuments(ctx, &firestorepb.ListDocumentsRequest{Parent: root, CollectionId: "a", OrderBy: "x", ShowMissing: true})
			return err
		},
		"an unknown transaction": func() error {
			_, err := api.Commit(ctx, &firestorepb.CommitRequest{Database: mainDatabase, Transaction: []byte("x")})
			return err
		},
		"rollback of an unknown transaction": func() error {
			_, err := api.Rollback(ctx, &firestorepb.RollbackRequest{Database: mainDatabase, Transaction: []byte("x")})
			return err
		},
		"no query": func() error {
			stream, err := api.RunQuery(ctx, &firestorepb.RunQueryRequest{Parent: root})
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		},
		"partition of a filtered query": func() error {
			_, err := api.PartitionQuery(ctx, &firestorepb.PartitionQueryRequest{Parent: root, PartitionCount: 2})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { mustCode(t, call(), codes.InvalidArgument) })
	}
}

// A database of numeric ids, as those of Datastore have them.
func TestNumericIDs(t *testing.T) {
	_, db := fresh(t)
	want := []string{"__id-2__", "__id7__", "__id12__", "12", "7", "A", "__id", "__id1_", "_id1__", "a"}
	var writes []func(*client.Transaction) error
	for _, id := range []string{"a", "_id1__", "12", "__id12__", "__id", "__id7__", "A", "__id1_", "7", "__id-2__"} {
		writes = append(writes, set(db.Collection("n").Doc(id), map[string]any{"x": 1}))
	}
	if err := together(db, writes...); err != nil {
		t.Fatal(err)
	}
	n := db.Collection("n")
	ids := func(docs []*client.DocumentSnapshot) (out []string) {
		for _, d := range docs {
			out = append(out, d.Ref.ID)
		}
		return out
	}
	for name, test := range map[string]struct {
		q    client.Query
		want []string
	}{
		"in the order of the collection": {n.Query, want},
		"sorted":                         {n.Where("x", "==", 1).OrderBy("x", client.Asc), want},
		"after a number":                 {n.OrderBy(client.DocumentID, client.Asc).StartAfter("__id7__"), want[2:]},
		"less than a number":             {n.Where(client.DocumentID, "<", n.Doc("__id12__")), want[:2]},
		"in a group":                     {db.CollectionGroup("n").Query, want},
	} {
		if diff := cmp.Diff(test.want, ids(must[[]*client.DocumentSnapshot](t)(test.q.Documents(ctx).GetAll()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	var listed []string
	for it := n.DocumentRefs(ctx); ; {
		ref, err := it.Next()
		if err == iterator.Done {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, ref.ID)
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	_, err := n.Doc("__id0__").Set(ctx, map[string]any{})
	mustCode(t, err, codes.InvalidArgument)
}

// The metrics come with the last result, and not in a message of their own.
func TestMetricsRideOnTheLastResult(t *testing.T) {
	c, db := fresh(t)
	ask := func() (got []string) {
		stream, err := c.raw().RunQuery(ctx, &firestorepb.RunQueryRequest{
			Parent: mainDatabase + "/documents", ExplainOptions: &firestorepb.ExplainOptions{Analyze: true},
			QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: &firestorepb.StructuredQuery{
				From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: "a"}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for {
			res, err := stream.Recv()
			if err == io.EOF {
				return got
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("document %v, metrics %v", res.Document != nil, res.ExplainMetrics != nil))
		}
	}
	if diff := cmp.Diff([]string{"document false, metrics true"}, ask()); diff != "" {
		t.Errorf("of none (-want +got):\n%s", diff)
	}
	for i := range 2 {
		must[*client.WriteResult](t)(db.Doc(fmt.Sprintf("a/%d", i)).Set(ctx, map[string]any{"n": i}))
	}
	if diff := cmp.Diff([]string{"document true, metrics false", "document true, metrics true"}, ask()); diff != "" {
		t.Errorf("of two (-want +got):\n%s", diff)
	}
}

func TestPartitions(t *testing.T) {
	_, db := fresh(t)
	var writes []func(*client.Transaction) error
	for i := range 300 {
		writes = append(writes, set(db.Doc(fmt.Sprintf("p/%d/a/%d", i%7, i)), map[string]any{}))
	}
	if err := together(db, writes...); err != nil {
		t.Fatal(err)
	}
	for _, asked := range []int{1, 2, 9} {
		queries := must[[]client.Query](t)(db.CollectionGroup("a").GetPartitionedQueries(ctx, asked))
		if len(queries) < 1 || len(queries) > min(asked, 2) {
			t.Errorf("asked for %d, got %d", asked, len(queries))
		}
		found := map[string]bool{}
		for _, q := range queries {
			for _, d := range must[[]*client.DocumentSnapshot](t)(q.Documents(ctx).GetAll()) {
				found[d.Ref.Path] = true
			}
		}
		if len(found) != 300 {
			t.Errorf("found %d in %d parts", len(found), len(queries))
		}
	}
}

func TestExplain(t *testing.T) {
	_, db := freely(t)
	for i := range 4 {
		must[*client.WriteResult](t)(db.Doc(fmt.Sprintf("a/%d", i)).Set(ctx, map[string]any{"n": i, "on": i > 0}))
	}
	q := db.Collection("a").Where("on", "==", true).OrderBy("n", client.Desc).Offset(1)
	for _, analyze := range []bool{false, true} {
		it := q.WithRunOptions(client.ExplainOptions{Analyze: analyze}).Documents(ctx)
		docs := must[[]*client.DocumentSnapshot](t)(it.GetAll())
		m := must[*client.ExplainMetrics](t)(it.ExplainMetrics())
		if got, want := (*m.PlanSummary.IndexesUsed[0])["properties"], "(on ASC, n DESC, __name__ DESC)"; got != want {
			t.Errorf("index %v, want %v", got, want)
		}
		if !analyze {
			if len(docs) > 0 || m.ExecutionStats != nil {
				t.Errorf("it ran: %d documents", len(docs))
			}
			continue
		}
		if len(docs) != 2 || m.ExecutionStats.ResultsReturned != 2 || m.ExecutionStats.ReadOperations != 3 {
			t.Errorf("%d documents, %+v", len(docs), m.ExecutionStats)
		}
	}
	_, err := db.Collection("a").Where("n", "in", []int{1, 2}).WithRunOptions(client.ExplainOptions{}).Documents(ctx).GetAll()
	mustCode(t, err, codes.Unimplemented)
}
