package firestore

import (
	"context"
	"crypto/rand"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

// CreateDocument creates a document, under an id of its own making if none is asked for.
func (s *documents) CreateDocument(ctx context.Context, req *firestorepb.CreateDocumentRequest) (*firestorepb.Document, error) {
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return nil, err
	}
	if err := resource.CheckID(req.CollectionId); err != nil {
		return nil, err
	}
	if req.Document.GetName() != "" {
		return nil, invalid("a document to create must not have a name")
	}
	id := req.DocumentId
	if id == "" {
		id = rand.Text()[:20]
	}
	if err := resource.CheckDocumentID(id); err != nil {
		return nil, err
	}
	key := resource.Key{Collection: resource.Join(parent, req.CollectionId), ID: id}
	return s.writeOne(ctx, db, req.Mask, &firestorepb.Write{
		Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{
			Name:   db.Name.Document(key),
			Fields: req.Document.GetFields(),
		}},
		CurrentDocument: &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: false}},
	})
}

// UpdateDocument updates a document, or creates it.
func (s *documents) UpdateDocument(ctx context.Context, req *firestorepb.UpdateDocumentRequest) (*firestorepb.Document, error) {
	db, _, err := s.document(req.GetDocument().GetName())
	if err != nil {
		return nil, err
	}
	return s.writeOne(ctx, db, req.Mask, &firestorepb.Write{
		Operation:       &firestorepb.Write_Update{Update: req.Document},
		UpdateMask:      req.UpdateMask,
		CurrentDocument: req.CurrentDocument,
	})
}

// DeleteDocument deletes a document.
func (s *documents) DeleteDocument(ctx context.Context, req *firestorepb.DeleteDocumentRequest) (*emptypb.Empty, error) {
	db, _, err := s.document(req.Name)
	if err != nil {
		return nil, err
	}
	_, err = s.writeOne(ctx, db, nil, &firestorepb.Write{
		Operation:       &firestorepb.Write_Delete{Delete: req.Name},
		CurrentDocument: req.CurrentDocument,
	})
	return &emptypb.Empty{}, err
}

// writeOne commits one write and returns the document it leaves, if any.
func (s *documents) writeOne(ctx context.Context, db *store.Database, mask *firestorepb.DocumentMask, pb *firestorepb.Write) (*firestorepb.Document, error) {
	paths, err := write.ParseMask(mask)
	if err != nil {
		return nil, err
	}
	w, err := write.Parse(db.Name, pb)
	if err != nil {
		return nil, err
	}
	var after *store.Document
	_, err = s.commit(ctx, db, nil, []*write.Write{w}, func(c *store.Commit) error {
		_, err := w.Apply(c)
		after = c.Get(w.Key)
		return err
	})
	if err != nil || after == nil {
		return nil, err
	}
	out := after.Proto(db.Name)
	out.Fields = query.Select(out.Fields, paths)
	return out, nil
}
