package console_test

import (
	"testing"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// Databases of two projects may have the same id, and each is looked into by itself.
func TestDatabasesOfProjects(t *testing.T) {
	const other = "another-project"
	w := newWorld(t)
	owner := localcloudtest.GRPC(w.cloud, try(w.cloud.CreateProject(other))(t))
	databases := try(fsadmin.NewFirestoreAdminClient(t.Context(), owner...))(t)
	defer databases.Close()
	op := try(databases.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent: "projects/" + other, DatabaseId: database, Database: &adminpb.Database{LocationId: "eur3", Type: adminpb.Database_FIRESTORE_NATIVE},
	}))(t)
	try(op.Wait(t.Context()))(t)
	theirs := try(firestore.NewClientWithDatabase(t.Context(), other, database, owner...))(t)
	defer theirs.Close()
	try(theirs.Doc("notes/n").Set(t.Context(), map[string]any{"text": "theirs"}))(t)
	try(w.documents.Doc("notes/n").Set(t.Context(), map[string]any{"text": "ours"}))(t)

	w.page("/").has("another-project", "owner-key-another-project.json")
	list := w.page("/databases")
	for id, want := range map[string]string{database: "ours", other + "/" + database: "theirs"} {
		p := w.page(list.follow(id))
		p = w.page(p.follow("notes"))
		p.has(want)
		w.page(p.follow("n")).has(want)
	}
	w.page(at("/why", "account", "owner@"+other+".iam.gserviceaccount.com", "permission", "datastore.entities.get",
		"resource", "projects/"+other+"/databases/"+database)).has("✓ allowed")
}
