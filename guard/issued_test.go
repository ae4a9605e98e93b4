package guard_test

import (
	"net/http"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/guard"
)

var (
	readOnly  = &fs.TransactionOptions{Mode: &fs.TransactionOptions_ReadOnly_{ReadOnly: &fs.TransactionOptions_ReadOnly{}}}
	readWrite = &fs.TransactionOptions{Mode: &fs.TransactionOptions_ReadWrite_{ReadWrite: &fs.TransactionOptions_ReadWrite{}}}
)

// begun is what two transactions issue: "ro" and "rw".
func begun() *guard.Issued {
	issued := new(guard.Issued)
	issued.Answered(&fs.BeginTransactionRequest{Options: readOnly}, &fs.BeginTransactionResponse{Transaction: []byte("ro")})
	issued.Answered(&fs.BeginTransactionRequest{}, &fs.BeginTransactionResponse{Transaction: []byte("rw")})
	return issued
}

// A read in a read-write transaction locks what it reads, so it needs the right to write or append
// there.
func TestReadLocks(t *testing.T) {
	g := must(limited(""))
	if !g.Tracks() {
		t.Fatal("a scope that reads more than it writes tracks no transactions")
	}
	const db, root = "projects/p/databases/d", "projects/p/databases/d/documents"
	get := func(path, transaction string, begins *fs.TransactionOptions) *fs.BatchGetDocumentsRequest {
		m := &fs.BatchGetDocumentsRequest{Database: db, Documents: []string{root + "/" + path}}
		if transaction != "" {
			m.ConsistencySelector = &fs.BatchGetDocumentsRequest_Transaction{Transaction: []byte(transaction)}
		}
		if begins != nil {
			m.ConsistencySelector = &fs.BatchGetDocumentsRequest_NewTransaction{NewTransaction: begins}
		}
		return m
	}
	query := func(id, transaction string, begins *fs.TransactionOptions) *fs.RunQueryRequest {
		m := queryFor(root, id, false)
		if transaction != "" {
			m.ConsistencySelector = &fs.RunQueryRequest_Transaction{Transaction: []byte(transaction)}
		}
		if begins != nil {
			m.ConsistencySelector = &fs.RunQueryRequest_NewTransaction{NewTransaction: begins}
		}
		return m
	}
	count := func(id, transaction string) *fs.RunAggregationQueryRequest {
		return &fs.RunAggregationQueryRequest{
			Parent: root,
			QueryType: &fs.RunAggregationQueryRequest_StructuredAggregationQuery{StructuredAggregationQuery: &fs.StructuredAggregationQuery{
				QueryType: &fs.StructuredAggregationQuery_StructuredQuery{StructuredQuery: queryFor(root, id, false).GetStructuredQuery()},
			}},
			ConsistencySelector: &fs.RunAggregationQueryRequest_Transaction{Transaction: []byte(transaction)},
		}
	}
	list := func(id, transaction string) *fs.ListDocumentsRequest {
		return &fs.ListDocumentsRequest{Parent: root, CollectionId: id, ConsistencySelector: &fs.ListDocumentsRequest_Transaction{
			Transaction: []byte(transaction),
		}}
	}
	foreign, not := guard.ErrForeign, guard.ErrNotPermitted
	for _, c := range []struct {
		method, what string
		message      any
		want         error
	}{
		{"BatchGetDocuments", "read in ro", get("notes/a", "ro", nil), nil},
		{"BatchGetDocuments", "read in rw", get("notes/a", "rw", nil), not},
		{"BatchGetDocuments", "read to append in rw", get("log/a", "rw", nil), nil},
		{"BatchGetDocuments", "read to write in rw", get("drafts/a", "rw", nil), nil},
		{"BatchGetDocuments", "read one's own in rw", get("profiles/u1", "rw", nil), nil},
		{"BatchGetDocuments", "in somebody's", get("drafts/a", "other", nil), foreign},
		{"BatchGetDocuments", "read in a new ro", get("notes/a", "", readOnly), nil},
		{"BatchGetDocuments", "read in a new rw", get("notes/a", "", readWrite), not},
		{"BatchGetDocuments", "read in a new one", get("notes/a", "", &fs.TransactionOptions{}), not},
		{"BatchGetDocuments", "read to write in a new rw", get("drafts/a", "", readWrite), nil},
		{"RunQuery", "read in ro", query("notes", "ro", nil), nil},
		{"RunQuery", "read in rw", query("notes", "rw", nil), not},
		{"RunQuery", "read to append in rw", query("log", "rw", nil), nil},
		{"RunQuery", "read in a new rw", query("notes", "", readWrite), not},
		{"RunAggregationQuery", "read in ro", count("notes", "ro"), nil},
		{"RunAggregationQuery", "read in rw", count("notes", "rw"), not},
		{"RunAggregationQuery", "in somebody's", count("drafts", "other"), foreign},
		{"ListDocuments", "read in ro", list("notes", "ro"), nil},
		{"ListDocuments", "read in rw", list("notes", "rw"), not},
		{"BeginTransaction", "rw", &fs.BeginTransactionRequest{Database: db, Options: readWrite}, nil},
		{"Commit", "rw", &fs.CommitRequest{Database: db, Transaction: []byte("rw")}, nil},
		{"Commit", "somebody's", &fs.CommitRequest{Database: db, Transaction: []byte("other")}, foreign},
		{"Rollback", "rw", &fs.RollbackRequest{Database: db, Transaction: []byte("rw")}, nil},
		{"Rollback", "somebody's", &fs.RollbackRequest{Database: db, Transaction: []byte("other")}, foreign},
	} {
		if err := g.Firestore(service+c.method, c.message, begun()); !is(err, c.want) {
			t.Errorf("%s %s: got %v, want %v", c.method, c.what, err, c.want)
		}
	}
	if err := g.Firestore(service+"BatchGetDocuments", get("drafts/a", "rw", nil), nil); !is(err, foreign) {
		t.Errorf("to whom nothing was issued: got %v, want ErrForeign", err)
	}
}

// Where others are in the database, or in the bucket, what the cloud has issued is for whom it was
// issued to.
func TestIssued(t *testing.T) {
	issued := begun()
	issued.Answered(&fs.ListDocumentsRequest{}, &fs.ListDocumentsResponse{NextPageToken: "page"})
	issued.Located(&http.Response{Header: http.Header{"Location": {"https://storage.googleapis.com/upload?upload_id=up"}}})
	page := func(token string) any {
		return &fs.ListDocumentsRequest{Parent: poolRoot, CollectionId: "users", PageToken: token}
	}
	names := func(token string) any { return &fs.ListCollectionIdsRequest{Parent: poolRoot, PageToken: token} }
	parts := func(token string) any { return &fs.PartitionQueryRequest{Parent: poolRoot, PageToken: token} }
	for _, c := range []struct {
		method, token string
		message       any
		want          error
	}{
		{"ListDocuments", "page", page("page"), nil},
		{"ListDocuments", "other", page("other"), guard.ErrForeign},
		{"ListDocuments", "a transaction", page("rw"), guard.ErrForeign},
		{"ListCollectionIds", "page", names("page"), nil},
		{"ListCollectionIds", "other", names("other"), guard.ErrForeign},
		{"PartitionQuery", "page", parts("page"), nil},
		{"PartitionQuery", "other", parts("other"), guard.ErrForeign},
	} {
		if err := pooled.Firestore(service+c.method, c.message, issued); !is(err, c.want) {
			t.Errorf("%s %s: got %v, want %v", c.method, c.token, err, c.want)
		}
	}
	for id, want := range map[string]error{"up": nil, "page": guard.ErrForeign, "other": guard.ErrForeign} {
		r := storageRequest(t, "PUT", "/upload/storage/v1/b/"+poolBucket+"/o?uploadType=resumable&upload_id="+id)
		if _, err := pooled.Storage(storageOrigin, r, issued); !is(err, want) {
			t.Errorf("upload %s: got %v, want %v", id, err, want)
		}
	}
	if silo.Tracks() || viewer.Tracks() || !pooled.Tracks() {
		t.Error("tracked is what others could have begun, and nothing else")
	}
}
