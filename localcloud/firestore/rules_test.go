package firestore_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// methods returns the full names of all methods of the three services.
func methods() []string {
	var out []string
	for _, d := range []grpc.ServiceDesc{
		firestorepb.Firestore_ServiceDesc, adminpb.FirestoreAdmin_ServiceDesc, longrunningpb.Operations_ServiceDesc,
	} {
		for _, m := range d.Methods {
			out = append(out, "/"+d.ServiceName+"/"+m.MethodName)
		}
		for _, s := range d.Streams {
			out = append(out, "/"+d.ServiceName+"/"+s.StreamName)
		}
	}
	return out
}

func TestEveryMethodHasARow(t *testing.T) {
	rules := firestore.Rules()
	for _, m := range methods() {
		rule, ok := rules[m]
		if !ok {
			t.Errorf("%s has no row", m)
		}
		if rule.Anyone != slices.Contains(firestore.Unimplemented, m) {
			t.Errorf("%s: open to anyone is %v", m, rule.Anyone)
		}
		if !rule.Anyone && rule.Permission == "" {
			t.Errorf("%s needs no permission", m)
		}
		delete(rules, m)
	}
	for m := range rules {
		t.Errorf("%s is no method", m)
	}
}

// What anyone may call must do nothing, and all else must do something.
func TestUnimplementedMethodsSaySo(t *testing.T) {
	c, _ := fresh(t)
	for _, m := range methods() {
		err := call(c.conn, m)
		got, want := status.Code(err) == codes.Unimplemented, slices.Contains(firestore.Unimplemented, m)
		if got != want {
			t.Errorf("%s: got %v, want Unimplemented %v", m, err, want)
		}
	}
}

// call calls a method with an empty message, which every method can read.
func call(conn *grpc.ClientConn, method string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&emptypb.Empty{}); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	stream.CloseSend()
	return stream.RecvMsg(&emptypb.Empty{})
}

func TestRules(t *testing.T) {
	const (
		db  = "projects/p/databases/d"
		doc = db + "/documents/a/b"
		fs  = "/google.firestore.v1.Firestore/"
		adm = "/google.firestore.admin.v1.FirestoreAdmin/"
	)
	set := &firestorepb.Write{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: doc}}}
	create := proto.Clone(set).(*firestorepb.Write)
	create.CurrentDocument = &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{}}
	update := proto.Clone(set).(*firestorepb.Write)
	update.CurrentDocument = &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: true}}
	transform := &firestorepb.Write{Operation: &firestorepb.Write_Transform{Transform: &firestorepb.DocumentTransform{Document: doc}}}
	remove := &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: doc}}
	for _, test := range []struct {
		name, method string
		req          proto.Message
		on           string
		want         string
	}{
		{"get", fs + "GetDocument", &firestorepb.GetDocumentRequest{Name: doc}, db, "entities.get"},
		{"batch get", fs + "BatchGetDocuments", &firestorepb.BatchGetDocumentsRequest{Database: db}, db, "entities.get"},
		{"query", fs + "RunQuery", &firestorepb.RunQueryRequest{Parent: db + "/documents"}, db, "entities.get entities.list"},
		{"count", fs + "RunAggregationQuery", &firestorepb.RunAggregationQueryRequest{Parent: doc}, db, "entities.get entities.list"},
		{"listen", fs + "Listen", &firestorepb.ListenRequest{Database: db}, db, "entities.get entities.list"},
		{"begin", fs + "BeginTransaction", &firestorepb.BeginTransactionRequest{Database: db}, db, "databases.get"},
		{"create", fs + "CreateDocument", &firestorepb.CreateDocumentRequest{Parent: db + "/documents"}, db, "entities.create"},
		{"update", fs + "UpdateDocument", &firestorepb.UpdateDocumentRequest{Document: &firestorepb.Document{Name: doc}}, db,
			"databases.get entities.create entities.update"},
		{"delete", fs + "DeleteDocument", &firestorepb.DeleteDocumentRequest{Name: doc}, db, "entities.delete"},
		{"commit nothing", fs + "Commit", &firestorepb.CommitRequest{Database: db}, db, "databases.get"},
		{"commit a set", fs + "Commit", &firestorepb.CommitRequest{Database: db, Writes: []*firestorepb.Write{set}}, db,
			"databases.get entities.create entities.update"},
		{"commit a creation", fs + "Commit", &firestorepb.CommitRequest{Database: db, Writes: []*firestorepb.Write{create}}, db,
			"databases.get entities.create"},
		{"commit an update", fs + "Commit", &firestorepb.CommitRequest{Database: db, Writes: []*firestorepb.Write{update}}, db,
			"databases.get entities.update"},
		{"commit a transform", fs + "Commit", &firestorepb.CommitRequest{Database: db, Writes: []*firestorepb.Write{transform}}, db,
			"databases.get entities.create entities.update"},
		{"commit all sorts", fs + "Commit", &firestorepb.CommitRequest{Database: db, Writes: []*firestorepb.Write{create, remove}}, db,
			"databases.get entities.create entities.delete"},
		{"batch", fs + "BatchWrite", &firestorepb.BatchWriteRequest{Database: db, Writes: []*firestorepb.Write{remove}}, db,
			"databases.get entities.delete"},
		{"create a database", adm + "CreateDatabase", &adminpb.CreateDatabaseRequest{Parent: "projects/p"}, "projects/p", "databases.create"},
		{"list databases", adm + "ListDatabases", &adminpb.ListDatabasesRequest{Parent: "projects/p"}, "projects/p", "databases.list"},
		{"get a database", adm + "GetDatabase", &adminpb.GetDatabaseRequest{Name: db}, db, "databases.getMetadata"},
		{"update a database", adm + "UpdateDatabase", &adminpb.UpdateDatabaseRequest{Database: &adminpb.Database{Name: db}}, db, "databases.update"},
		{"delete a database", adm + "DeleteDatabase", &adminpb.DeleteDatabaseRequest{Name: db}, db, "databases.delete"},
		{"get an operation", "/google.longrunning.Operations/GetOperation",
			&longrunningpb.GetOperationRequest{Name: db + "/operations/x"}, db, "operations.get"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rule := firestore.Rules()[test.method]
			on, err := rule.Resource("p", test.req)
			if err != nil {
				t.Fatal(err)
			}
			holders := []string{"projects/p"}
			if test.on == db {
				holders = []string{db, "projects/p"}
			}
			if on.Name != test.on || !slices.Equal(on.Holders, holders) {
				t.Errorf("on %v", on)
			}
			if diff := cmp.Diff(strings.Fields(test.want), needs(rule, test.req)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// needs returns the permissions a message needs, sorted and short.
func needs(rule iam.Rule, req proto.Message) []string {
	all := []string{rule.Permission}
	if rule.Permissions != nil {
		all = append(all, rule.Permissions(req)...)
	}
	for i, p := range all {
		all[i] = strings.TrimPrefix(p, "datastore.")
	}
	slices.Sort(all)
	return all
}

func TestRequestsWithoutAResourceAreRefused(t *testing.T) {
	for m, rule := range firestore.Rules() {
		if rule.Anyone {
			continue
		}
		if _, err := rule.Resource("p", &firestorepb.GetDocumentRequest{Name: "a/b"}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: got %v, want InvalidArgument", m, err)
		}
	}
}

// Access is decided on the database of the request: so nothing in the request may be of another
// one.
func TestNamesOfAnotherDatabaseAreRefused(t *testing.T) {
	c, _ := fresh(t)
	c.create("other")
	const foreign = "projects/" + project + "/databases/other/documents"
	api := c.raw()
	foreignRef := &firestorepb.Value{ValueType: &firestorepb.Value_ReferenceValue{ReferenceValue: foreign + "/a/b"}}
	byName := &firestorepb.StructuredQuery{
		From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: "a"}},
		Where: &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_FieldFilter{
			FieldFilter: &firestorepb.StructuredQuery_FieldFilter{
				Field: &firestorepb.StructuredQuery_FieldReference{FieldPath: "__name__"},
				Op:    firestorepb.StructuredQuery_FieldFilter_EQUAL, Value: foreignRef,
			},
		}},
	}
	drain := func(stream interface{ RecvMsg(any) error }, err error) error {
		for err == nil {
			err = stream.RecvMsg(&emptypb.Empty{})
		}
		return err
	}
	commit := func(w *firestorepb.Write) error {
		_, err := api.Commit(ctx, &firestorepb.CommitRequest{Database: mainDatabase, Writes: []*firestorepb.Write{w}})
		return err
	}
	for name, call := range map[string]func() error{
		"batch get": func() error {
			return drain(api.BatchGetDocuments(ctx, &firestorepb.BatchGetDocumentsRequest{
				Database: mainDatabase, Documents: []string{mainDatabase + "/documents/a/b", foreign + "/a/b"}}))
		},
		"set": func() error {
			return commit(&firestorepb.Write{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: foreign + "/a/b"}}})
		},
		"delete": func() error {
			return commit(&firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: foreign + "/a/b"}})
		},
		"transform": func() error {
			return commit(&firestorepb.Write{Operation: &firestorepb.Write_Transform{
				Transform: &firestorepb.DocumentTransform{Document: foreign + "/a/b"}}})
		},
		"batch write": func() error {
			_, err := api.BatchWrite(ctx, &firestorepb.BatchWriteRequest{Database: mainDatabase, Writes: []*firestorepb.Write{
				{Operation: &firestorepb.Write_Delete{Delete: foreign + "/a/b"}}}})
			return err
		},
		"filter": func() error {
			return drain(api.RunQuery(ctx, &firestorepb.RunQueryRequest{
				Parent: mainDatabase + "/documents", QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: byName}}))
		},
		"cursor": func() error {
			return drain(api.RunQuery(ctx, &firestorepb.RunQueryRequest{
				Parent: mainDatabase + "/documents", QueryType: &firestorepb.RunQueryRequest_StructuredQuery{
					StructuredQuery: &firestorepb.StructuredQuery{From: byName.From, StartAt: &firestorepb.Cursor{Values: []*firestorepb.Value{foreignRef}}}}}))
		},
	} {
		t.Run(name, func(t *testing.T) { mustCode(t, call(), codes.InvalidArgument) })
	}
	listen := map[string]*firestorepb.Target{
		"documents": {TargetType: &firestorepb.Target_Documents{Documents: &firestorepb.Target_DocumentsTarget{Documents: []string{foreign + "/a/b"}}}},
		"query": {TargetType: &firestorepb.Target_Query{Query: &firestorepb.Target_QueryTarget{
			Parent: foreign, QueryType: &firestorepb.Target_QueryTarget_StructuredQuery{StructuredQuery: &firestorepb.StructuredQuery{From: byName.From}}}}},
	}
	for name, target := range listen {
		t.Run("listen to "+name, func(t *testing.T) {
			stream, err := api.Listen(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer stream.CloseSend()
			if err := stream.Send(&firestorepb.ListenRequest{
				Database: mainDatabase, TargetChange: &firestorepb.ListenRequest_AddTarget{AddTarget: target},
			}); err != nil {
				t.Fatal(err)
			}
			res, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if got := codes.Code(res.GetTargetChange().GetCause().GetCode()); got != codes.InvalidArgument {
				t.Errorf("got %v", res)
			}
		})
	}
}
