package firestore

import (
	"context"
	"crypto/rand"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// operations serves google.longrunning.Operations for the operations that the Admin API returns. They are done when
// they are returned; so there is nothing to wait for, and nothing to cancel.
type operations struct {
	longrunningpb.UnimplementedOperationsServer
	*Server
}

// finished returns a new operation on a database that is done.
func finished(db resource.Database, response, metadata proto.Message) (*longrunningpb.Operation, error) {
	res, err := anypb.New(response)
	if err != nil {
		return nil, err
	}
	meta, err := anypb.New(metadata)
	if err != nil {
		return nil, err
	}
	return &longrunningpb.Operation{
		Name:     db.String() + "/operations/" + strings.ToLower(rand.Text()),
		Metadata: meta,
		Done:     true,
		Result:   &longrunningpb.Operation_Response{Response: res},
	}, nil
}

// GetOperation tells how an operation stands.
func (s *operations) GetOperation(_ context.Context, req *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	return s.store.Operation(req.Name)
}

// WaitOperation waits until an operation is done.
func (s *operations) WaitOperation(_ context.Context, req *longrunningpb.WaitOperationRequest) (*longrunningpb.Operation, error) {
	return s.store.Operation(req.Name)
}
