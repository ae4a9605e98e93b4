package firestore

import (
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// PolicyKind lets a database have an allow policy of its own. Google gives it none today: there, as
// here too, a condition on resource.name in the project's policy does that job.
func (s *Server) PolicyKind() iam.PolicyKind {
	return iam.PolicyKind{
		Permissions: "datastore.databases",
		Resource: func(name string) (iam.Resource, bool) {
			db, err := resource.ParseDatabase(name)
			return databaseResource(db), err == nil
		},
		Exists: func(name string) error {
			_, err := s.database(name)
			return err
		},
	}
}
