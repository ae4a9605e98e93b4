package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// indexReadsPerOperation is how many index entries an aggregation reads for the price of one
// document.
const indexReadsPerOperation = 1000

// Explain returns the plan of the query: the index that the service would serve it from. This
// engine reads the whole source instead, and has no indexes. The error is Unimplemented for queries
// that need several indexes, or an array's.
func (q *Query) Explain() (*firestorepb.PlanSummary, error) {
	if !q.plain || q.nearest != nil {
		return nil, status.Error(codes.Unimplemented, "queries with OR, IN, array or vector searches are not explained here")
	}
	var keys []string
	for _, p := range q.equalities {
		if !p.IsDocumentName() && !slices.ContainsFunc(q.orders, func(o order) bool { return slices.Equal(o.path, p) }) {
			keys = append(keys, p.String()+" ASC")
		}
	}
	for _, o := range q.orders {
		direction := " ASC"
		if o.desc {
			direction = " DESC"
		}
		keys = append(keys, o.path.String()+direction)
	}
	scope := "Collection"
	if q.source.deep {
		scope = "Collection group"
	}
	index, err := structpb.NewStruct(map[string]any{
		"properties":  "(" + strings.Join(keys, ", ") + ")",
		"query_scope": scope,
	})
	return &firestorepb.PlanSummary{IndexesUsed: []*structpb.Struct{index}}, err
}

// Stats returns what the service would have counted, reading the index that Explain names, for a
// run that took so long.
func (r Result) Stats(took time.Duration) (*firestorepb.ExecutionStats, error) {
	documents := len(r.Found)
	return stats(documents, max(1, documents+r.Skipped), documents, documents+r.Skipped, took)
}

// AggregationStats is Stats for an aggregation over what the query found: it reads no documents,
// and has one result.
func (r Result) AggregationStats(took time.Duration) (*firestorepb.ExecutionStats, error) {
	entries := len(r.Found) + r.Skipped
	return stats(1, max(1, (entries+indexReadsPerOperation-1)/indexReadsPerOperation), 0, entries, took)
}

func stats(results, operations, documents, entries int, took time.Duration) (*firestorepb.ExecutionStats, error) {
	debug, err := structpb.NewStruct(map[string]any{
		"documents_scanned":     strconv.Itoa(documents),
		"index_entries_scanned": strconv.Itoa(entries),
	})
	return &firestorepb.ExecutionStats{
		ResultsReturned:   int64(results),
		ReadOperations:    int64(operations),
		ExecutionDuration: durationpb.New(took),
		DebugStats:        debug,
	}, err
}
