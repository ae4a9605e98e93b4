package firestore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// DatabaseInfo is what the console shows of a database.
type DatabaseInfo struct {
	Project  string
	ID       string
	Location string
	Created  time.Time
}

// Databases returns the databases there are, by project and id. It is for the cloud's own use: no
// permission is asked.
func (s *Server) Databases() []DatabaseInfo {
	var all []DatabaseInfo
	for _, d := range s.store.Databases() {
		name, err := resource.ParseDatabase(d.Name)
		if err != nil {
			continue // no database has such a name
		}
		all = append(all, DatabaseInfo{Project: name.Project, ID: name.ID, Location: d.LocationId, Created: d.CreateTime.AsTime()})
	}
	slices.SortFunc(all, func(a, b DatabaseInfo) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Collections lists collections as ListCollectionIds does. It is for the cloud's own use: no
// permission is asked.
func (s *Server) Collections(ctx context.Context, req *firestorepb.ListCollectionIdsRequest) (*firestorepb.ListCollectionIdsResponse, error) {
	return (&documents{Server: s}).ListCollectionIds(ctx, req)
}

// Documents lists documents as ListDocuments does. It is for the cloud's own use: no permission is
// asked.
func (s *Server) Documents(ctx context.Context, req *firestorepb.ListDocumentsRequest) (*firestorepb.ListDocumentsResponse, error) {
	return (&documents{Server: s}).ListDocuments(ctx, req)
}

// Document gets a document as GetDocument does. It is for the cloud's own use: no permission is
// asked.
func (s *Server) Document(ctx context.Context, req *firestorepb.GetDocumentRequest) (*firestorepb.Document, error) {
	return (&documents{Server: s}).GetDocument(ctx, req)
}

// ResourceOf is what access is asked on for the database, or what lies in it, of that resource
// name; ok is false for any other.
func ResourceOf(name string) (r iam.Resource, ok bool) {
	db, err := resource.DatabaseOf(name)
	return databaseResource(db), err == nil
}
