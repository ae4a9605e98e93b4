package firestore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

func TestContendedIncrementsAreNotLost(t *testing.T) {
	_, db := fresh(t)
	doc := db.Doc("counters/one")
	must[*client.WriteResult](t)(doc.Set(ctx, map[string]any{"n": 0}))

	const workers, each = 6, 5
	var tries int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				err := db.RunTransaction(ctx, func(_ context.Context, tx *client.Transaction) error {
					mu.Lock()
					tries++
					mu.Unlock()
					snap, err := tx.Get(doc)
					if err != nil {
						return err
					}
					n := snap.Data()["n"].(int64)
					return tx.Set(doc, map[string]any{"n": n + 1})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	snap := must[*client.DocumentSnapshot](t)(doc.Get(ctx))
	if n := snap.Data()["n"]; n != int64(workers*each) {
		t.Errorf("the counter is at %v, want %d", n, workers*each)
	}
	if tries != workers*each {
		t.Errorf("%d tries for %d increments: transactions abort instead of waiting", tries, workers*each)
	}
}

// rawTx is a transaction driven by hand, without the client's retries.
type rawTx struct {
	t    *testing.T
	api  firestorepb.FirestoreClient
	id   []byte
	root string
}

func (c *cloud) begin(options *firestorepb.TransactionOptions) *rawTx {
	c.t.Helper()
	res, err := c.raw().BeginTransaction(ctx, &firestorepb.BeginTransactionRequest{Database: mainDatabase, Options: options})
	if err != nil {
		c.t.Fatal(err)
	}
	return &rawTx{t: c.t, api: c.raw(), id: res.Transaction, root: mainDatabase + "/documents/"}
}

func (tx *rawTx) get(path string) {
	tx.t.Helper()
	_, err := tx.api.GetDocument(ctx, &firestorepb.GetDocumentRequest{
		Name: tx.root + path, ConsistencySelector: &firestorepb.GetDocumentRequest_Transaction{Transaction: tx.id},
	})
	if err != nil {
		tx.t.Fatal(err)
	}
}

// count counts the documents of a collection.
func (tx *rawTx) count(collection string) {
	tx.t.Helper()
	stream, err := tx.api.RunAggregationQuery(ctx, &firestorepb.RunAggregationQueryRequest{
		Parent:              mainDatabase + "/documents",
		ConsistencySelector: &firestorepb.RunAggregationQueryRequest_Transaction{Transaction: tx.id},
		QueryType: &firestorepb.RunAggregationQueryRequest_StructuredAggregationQuery{
			StructuredAggregationQuery: &firestorepb.StructuredAggregationQuery{
				QueryType: &firestorepb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: &firestorepb.StructuredQuery{
					From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: collection}},
				}},
				Aggregations: []*firestorepb.StructuredAggregationQuery_Aggregation{{
					Operator: &firestorepb.StructuredAggregationQuery_Aggregation_Count_{
						Count: &firestorepb.StructuredAggregationQuery_Aggregation_Count{}},
				}},
			},
		},
	})
	if err != nil {
		tx.t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		tx.t.Fatal(err)
	}
}

// query reads a collection.
func (tx *rawTx) query(collection string) {
	tx.t.Helper()
	stream, err := tx.api.RunQuery(ctx, &firestorepb.RunQueryRequest{
		Parent:              mainDatabase + "/documents",
		ConsistencySelector: &firestorepb.RunQueryRequest_Transaction{Transaction: tx.id},
		QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: &firestorepb.StructuredQuery{
			From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: collection}},
		}},
	})
	for err == nil {
		_, err = stream.Recv()
	}
}

func (tx *rawTx) commit(path string) error {
	_, err := tx.api.Commit(ctx, &firestorepb.CommitRequest{Database: mainDatabase, Transaction: tx.id, Writes: []*firestorepb.Write{{
		Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: tx.root + path}},
	}}})
	return err
}

// Each story: a transaction reads something, something happens outside of it, and the transaction
// commits.
func TestWhatATransactionReadMustStillHold(t *testing.T) {
	set := func(path string) func(*client.Client) error {
		return func(db *client.Client) error {
			_, err := db.Doc(path).Set(ctx, map[string]any{"new": true})
			return err
		}
	}
	for _, test := range []struct {
		name    string
		read    func(*rawTx)
		outside func(*client.Client) error
		want    codes.Code
	}{
		{"another document changes", func(tx *rawTx) { tx.get("a/1") }, set("a/2"), codes.OK},
		{"a missing document appears", func(tx *rawTx) {
			tx.api.GetDocument(ctx, &firestorepb.GetDocumentRequest{
				Name: tx.root + "a/9", ConsistencySelector: &firestorepb.GetDocumentRequest_Transaction{Transaction: tx.id},
			})
		}, set("b/9"), codes.OK},
		{"a query finds one more", func(tx *rawTx) { tx.query("a") }, set("a/9"), codes.Aborted},
		{"a query elsewhere finds one more", func(tx *rawTx) { tx.query("a") }, set("b/9"), codes.OK},
		{"a count changes", func(tx *rawTx) { tx.count("a") }, set("a/9"), codes.Aborted},
		{"a count elsewhere changes", func(tx *rawTx) { tx.count("a") }, set("b/9"), codes.OK},
		{"what is counted changes, not the count", func(tx *rawTx) { tx.count("a") }, set("a/1"), codes.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, db := fresh(t)
			for _, path := range []string{"a/1", "a/2"} {
				if err := set(path)(db); err != nil {
					t.Fatal(err)
				}
			}
			tx := c.begin(nil)
			test.read(tx)
			if err := test.outside(db); err != nil {
				t.Fatal(err)
			}
			mustCode(t, tx.commit("result/1"), test.want)
			_, err := db.Doc("result/1").Get(ctx)
			if (err == nil) != (test.want == codes.OK) {
				t.Errorf("the result: %v", err)
			}
		})
	}
}

// A lock does not hold up a plain write for ever. Then the transaction is what gives way.
func TestTransactionsGiveWayInTheEnd(t *testing.T) {
	for _, test := range []struct {
		name    string
		outside func(*client.DocumentRef) error
	}{
		{"set", func(d *client.DocumentRef) error {
			_, err := d.Set(ctx, map[string]any{"n": 2})
			return err
		}},
		{"delete", func(d *client.DocumentRef) error {
			_, err := d.Delete(ctx)
			return err
		}},
	} {
		for _, path := range []string{"a/there", "a/missing"} {
			t.Run(test.name+" "+path, func(t *testing.T) {
				c, db := fresh(t)
				firestore.LimitTransactions(c.server, transaction.Limits{Idle: time.Hour, Life: time.Hour, Wait: time.Millisecond})
				must[*client.WriteResult](t)(db.Doc("a/there").Set(ctx, map[string]any{"n": 1}))
				tx := c.begin(nil)
				if _, err := tx.api.BatchGetDocuments(ctx, &firestorepb.BatchGetDocumentsRequest{
					Database: mainDatabase, Documents: []string{tx.root + path},
					ConsistencySelector: &firestorepb.BatchGetDocumentsRequest_Transaction{Transaction: tx.id},
				}); err != nil {
					t.Fatal(err)
				}
				tx.count("a") // after the read, for the stream above need not be done
				if err := test.outside(db.Doc(path)); err != nil {
					t.Fatal(err)
				}
				want := codes.Aborted
				if path == "a/missing" && test.name == "delete" {
					want = codes.OK // nothing changed
				}
				mustCode(t, tx.commit("result/1"), want)
			})
		}
	}
}

// A plain write waits for a transaction that read the document, and goes ahead once that is over.
func TestPlainWritesWaitForTransactions(t *testing.T) {
	c, db := fresh(t)
	firestore.LimitTransactions(c.server, transaction.Limits{Idle: time.Hour, Life: time.Hour, Wait: time.Hour})
	must[*client.WriteResult](t)(db.Doc("a/1").Set(ctx, map[string]any{"n": 1}))
	tx := c.begin(nil)
	tx.get("a/1")
	impatient, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := db.Doc("a/1").Set(impatient, map[string]any{"n": 2})
	mustCode(t, err, codes.DeadlineExceeded)
	bw := db.BulkWriter(ctx)
	job := must[*client.BulkWriterJob](t)(bw.Set(db.Doc("a/1"), map[string]any{"n": 3}))
	if err := tx.commit("a/1"); err != nil { // empties the document
		t.Error(err)
	}
	bw.End()
	if _, err := job.Results(); err != nil {
		t.Error(err)
	}
	if n := must[*client.DocumentSnapshot](t)(db.Doc("a/1").Get(ctx)).Data()["n"]; n != int64(3) {
		t.Errorf("n is %v, want 3", n)
	}
}

func TestReadOnlyTransactions(t *testing.T) {
	c, db := fresh(t)
	must[*client.WriteResult](t)(db.Doc("a/1").Set(ctx, map[string]any{"n": 1}))
	err := db.RunTransaction(ctx, func(_ context.Context, tx *client.Transaction) error {
		if _, err := db.Doc("a/1").Set(ctx, map[string]any{"n": 2}); err != nil { // no lock in the way
			return err
		}
		snap, err := tx.Get(db.Doc("a/1"))
		if err != nil {
			return err
		}
		if n := snap.Data()["n"]; n != int64(1) {
			return errors.New("the transaction sees what came after it began")
		}
		return nil
	}, client.ReadOnly)
	if err != nil {
		t.Error(err)
	}
	tx := c.begin(&firestorepb.TransactionOptions{Mode: &firestorepb.TransactionOptions_ReadOnly_{
		ReadOnly: &firestorepb.TransactionOptions_ReadOnly{}}})
	mustCode(t, tx.commit("a/1"), codes.InvalidArgument)
}

func TestTransactionsEnd(t *testing.T) {
	c, _ := fresh(t)
	tx := c.begin(nil)
	if err := tx.commit("a/1"); err != nil {
		t.Fatal(err)
	}
	mustCode(t, tx.commit("a/1"), codes.InvalidArgument)

	tx = c.begin(nil)
	if _, err := c.raw().Rollback(ctx, &firestorepb.RollbackRequest{Database: mainDatabase, Transaction: tx.id}); err != nil {
		t.Fatal(err)
	}
	mustCode(t, tx.commit("a/1"), codes.InvalidArgument)

	tx = c.begin(nil)
	c.create("other")
	_, err := c.raw().Commit(ctx, &firestorepb.CommitRequest{Database: "projects/" + project + "/databases/other", Transaction: tx.id})
	mustCode(t, err, codes.InvalidArgument)
}
