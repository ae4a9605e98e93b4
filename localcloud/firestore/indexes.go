package firestore

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// SetIndexBuild makes indexes that are created from now on take so long, by Config.Now, until they
// are ready. Zero, as at the start: they are ready at once.
func (s *Server) SetIndexBuild(d time.Duration) { s.building.Store(int64(d)) }

// checkIndexes refuses a query whose indexes were not made, if indexes are enforced.
func (s *Server) checkIndexes(db *store.Database, q *query.Query) error {
	if s.indexes != IndexesEnforced {
		return nil
	}
	return db.Schema().Check(db.Name, q.Needs(), s.now())
}

// CreateIndex makes a composite or a vector index. The operation is done once the index is ready.
func (s *admin) CreateIndex(_ context.Context, req *adminpb.CreateIndexRequest) (*longrunningpb.Operation, error) {
	db, group, err := resource.ParseCollectionGroup(req.Parent)
	if err != nil {
		return nil, err
	}
	if req.Index == nil {
		return nil, invalid("the request has no index")
	}
	made, err := index.Complete(db, group, req.Index)
	if err != nil {
		return nil, err
	}
	made.Name += "/indexes/" + rand.Text()[:12]
	var op *longrunningpb.Operation
	err = s.store.Administer(func(a *store.Admin) (err error) {
		if _, err := existing(a, db, ""); err != nil {
			return err
		}
		if a.Schema(db).Same(made) {
			return status.Error(codes.AlreadyExists, "index already exists")
		}
		begun := s.now().UTC().Truncate(time.Microsecond)
		m := index.Made{Index: made, Begun: begun, Ready: begun.Add(time.Duration(s.building.Load()))}
		if op, err = startedIndex(m); err != nil {
			return err
		}
		a.SetSchema(db, a.Schema(db).With(m))
		a.Record(op)
		op, err = s.indexOperation(op, a.Schema(db))
		return err
	})
	return op, err
}

// GetIndex tells about an index.
func (s *admin) GetIndex(_ context.Context, req *adminpb.GetIndexRequest) (*adminpb.Index, error) {
	db, err := s.databaseOf(req.Name, resource.CheckIndex)
	if err != nil {
		return nil, err
	}
	m, ok := db.Schema().Find(req.Name)
	if !ok {
		return nil, noIndex(req.Name)
	}
	return m.Told(s.now()), nil
}

// ListIndexes tells about the indexes of a collection group or, under the group "-", of all.
func (s *admin) ListIndexes(_ context.Context, req *adminpb.ListIndexesRequest) (*adminpb.ListIndexesResponse, error) {
	name, group, err := resource.ParseCollectionGroup(req.Parent)
	if err != nil {
		return nil, err
	}
	if req.Filter != "" {
		return nil, status.Error(codes.Unimplemented, "filters of indexes are not served here")
	}
	db, err := s.store.Database(name)
	if err != nil {
		return nil, err
	}
	var all []*adminpb.Index
	for _, m := range db.Schema().Made {
		if group == "-" || strings.HasPrefix(m.Index.Name, req.Parent+"/") {
			all = append(all, m.Told(s.now()))
		}
	}
	page, next, err := pageOf(all, (*adminpb.Index).GetName, req.PageSize, req.PageToken)
	return &adminpb.ListIndexesResponse{Indexes: page, NextPageToken: next}, err
}

// DeleteIndex deletes an index. An operation that still builds it fails.
func (s *admin) DeleteIndex(_ context.Context, req *adminpb.DeleteIndexRequest) (*emptypb.Empty, error) {
	db, err := s.databaseOf(req.Name, resource.CheckIndex)
	if err != nil {
		return nil, err
	}
	build, err := s.store.Operation(buildOf(req.Name))
	if status.Code(err) == codes.NotFound {
		build, err = nil, nil // an index file made it
	}
	if err != nil {
		return nil, err
	}
	err = s.store.Administer(func(a *store.Admin) error {
		if _, err := existing(a, db.Name, ""); err != nil {
			return err
		}
		schema := a.Schema(db.Name)
		m, ok := schema.Find(req.Name)
		if !ok {
			return noIndex(req.Name)
		}
		a.SetSchema(db.Name, schema.Without(req.Name))
		if build == nil {
			return nil
		}
		if s.now().Before(m.Ready) {
			schema = schema.Without(req.Name)
		}
		last, err := s.indexOperation(build, schema)
		if err == nil {
			a.Record(last)
		}
		return err
	})
	return &emptypb.Empty{}, err
}

func noIndex(name string) error { return status.Errorf(codes.NotFound, "there is no index %q", name) }

// databaseOf returns the database that a name belongs to, which check finds sound.
func (s *Server) databaseOf(name string, check func(string) error) (*store.Database, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	db, err := resource.DatabaseOf(name)
	if err != nil {
		return nil, err
	}
	return s.store.Database(db)
}

// LoadIndexes makes what an index file says of a database of the first project, in the form of the
// Firebase CLI's firestore.indexes.json: the indexes that are not there yet, and the settings of
// fields. They are ready at once. The error is NotFound for the database, or what is wrong with the
// file; then nothing is made.
func (s *Server) LoadIndexes(database string, file []byte) error {
	db := resource.Database{Project: s.project, ID: database}
	indexes, fields, err := index.ParseFile(db, file)
	if err != nil {
		return err
	}
	return s.store.Administer(func(a *store.Admin) error {
		if _, err := existing(a, db, ""); err != nil {
			return err
		}
		schema, now := a.Schema(db), s.now().UTC().Truncate(time.Microsecond)
		for _, made := range indexes {
			if !schema.Same(made) {
				made.Name += "/indexes/" + rand.Text()[:12]
				schema = schema.With(index.Made{Index: made, Begun: now, Ready: now})
			}
		}
		for _, f := range fields {
			schema = schema.WithField(f)
		}
		a.SetSchema(db, schema)
		return nil
	})
}
