package firestore

import (
	"context"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// minPartition is the least number of documents in a partition.
const minPartition = 128

// PartitionQuery returns cursors that split a collection group, ordered by name, into parts of
// about equal size.
func (s *documents) PartitionQuery(_ context.Context, req *firestorepb.PartitionQueryRequest) (*firestorepb.PartitionQueryResponse, error) {
	if req.PartitionCount < 1 {
		return nil, invalid("the partition count must be positive")
	}
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return nil, err
	}
	pb := req.GetStructuredQuery()
	if from := pb.GetFrom(); len(from) != 1 || !from[0].AllDescendants || pb.Where != nil || pb.Limit != nil || pb.Offset != 0 {
		return nil, invalid("only a whole collection group can be partitioned")
	}
	if o := pb.OrderBy; len(o) != 1 || o[0].GetField().GetFieldPath() != value.DocumentName ||
		o[0].Direction == firestorepb.StructuredQuery_DESCENDING {
		return nil, invalid("only a query ordered by %s ascending can be partitioned", value.DocumentName)
	}
	q, err := query.Compile(db.Name, parent, pb)
	if err != nil {
		return nil, err
	}
	after, err := parsePageToken(req.PageToken)
	if err != nil {
		return nil, err
	}
	snapshot, err := db.Snapshot()
	if at := req.GetReadTime(); at != nil {
		snapshot, err = snapshotAt(db, at)
	}
	if err != nil {
		return nil, err
	}
	found := q.Run(snapshot).Found
	parts := min(int(req.PartitionCount)+1, len(found)/minPartition)
	res := &firestorepb.PartitionQueryResponse{}
	for i := 1; i < parts; i++ {
		at := &firestorepb.Cursor{
			Values: []*firestorepb.Value{value.Ref(db.Name.Document(found[i*len(found)/parts].Key))},
			Before: true,
		}
		if after != nil && value.Compare(at.Values[0], after.Values[0]) <= 0 {
			continue
		}
		if n := len(res.Partitions); req.PageSize > 0 && n == int(req.PageSize) {
			res.NextPageToken = pageToken(res.Partitions[n-1])
			break
		}
		res.Partitions = append(res.Partitions, at)
	}
	return res, nil
}
