package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/guard"
)

const (
	service = "/google.firestore.v1.Firestore/"
	own     = "projects/p/databases/tn-own0000000"
	ownRoot = own + "/documents"
	ownUser = ownRoot + "/users/u1"
	foreign = "projects/p/databases/tn-victim0000"
)

func update(name string) []*fs.Write {
	return []*fs.Write{{Operation: &fs.Write_Update{Update: &fs.Document{Name: name}}}}
}

// calls makes one message of each method and each place in it that names something. database and
// name are put there.
var calls = []struct {
	method, place string
	message       func(database, name string) any
	writes        bool // refused on a read-only grant
	parent        bool // name is a parent: the root itself is one
}{
	{"BatchGetDocuments", "documents", func(db, n string) any {
		return &fs.BatchGetDocumentsRequest{Database: db, Documents: []string{db + "/documents/users/u1", n}}
	}, false, false},
	{"Commit", "update", func(db, n string) any {
		return &fs.CommitRequest{Database: db, Writes: update(n)}
	}, true, false},
	{"Commit", "second write", func(db, n string) any {
		return &fs.CommitRequest{Database: db, Writes: slices.Concat(update(db+"/documents/users/u1"), update(n))}
	}, true, false},
	{"Commit", "delete", func(db, n string) any {
		return &fs.CommitRequest{Database: db, Writes: []*fs.Write{{Operation: &fs.Write_Delete{Delete: n}}}}
	}, true, false},
	{"Commit", "transform", func(db, n string) any {
		return &fs.CommitRequest{Database: db, Writes: []*fs.Write{{Operation: &fs.Write_Transform{
			Transform: &fs.DocumentTransform{Document: n},
		}}}}
	}, true, false},
	{"BatchWrite", "update", func(db, n string) any {
		return &fs.BatchWriteRequest{Database: db, Writes: update(n)}
	}, true, false},
	{"RunQuery", "parent", func(_, n string) any { return &fs.RunQueryRequest{Parent: n} }, false, true},
	{"RunAggregationQuery", "parent", func(_, n string) any { return &fs.RunAggregationQueryRequest{Parent: n} }, false, true},
	{"PartitionQuery", "parent", func(_, n string) any { return &fs.PartitionQueryRequest{Parent: n} }, false, true},
	{"ListDocuments", "parent", func(_, n string) any {
		return &fs.ListDocumentsRequest{Parent: n, CollectionId: "users"}
	}, false, true},
	{"ListCollectionIds", "parent", func(_, n string) any { return &fs.ListCollectionIdsRequest{Parent: n} }, false, true},
	{"Listen", "documents", func(db, n string) any {
		return &fs.ListenRequest{Database: db, TargetChange: &fs.ListenRequest_AddTarget{AddTarget: &fs.Target{
			TargetType: &fs.Target_Documents{Documents: &fs.Target_DocumentsTarget{Documents: []string{n}}},
		}}}
	}, false, false},
	{"Listen", "query", func(db, n string) any {
		return &fs.ListenRequest{Database: db, TargetChange: &fs.ListenRequest_AddTarget{AddTarget: &fs.Target{
			TargetType: &fs.Target_Query{Query: &fs.Target_QueryTarget{Parent: n}},
		}}}
	}, false, true},
	{"BeginTransaction", "", func(db, _ string) any { return &fs.BeginTransactionRequest{Database: db} }, true, false},
	{"Rollback", "", func(db, _ string) any { return &fs.RollbackRequest{Database: db} }, false, false},
}

// foreignNames are names that are not beneath the root, some of them nearly.
var foreignNames = []string{
	foreign + "/documents/users/u1",
	"",
	"/",
	own,
	ownRoot + "/",
	ownRoot + "x/users/u1",
	own + "x/documents/users/u1",
	own + "/documentsusers/u1",
	own + "/documents//users/u1",
	own + "/documents/../../tn-victim0000/documents/users/u1",
	own + "/documents/./users/u1",
	own + "/documents/users/..",
	own + "/documents/users/u1/",
	"/" + ownUser,
	" " + ownUser,
	strings.ToUpper(ownUser),
	"projects/q/databases/tn-own0000000/documents/users/u1",
	"projects/p/databases/(default)/documents/users/u1",
	foreign + "/documents/" + ownUser,
	strings.Replace(ownUser, "/", "%2F", 1),
	strings.Replace(ownUser, "/users", "\x00/users", 1),
}

func TestFirestore(t *testing.T) {
	for _, c := range calls {
		t.Run(c.method+" "+c.place, func(t *testing.T) {
			method := service + c.method
			if err := judge(silo, method, c.message(own, ownUser)); err != nil {
				t.Errorf("own name: %v", err)
			}
			if c.parent {
				if err := judge(silo, method, c.message(own, ownRoot)); err != nil {
					t.Errorf("own root: %v", err)
				}
			}
			if !c.parent {
				wantForeign(t, "foreign database", judge(silo, method, c.message(foreign, ownUser)))
			}
			if c.place == "" {
				return
			}
			for _, name := range foreignNames {
				wantForeign(t, fmt.Sprintf("%q", name), judge(silo, method, c.message(own, name)))
			}
		})
	}
}

func wantForeign(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, guard.ErrForeign) || !errors.Is(err, guard.ErrRefused) || status.Code(err) != codes.PermissionDenied {
		t.Errorf("%s: got %v, want ErrForeign with code PermissionDenied", what, err)
	}
}

// Every method on the guard's list has a row above, and every other method of the service is
// refused.
func TestFirestoreList(t *testing.T) {
	tried := make(map[string]bool)
	for _, c := range calls {
		tried[service+c.method] = true
	}
	for _, m := range guard.FirestoreMethods() {
		if !tried[m] {
			t.Errorf("%s is allowed and not tested", m)
		}
	}
	methods := fs.File_google_firestore_v1_firestore_proto.Services().ByName("Firestore").Methods()
	for i := range methods.Len() {
		method := service + string(methods.Get(i).Name())
		if tried[method] {
			continue
		}
		if err := judge(silo, method, &fs.GetDocumentRequest{Name: ownUser}); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%s: got %v, want ErrDenied", method, err)
		}
	}
	for _, message := range []any{nil, (*fs.CommitRequest)(nil), &fs.BatchWriteRequest{Database: own}} {
		if err := judge(silo, service+"Commit", message); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("Commit of %T: got %v, want ErrDenied", message, err)
		}
	}
	unknown := &fs.CommitRequest{Database: own, Writes: []*fs.Write{{}}}
	if err := judge(silo, service+"Commit", unknown); !errors.Is(err, guard.ErrRefused) {
		t.Errorf("a write of no kind: got %v, want ErrDenied", err)
	}
}

func TestReadOnly(t *testing.T) {
	for _, c := range calls {
		err := judge(viewer, service+c.method, c.message(own, ownUser))
		switch {
		case c.writes && (!errors.Is(err, guard.ErrNotPermitted) || !errors.Is(err, guard.ErrRefused)):
			t.Errorf("%s %s: got %v, want ErrReadOnly", c.method, c.place, err)
		case !c.writes && err != nil:
			t.Errorf("%s %s: %v", c.method, c.place, err)
		}
	}
	readOnly := &fs.TransactionOptions{Mode: &fs.TransactionOptions_ReadOnly_{ReadOnly: &fs.TransactionOptions_ReadOnly{}}}
	for _, m := range []struct {
		method  string
		message any
		want    error
	}{
		{"BeginTransaction", &fs.BeginTransactionRequest{Database: own, Options: readOnly}, nil},
		{"BeginTransaction", &fs.BeginTransactionRequest{Database: own, Options: &fs.TransactionOptions{}}, guard.ErrNotPermitted},
		{"Commit", &fs.CommitRequest{Database: own}, nil},
		{"RunQuery", queryBeginning(readOnly), nil},
		{"RunQuery", queryBeginning(&fs.TransactionOptions{}), guard.ErrNotPermitted},
		{"RunAggregationQuery", &fs.RunAggregationQueryRequest{Parent: ownRoot, ConsistencySelector: &fs.RunAggregationQueryRequest_NewTransaction{
			NewTransaction: &fs.TransactionOptions{}}}, guard.ErrNotPermitted},
		{"BatchGetDocuments", &fs.BatchGetDocumentsRequest{Database: own, ConsistencySelector: &fs.BatchGetDocumentsRequest_NewTransaction{
			NewTransaction: &fs.TransactionOptions{}}}, guard.ErrNotPermitted},
	} {
		if err := judge(viewer, service+m.method, m.message); !errors.Is(err, m.want) {
			t.Errorf("%s: got %v, want %v", m.method, err, m.want)
		}
	}
}

func queryBeginning(o *fs.TransactionOptions) *fs.RunQueryRequest {
	return &fs.RunQueryRequest{Parent: ownRoot, ConsistencySelector: &fs.RunQueryRequest_NewTransaction{NewTransaction: o}}
}

// A caller who has only just signed in reads their own record and nothing else.
func TestSignIn(t *testing.T) {
	scope := signIn
	get := func(names ...string) error {
		return judge(scope, service+"BatchGetDocuments", &fs.BatchGetDocumentsRequest{Database: own, Documents: names})
	}
	if err := get(ownUser); err != nil {
		t.Errorf("own record: %v", err)
	}
	wantForeign(t, "another's record", get(ownRoot+"/users/u2"))
	wantForeign(t, "a document of the record", get(ownUser+"/keys/k"))
	wantForeign(t, "own record and another's", get(ownUser, ownRoot+"/users/u2"))
	for _, c := range calls {
		if c.method == "BatchGetDocuments" || c.method == "Rollback" || c.method == "Listen" && !c.parent {
			continue
		}
		if err := judge(scope, service+c.method, c.message(own, ownUser)); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%s %s: got %v, want ErrDenied", c.method, c.place, err)
		}
	}
}

// Tenants who share a database are confined to a subtree by the same rules.
func TestSubtree(t *testing.T) {
	scope := must(guard.Scope{
		Project: "p", Database: "tn-own0000000", Root: "tenants/tn-aaaaaaaaaa", All: guard.Read | guard.Write,
	})
	for name, want := range map[string]bool{
		ownRoot + "/tenants/tn-aaaaaaaaaa/users/u1":                  true,
		ownRoot + "/tenants/tn-aaaaaaaaaa":                           false, // the anchor itself is not the tenant's to write
		ownRoot + "/tenants/tn-aaaaaaaaaab/users/u1":                 false,
		ownRoot + "/tenants/tn-bbbbbbbbbb/users/u1":                  false,
		ownRoot + "/tenants/tn-aaaaaaaaaa/../tn-bbbbbbbbbb/users/u1": false,
		ownRoot + "/users/u1":                                        false,
	} {
		if got := can(scope, name); got != want {
			t.Errorf("document %s: got %v, want %v", name, got, want)
		}
	}
	if !scope.Parent(ownRoot+"/tenants/tn-aaaaaaaaaa") || scope.Parent(ownRoot) || scope.Parent(ownRoot+"/tenants/tn-bbbbbbbbbb") {
		t.Error("a query may begin at the root, and nowhere above or beside it")
	}
}

// The guard agrees with a second, plainer reading of names: five fixed segments, then any but empty
// and dots.
func TestNames(t *testing.T) {
	segment := rapid.SampledFrom([]string{
		"projects", "p", "q", "databases", "tn-own0000000", "tn-victim0000", "documents", "users", "u1", "..", ".", "", "%2F", "...",
	})
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(segment, 0, 9).Draw(t, "segments")
		if rapid.Bool().Draw(t, "begin well") {
			segments = append(strings.Split(ownRoot, "/"), segments...)
		}
		name := strings.Join(segments, "/")
		want := len(segments) > 5 && strings.Join(segments[:5], "/") == ownRoot
		for _, s := range segments[min(5, len(segments)):] {
			want = want && s != "" && s != "." && s != ".."
		}
		if got := can(silo, name); got != want {
			t.Fatalf("document %q: got %v, want %v", name, got, want)
		}
		if got := silo.Parent(name); got != (want || name == ownRoot) {
			t.Fatalf("parent %q: got %v", name, got)
		}
	})
}

func TestMetadata(t *testing.T) {
	for _, m := range []struct {
		key, value string
		want       error
	}{
		{"google-cloud-resource-prefix", own, nil},
		{"google-cloud-resource-prefix", foreign, guard.ErrForeign},
		{"google-cloud-resource-prefix", "", guard.ErrForeign},
		{"x-goog-request-params", "project_id=p&database_id=tn-own0000000", nil},
		{"x-goog-request-params", "project_id=p&database_id=tn-victim0000", guard.ErrForeign},
		{"x-goog-request-params", "project_id=q&database_id=tn-own0000000", guard.ErrForeign},
		{"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-own0000000", nil},
		{"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-victim0000", guard.ErrForeign},
		{"x-goog-request-params", "parent=projects%2Fp%2Fdatabases%2Ftn-own0000000%2Fdocuments&collection_id=users", nil},
		{"x-goog-request-params", "parent=projects%2Fp%2Fdatabases%2Ftn-victim0000%2Fdocuments", guard.ErrForeign},
		{"x-goog-request-params", "database=%zz", guard.ErrForeign},
		{"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-own0000000%2", guard.ErrForeign},
		{"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-own000000%30", nil},
		{"x-goog-request-params", "database=" + own + "0", guard.ErrForeign},
		{"x-goog-request-params", "database=" + own[:len(own)-1], guard.ErrForeign},
		{"x-goog-request-params", "database=", guard.ErrForeign},
		{"x-goog-request-params", "project_id=p&database_id=tn-own0000000&database=" + foreign, guard.ErrForeign},
		{"x-goog-request-params", "parent=%zz", guard.ErrForeign},
		{"x-goog-request-params", "name=" + own, guard.ErrForeign},
		{"x-goog-api-client", "gl-go/1.26", nil},
		{"x-goog-is-transaction", "false", nil},
		{"authorization", "Bearer of-somebody-else", guard.ErrRefused},
		{"x-goog-user-project", "q", guard.ErrRefused},
		{"x-goog-iam-authorization-token", "t", guard.ErrRefused},
		{"x-unheard-of", "v", guard.ErrRefused},
	} {
		ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(m.key, m.value))
		if err := silo.Metadata(ctx); !errors.Is(err, m.want) {
			t.Errorf("%s: %s: got %v, want %v", m.key, m.value, err, m.want)
		}
	}
	both := metadata.Pairs("google-cloud-resource-prefix", own, "google-cloud-resource-prefix", foreign)
	wantForeign(t, "one of two values", silo.Metadata(metadata.NewOutgoingContext(context.Background(), both)))
	if err := silo.Metadata(context.Background()); err != nil {
		t.Errorf("no metadata: %v", err)
	}
}
