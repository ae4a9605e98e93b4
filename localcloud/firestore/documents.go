package firestore

import (
	"context"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

// GetDocument gets one document.
func (s *documents) GetDocument(ctx context.Context, req *firestorepb.GetDocumentRequest) (_ *firestorepb.Document, err error) {
	db, key, err := s.document(req.Name)
	if err != nil {
		return nil, err
	}
	mask, err := write.ParseMask(req.Mask)
	if err != nil {
		return nil, err
	}
	r, err := s.read(db, req)
	if err != nil {
		return nil, err
	}
	defer func() { r.close(err) }()
	docs, _, err := r.get(ctx, []resource.Key{key})
	if err != nil {
		return nil, err
	}
	if docs[0] == nil {
		return nil, status.Errorf(codes.NotFound, "Document %q not found.", req.Name)
	}
	pb := docs[0].Proto(db.Name)
	pb.Fields = query.Select(pb.Fields, mask)
	return pb, nil
}

// BatchGetDocuments gets documents, all as of one time. It answers in the order asked for.
func (s *documents) BatchGetDocuments(req *firestorepb.BatchGetDocumentsRequest, stream firestorepb.Firestore_BatchGetDocumentsServer) (err error) {
	db, err := s.database(req.Database)
	if err != nil {
		return err
	}
	mask, err := write.ParseMask(req.Mask)
	if err != nil {
		return err
	}
	keys := make([]resource.Key, len(req.Documents))
	for i, name := range req.Documents {
		if keys[i], err = resource.ParseDocumentIn(db.Name, name); err != nil {
			return err
		}
	}
	r, err := s.read(db, req)
	if err != nil {
		return err
	}
	defer func() { r.close(err) }()
	docs, snapshot, err := r.get(stream.Context(), keys)
	if err != nil {
		return err
	}
	if r.begun != nil {
		if err := stream.Send(&firestorepb.BatchGetDocumentsResponse{Transaction: r.begun}); err != nil {
			return err
		}
	}
	at := timestamppb.New(snapshot.Time())
	for i, doc := range docs {
		res := &firestorepb.BatchGetDocumentsResponse{ReadTime: at}
		if doc == nil {
			res.Result = &firestorepb.BatchGetDocumentsResponse_Missing{Missing: req.Documents[i]}
		} else {
			pb := doc.Proto(db.Name)
			pb.Fields = query.Select(pb.Fields, mask)
			res.Result = &firestorepb.BatchGetDocumentsResponse_Found{Found: pb}
		}
		if err := stream.Send(res); err != nil {
			return err
		}
	}
	return nil
}
