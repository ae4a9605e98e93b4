package firestore

import (
	"maps"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// RunQuery runs a query, all of it as of one time.
func (s *documents) RunQuery(req *firestorepb.RunQueryRequest, stream firestorepb.Firestore_RunQueryServer) (err error) {
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return err
	}
	q, err := query.Compile(db.Name, parent, req.GetStructuredQuery())
	if err == nil {
		err = s.checkIndexes(db, q)
	}
	if err != nil {
		return err
	}
	metrics, err := explain(q, req.ExplainOptions)
	if err != nil {
		return err
	}
	if metrics != nil && !req.ExplainOptions.Analyze {
		return stream.Send(&firestorepb.RunQueryResponse{ExplainMetrics: metrics})
	}
	r, err := s.read(db, req)
	if err != nil {
		return err
	}
	defer func() { r.close(err) }()
	began := time.Now()
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
	if metrics != nil {
		if metrics.ExecutionStats, err = result.Stats(time.Since(began)); err != nil {
			return err
		}
	}
	last := len(result.Found) - 1
	if last < 0 {
		return stream.Send(&firestorepb.RunQueryResponse{ReadTime: at, SkippedResults: skipped, ExplainMetrics: metrics})
	}
	for i, d := range result.Found {
		res := &firestorepb.RunQueryResponse{Document: q.Project(d), ReadTime: at, SkippedResults: skipped}
		if i == last {
			res.ExplainMetrics = metrics
		}
		if err := stream.Send(res); err != nil {
			return err
		}
		skipped = 0
	}
	return nil
}

// explain returns the plan of the query if it is asked for, else nil.
func explain(q *query.Query, options *firestorepb.ExplainOptions) (*firestorepb.ExplainMetrics, error) {
	if options == nil {
		return nil, nil
	}
	plan, err := q.Explain()
	return &firestorepb.ExplainMetrics{PlanSummary: plan}, err
}

// RunAggregationQuery counts, sums and averages what a query finds.
func (s *documents) RunAggregationQuery(req *firestorepb.RunAggregationQueryRequest, stream firestorepb.Firestore_RunAggregationQueryServer) (err error) {
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return err
	}
	a, err := query.CompileAggregation(db.Name, parent, req.GetStructuredAggregationQuery())
	if err == nil {
		err = s.checkIndexes(db, a.Query)
	}
	if err != nil {
		return err
	}
	metrics, err := explain(a.Query, req.ExplainOptions)
	if err != nil {
		return err
	}
	if metrics != nil && !req.ExplainOptions.Analyze {
		return stream.Send(&firestorepb.RunAggregationQueryResponse{ExplainMetrics: metrics})
	}
	r, err := s.read(db, req)
	if err != nil {
		return err
	}
	defer func() { r.close(err) }()
	began := time.Now()
	snapshot := r.snapshot
	if snapshot == nil {
		if snapshot, err = db.Snapshot(); err != nil {
			return err
		}
	}
	result := a.Query.Run(snapshot)
	fields := a.Over(result.Found)
	if r.snapshot == nil {
		r.tx.Observe(func(now *store.Snapshot) bool {
			return maps.EqualFunc(fields, a.Over(a.Query.Run(now).Found), value.Equal)
		})
	}
	if metrics != nil {
		if metrics.ExecutionStats, err = result.AggregationStats(time.Since(began)); err != nil {
			return err
		}
	}
	return stream.Send(&firestorepb.RunAggregationQueryResponse{
		Result:         &firestorepb.AggregationResult{AggregateFields: fields},
		Transaction:    r.begun,
		ReadTime:       timestamppb.New(snapshot.Time()),
		ExplainMetrics: metrics,
	})
}
