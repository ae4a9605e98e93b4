package firestore

import (
	"context"
	"crypto/rand"
	"strings"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"google.golang.org/genproto/googleapis/rpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// operations serves google.longrunning.Operations for the operations that the Admin API returns.
// They are done when they are returned, but for those of indexes that take their time; none can be
// cancelled.
type operations struct {
	longrunningpb.UnimplementedOperationsServer
	*Server
}

// finished returns a new operation on a database that is done.
func finished(db resource.Database, response, metadata proto.Message) (*longrunningpb.Operation, error) {
	op, err := started(db.String()+"/operations/"+strings.ToLower(rand.Text()), metadata)
	if err != nil {
		return nil, err
	}
	return op, finish(op, response)
}

func started(name string, metadata proto.Message) (*longrunningpb.Operation, error) {
	meta, err := anypb.New(metadata)
	return &longrunningpb.Operation{Name: name, Metadata: meta}, err
}

func finish(op *longrunningpb.Operation, response proto.Message) error {
	res, err := anypb.New(response)
	op.Done, op.Result = true, &longrunningpb.Operation_Response{Response: res}
	return err
}

// startedIndex returns a new operation that builds an index. How it stands is not kept, but told by
// indexOperation.
func startedIndex(m index.Made) (*longrunningpb.Operation, error) {
	return started(buildOf(m.Index.Name), &adminpb.IndexOperationMetadata{
		Index: m.Index.Name, StartTime: timestamppb.New(m.Begun), State: adminpb.OperationState_PROCESSING,
	})
}

// buildOf returns the name of the operation that builds the index of that name.
func buildOf(name string) string {
	db, _ := resource.DatabaseOf(name) // sound, as its callers know
	return db.String() + "/operations/" + strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
}

// indexOperation returns how the building of an index stands, which says the schema of its
// database, nil if that is gone. Any other operation it returns as it is.
func (s *Server) indexOperation(op *longrunningpb.Operation, schema *index.Schema) (*longrunningpb.Operation, error) {
	meta := new(adminpb.IndexOperationMetadata)
	if op.Done || !op.Metadata.MessageIs(meta) {
		return op, nil
	}
	if err := op.Metadata.UnmarshalTo(meta); err != nil {
		return nil, err
	}
	op = proto.Clone(op).(*longrunningpb.Operation)
	if schema == nil {
		schema = &index.Schema{}
	}
	m, ok := schema.Find(meta.Index)
	switch {
	case !ok:
		meta.State, op.Done = adminpb.OperationState_CANCELLED, true
		op.Result = &longrunningpb.Operation_Error{Error: &status.Status{
			Code: int32(codes.Canceled), Message: "the index was deleted",
		}}
	case !s.now().Before(m.Ready):
		meta.State, meta.EndTime = adminpb.OperationState_SUCCESSFUL, timestamppb.New(m.Ready)
		if err := finish(op, m.Told(s.now())); err != nil {
			return nil, err
		}
	}
	return op, op.Metadata.MarshalFrom(meta)
}

// GetOperation tells how an operation stands.
func (s *operations) GetOperation(_ context.Context, req *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	return s.operation(req.Name)
}

// WaitOperation tells how an operation stands. It does not wait: the caller asks again.
func (s *operations) WaitOperation(_ context.Context, req *longrunningpb.WaitOperationRequest) (*longrunningpb.Operation, error) {
	return s.operation(req.Name)
}

func (s *Server) operation(name string) (*longrunningpb.Operation, error) {
	op, err := s.store.Operation(name)
	if err != nil {
		return nil, err
	}
	var schema *index.Schema
	if of, err := resource.DatabaseOf(name); err == nil {
		if db, err := s.store.Database(of); err == nil {
			schema = db.Schema()
		}
	}
	return s.indexOperation(op, schema)
}
