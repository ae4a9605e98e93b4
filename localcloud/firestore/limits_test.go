package firestore_test

import (
	"fmt"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
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
	_, db := fresh(t)
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
