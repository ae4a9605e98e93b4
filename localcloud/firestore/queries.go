package firestore

import (
	"maps"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

var errExplain = status.Error(codes.Unimplemented, "queries are not explained here")

// RunQuery runs a query, all of it as of one time.
func (s *documents) RunQuery(req *firestorepb.RunQueryRequest, stream firestorepb.Firestore_RunQueryServer) (err error) {
	if req.ExplainOptions != nil {
		return errExplain
	}
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return err
	}
	q, err := query.Compile(db.Name, parent, req.GetStructuredQuery())
	if err != nil {
		return err
	}
	r, err := s.read(db, req)
	if err != nil {
		return err
	}
	defer func() { r.close(err) }()
	result, err := r.run(stream.Context(), q)
	if err != nil {
		return err
	}
	if r.begun != nil {
		if err := stream.Send(&firestorepb.RunQueryResponse{Transaction: r.begun}); err != nil {
			return err
		}
	}
	at, skipped := timestamppb.New(result.Time), int32(result.Skipped)
	for _, d := range result.Found {
		res := &firestorepb.RunQueryResponse{Document: q.Project(d), ReadTime: at, SkippedResults: skipped}
		if err := stream.Send(res); err != nil {
			return err
		}
		skipped = 0
	}
	if len(result.Found) == 0 {
		return stream.Send(&firestorepb.RunQueryResponse{ReadTime: at, SkippedResults: skipped})
	}
	return nil
}

// RunAggregationQuery counts, sums and averages what a query finds.
func (s *documents) RunAggregationQuery(req *firestorepb.RunAggregationQueryRequest, stream firestorepb.Firestore_RunAggregationQueryServer) (err error) {
	if req.ExplainOptions != nil {
		return errExplain
	}
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return err
	}
	a, err := query.CompileAggregation(db.Name, parent, req.GetStructuredAggregationQuery())
	if err != nil {
		return err
	}
	r, err := s.read(db, req)
	if err != nil {
		return err
	}
	defer func() { r.close(err) }()
	snapshot := r.snapshot
	if snapshot == nil {
		if snapshot, err = db.Snapshot(); err != nil {
			return err
		}
	}
	fields := a.Over(a.Query.Run(snapshot).Found)
	if r.snapshot == nil {
		r.tx.Observe(func(now *store.Snapshot) bool {
			return maps.EqualFunc(fields, a.Over(a.Query.Run(now).Found), value.Equal)
		})
	}
	return stream.Send(&firestorepb.RunAggregationQueryResponse{
		Result:      &firestorepb.AggregationResult{AggregateFields: fields},
		Transaction: r.begun,
		ReadTime:    timestamppb.New(snapshot.Time()),
	})
}
