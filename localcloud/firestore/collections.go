package firestore

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

// ListCollectionIds lists the ids of the collections directly below a document or the root.
func (s *documents) ListCollectionIds(_ context.Context, req *firestorepb.ListCollectionIdsRequest) (*firestorepb.ListCollectionIdsResponse, error) {
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(req.PageSize)
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
	prefix := parent
	if prefix != "" {
		prefix += "/"
	}
	ids := slices.Sorted(snapshot.Children(prefix))
	ids = slices.DeleteFunc(ids, func(id string) bool { return id <= req.PageToken }) // the last id of the page before
	res := &firestorepb.ListCollectionIdsResponse{CollectionIds: ids}
	if len(ids) > size {
		res.CollectionIds, res.NextPageToken = ids[:size], ids[size-1]
	}
	return res, nil
}
