package guard_test

import (
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// Bytes that this version of the client does not know are sent behind those that it does. A server
// takes the last of two, so they could name what the guard has not seen.
func TestUnknownFields(t *testing.T) {
	smuggle := func(m proto.Message, field protowire.Number, name string) {
		b := protowire.AppendTag(nil, field, protowire.BytesType)
		m.ProtoReflect().SetUnknown(protowire.AppendString(b, name))
	}
	victim := foreign + "/documents/users/u1"

	read := &fs.BatchGetDocumentsRequest{Database: own}
	smuggle(read, 2, victim)
	sent, err := proto.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var received fs.BatchGetDocumentsRequest
	if err := proto.Unmarshal(sent, &received); err != nil || len(received.GetDocuments()) != 1 || received.GetDocuments()[0] != victim {
		t.Fatalf("the server would read %v, %v: then this test is about nothing", &received, err)
	}

	changed := update(ownUser)
	smuggle(changed[0].GetUpdate(), 1, victim)
	written := update(ownUser)
	smuggle(written[0], 2, victim)
	condition := []*fs.Write{creating(ownUser)}
	smuggle(condition[0].GetCurrentDocument(), 15, "")
	transformed := []*fs.Write{{Operation: &fs.Write_Transform{Transform: &fs.DocumentTransform{Document: ownUser}}}}
	smuggle(transformed[0].GetTransform(), 1, victim)
	query := queryFor(ownRoot, "users", false)
	smuggle(query.GetStructuredQuery(), 15, "")
	selector := queryFor(ownRoot, "users", false)
	smuggle(selector.GetStructuredQuery().GetFrom()[0], 2, "secrets")
	options := &fs.BeginTransactionRequest{Database: own, Options: &fs.TransactionOptions{}}
	smuggle(options.GetOptions(), 15, "")
	again := &fs.BeginTransactionRequest{Database: own, Options: proto.CloneOf(readWrite)}
	smuggle(again.GetOptions().GetReadWrite(), 1, "somebody's")
	past := &fs.BeginTransactionRequest{Database: own, Options: proto.CloneOf(readOnly)}
	smuggle(past.GetOptions().GetReadOnly(), 15, "")
	aggregated := &fs.StructuredAggregationQuery{}
	smuggle(aggregated, 1, "")
	target := &fs.Target{TargetType: &fs.Target_Query{Query: &fs.Target_QueryTarget{Parent: ownRoot}}}
	smuggle(target, 15, "")
	parent := &fs.Target_QueryTarget{Parent: ownRoot}
	smuggle(parent, 1, victim)
	documents := &fs.Target_DocumentsTarget{Documents: []string{ownUser}}
	smuggle(documents, 2, victim)
	watch := func(t *fs.Target) *fs.ListenRequest {
		return &fs.ListenRequest{Database: own, TargetChange: &fs.ListenRequest_AddTarget{AddTarget: t}}
	}
	for _, c := range []struct {
		method, where string
		message       any
	}{
		{"BatchGetDocuments", "message", read},
		{"Commit", "document", &fs.CommitRequest{Database: own, Writes: changed}},
		{"Commit", "write", &fs.CommitRequest{Database: own, Writes: written}},
		{"Commit", "precondition", &fs.CommitRequest{Database: own, Writes: condition}},
		{"BatchWrite", "transform", &fs.BatchWriteRequest{Database: own, Writes: transformed}},
		{"RunQuery", "query", query},
		{"RunQuery", "selector", selector},
		{"RunAggregationQuery", "aggregation", &fs.RunAggregationQueryRequest{Parent: ownRoot,
			QueryType: &fs.RunAggregationQueryRequest_StructuredAggregationQuery{StructuredAggregationQuery: aggregated}}},
		{"BeginTransaction", "options", options},
		{"BeginTransaction", "read-write", again},
		{"BeginTransaction", "read-only", past},
		{"Listen", "target", watch(target)},
		{"Listen", "query", watch(&fs.Target{TargetType: &fs.Target_Query{Query: parent}})},
		{"Listen", "documents", watch(&fs.Target{TargetType: &fs.Target_Documents{Documents: documents}})},
	} {
		if err := judge(silo, service+c.method, c.message); !is(err, guard.ErrRefused) {
			t.Errorf("%s, in the %s: got %v, want ErrRefused", c.method, c.where, err)
		}
	}

	// A create whose mask or transform says more than is known is no create.
	masked, timed := creating(ownRoot+"/log/a"), creating(ownRoot+"/log/a")
	masked.UpdateMask = &fs.DocumentMask{}
	smuggle(masked.GetUpdateMask(), 1, "field")
	timed.UpdateTransforms = []*fs.DocumentTransform_FieldTransform{{
		TransformType: &fs.DocumentTransform_FieldTransform_SetToServerValue{SetToServerValue: fs.DocumentTransform_FieldTransform_REQUEST_TIME},
	}}
	smuggle(timed.GetUpdateTransforms()[0], 6, "")
	s := whole(guard.Append)
	s.Objects = 0
	for where, w := range map[string]*fs.Write{"mask": masked, "transform": timed} {
		err := judge(must(s), service+"Commit", &fs.CommitRequest{Database: own, Writes: []*fs.Write{w}})
		if !is(err, guard.ErrNotPermitted) {
			t.Errorf("a create, in the %s: got %v, want ErrNotPermitted", where, err)
		}
	}
}
