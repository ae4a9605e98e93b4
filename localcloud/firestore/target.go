package firestore

import (
	"encoding/binary"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// target is what a client listens to: a query, or a set of documents.
type target struct {
	id       int32
	database resource.Database
	query    *query.Query   // nil: documents
	keys     []resource.Key // of the documents
	found    map[resource.Key]*store.Document
}

// parseTarget checks a target of a database. The error is InvalidArgument, or FailedPrecondition
// for want of an index.
func (s *Server) parseTarget(database *store.Database, pb *firestorepb.Target) (*target, error) {
	db := database.Name
	t := &target{id: pb.TargetId, database: db, found: map[resource.Key]*store.Document{}}
	switch what := pb.TargetType.(type) {
	case *firestorepb.Target_Documents:
		for _, name := range what.Documents.GetDocuments() {
			key, err := resource.ParseDocumentIn(db, name)
			if err != nil {
				return nil, err
			}
			t.keys = append(t.keys, key)
		}
		return t, nil
	case *firestorepb.Target_Query:
		parentDB, parent, err := resource.ParseParent(what.Query.GetParent())
		if err != nil {
			return nil, err
		}
		if parentDB != db {
			return nil, invalid("the query's parent does not belong to the database %q of the request", db)
		}
		t.query, err = query.Compile(db, parent, what.Query.GetStructuredQuery())
		if err == nil {
			err = s.checkIndexes(database, t.query)
		}
		return t, err
	}
	return nil, invalid("a target has no type")
}

// results returns what the target is in the snapshot.
func (t *target) results(snapshot *store.Snapshot) map[resource.Key]*store.Document {
	out := map[resource.Key]*store.Document{}
	if t.query == nil {
		for _, key := range t.keys {
			if d := snapshot.Get(key); d != nil {
				out[key] = d
			}
		}
		return out
	}
	for _, d := range t.query.Run(snapshot).Found {
		out[d.Key] = d
	}
	return out
}

// after returns what the target is after an event, or false if the event does not touch it.
func (t *target) after(e store.Event) (map[resource.Key]*store.Document, bool) {
	touched := false
	for _, c := range e.Changes {
		touched = touched || t.concerns(c)
	}
	if !touched {
		return nil, false
	}
	return t.results(e.After), true
}

// concerns reports whether a change may change the target.
func (t *target) concerns(c store.Change) bool {
	if t.query == nil {
		key := c.Key()
		for _, k := range t.keys {
			if k == key {
				return true
			}
		}
		return false
	}
	return c.Old != nil && t.query.Matches(c.Old) || c.New != nil && t.query.Matches(c.New)
}

// changes makes now what the client has, and returns the messages that tell it so. snapshot is
// where now is from.
func (t *target) changes(now map[resource.Key]*store.Document, snapshot *store.Snapshot) []*firestorepb.ListenResponse {
	var out []*firestorepb.ListenResponse
	for key := range t.found {
		if now[key] == nil {
			out = append(out, t.removed(key, snapshot))
		}
	}
	for key, d := range now {
		if had := t.found[key]; had != nil && had.Updated.Equal(d.Updated) {
			continue
		}
		pb := d.Proto(t.database)
		if t.query != nil {
			pb = t.query.Project(d)
		}
		out = append(out, &firestorepb.ListenResponse{ResponseType: &firestorepb.ListenResponse_DocumentChange{
			DocumentChange: &firestorepb.DocumentChange{Document: pb, TargetIds: []int32{t.id}},
		}})
	}
	t.found = now
	return out
}

// missing returns the messages that tell which documents the target names are not there.
func (t *target) missing(snapshot *store.Snapshot) []*firestorepb.ListenResponse {
	var out []*firestorepb.ListenResponse
	for _, key := range t.keys {
		if snapshot.Get(key) == nil {
			out = append(out, t.removed(key, snapshot))
		}
	}
	return out
}

// removed returns the message that a document is no longer in the target: because it is gone, or
// does not match.
func (t *target) removed(key resource.Key, snapshot *store.Snapshot) *firestorepb.ListenResponse {
	name, at := t.database.Document(key), timestamppb.New(snapshot.Time())
	if snapshot.Get(key) == nil {
		return &firestorepb.ListenResponse{ResponseType: &firestorepb.ListenResponse_DocumentDelete{
			DocumentDelete: &firestorepb.DocumentDelete{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: at},
		}}
	}
	return &firestorepb.ListenResponse{ResponseType: &firestorepb.ListenResponse_DocumentRemove{
		DocumentRemove: &firestorepb.DocumentRemove{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: at},
	}}
}

// A resume token is the time up to which the client has seen everything.
func resumeToken(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro()))
}

// resumeTime returns from when on a client wants a target; the zero time for all of it.
func resumeTime(pb *firestorepb.Target) (time.Time, error) {
	switch from := pb.ResumeType.(type) {
	case *firestorepb.Target_ReadTime:
		return from.ReadTime.AsTime(), from.ReadTime.CheckValid()
	case *firestorepb.Target_ResumeToken:
		if len(from.ResumeToken) == 0 {
			return time.Time{}, nil
		}
		if len(from.ResumeToken) != 8 {
			return time.Time{}, invalid("invalid resume token")
		}
		return time.UnixMicro(int64(binary.BigEndian.Uint64(from.ResumeToken))).UTC(), nil
	}
	return time.Time{}, nil
}
