package firestore

import (
	"context"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

const (
	maxCommitBytes = 10 << 20
	maxBatchWrites = 500
)

// Commit applies writes together or not at all.
func (s *documents) Commit(ctx context.Context, req *firestorepb.CommitRequest) (*firestorepb.CommitResponse, error) {
	if n := proto.Size(req); n > maxCommitBytes {
		return nil, invalid("the commit has %d bytes, more than the %d allowed", n, maxCommitBytes)
	}
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	var tx *transaction.Transaction
	if len(req.Transaction) > 0 {
		if tx, err = s.transactions.Acquire(db, req.Transaction); err != nil {
			return nil, err
		}
		defer tx.End()
	}
	writes, err := write.ParseAll(db.Name, req.Writes)
	if err != nil {
		return nil, err
	}
	results := make([]*firestorepb.WriteResult, len(writes))
	at, err := s.commit(ctx, db, tx, writes, func(c *store.Commit) (err error) {
		for i, w := range writes {
			if results[i], err = w.Apply(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &firestorepb.CommitResponse{WriteResults: results, CommitTime: at}, nil
}

// commit carries out a commit, in a transaction if tx is not nil, that will touch the documents of
// writes.
func (s *documents) commit(ctx context.Context, db *store.Database, tx *transaction.Transaction, writes []*write.Write, run func(*store.Commit) error) (*timestamppb.Timestamp, error) {
	keys := make([]resource.Key, len(writes))
	for i, w := range writes {
		keys[i] = w.Key
	}
	var err error
	switch {
	case tx == nil:
		err = s.transactions.Yield(ctx, db, keys)
	case tx.ReadOnly() && len(writes) > 0:
		err = invalid("a read-only transaction cannot write")
	case !tx.ReadOnly():
		err = tx.Lock(ctx, keys...)
	}
	if err != nil {
		return nil, err
	}
	at, err := db.Submit(func(c *store.Commit) error {
		if tx != nil {
			if err := tx.Check(c.Before()); err != nil {
				return err
			}
		}
		return run(c)
	}).Wait()
	return timestamppb.New(at), err
}

// BatchWrite applies each write by itself.
func (s *documents) BatchWrite(ctx context.Context, req *firestorepb.BatchWriteRequest) (*firestorepb.BatchWriteResponse, error) {
	if n := len(req.Writes); n > maxBatchWrites {
		return nil, invalid("the batch has %d writes, more than the %d allowed", n, maxBatchWrites)
	}
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	writes, err := write.ParseAll(db.Name, req.Writes)
	if err != nil {
		return nil, err
	}
	var keys []resource.Key
	seen := map[resource.Key]bool{}
	for _, w := range writes {
		if seen[w.Key] {
			return nil, invalid("the batch writes %s more than once", w.Key.Path())
		}
		seen[w.Key] = true
		keys = append(keys, w.Key)
	}
	if err := s.transactions.Yield(ctx, db, keys); err != nil {
		return nil, err
	}
	results := make([]*firestorepb.WriteResult, len(writes))
	pending := make([]*store.Pending, len(writes))
	for i, w := range writes {
		pending[i] = db.Submit(func(c *store.Commit) (err error) {
			results[i], err = w.Apply(c)
			return err
		})
	}
	res := &firestorepb.BatchWriteResponse{WriteResults: results, Status: make([]*rpcstatus.Status, len(writes))}
	for i, p := range pending {
		_, err := p.Wait()
		if err != nil {
			results[i] = &firestorepb.WriteResult{}
		}
		res.Status[i] = status.Convert(err).Proto()
		if res.Status[i] == nil {
			res.Status[i] = &rpcstatus.Status{}
		}
	}
	return res, nil
}
