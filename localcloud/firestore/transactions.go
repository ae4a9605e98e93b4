package firestore

import (
	"context"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

// BeginTransaction begins a transaction.
func (s *documents) BeginTransaction(_ context.Context, req *firestorepb.BeginTransactionRequest) (*firestorepb.BeginTransactionResponse, error) {
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	tx, err := s.begin(db, req.Options)
	if err != nil {
		return nil, err
	}
	return &firestorepb.BeginTransactionResponse{Transaction: []byte(tx.ID)}, nil
}

// begin begins a read-write transaction unless the options ask for a read-only one.
func (s *Server) begin(db *store.Database, options *firestorepb.TransactionOptions) (*transaction.Transaction, error) {
	ro := options.GetReadOnly()
	if ro == nil {
		return s.transactions.Begin(db, nil), nil
	}
	snapshot, err := db.Snapshot()
	if at := ro.GetReadTime(); at != nil {
		snapshot, err = snapshotAt(db, at)
	}
	if err != nil {
		return nil, err
	}
	return s.transactions.Begin(db, snapshot), nil
}

// Rollback ends a transaction without a commit.
func (s *documents) Rollback(_ context.Context, req *firestorepb.RollbackRequest) (*emptypb.Empty, error) {
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.transactions.Rollback(db, req.Transaction)
}
