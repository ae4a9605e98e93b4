package firestore

import (
	"google.golang.org/protobuf/proto"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	service  = "firestore.googleapis.com"
	audience = "https://" + service + "/"
)

// Rules returns the row of each method of the services in the permission map. What a method needs,
// it needs on the database that the request names; on the project, if it is about no single one.
func Rules() map[string]iam.Rule {
	rules := map[string]iam.Rule{}
	for name, permissions := range map[string][]string{
		"v1.Firestore/GetDocument":         {"datastore.entities.get"},
		"v1.Firestore/BatchGetDocuments":   {"datastore.entities.get"},
		"v1.Firestore/ListDocuments":       {"datastore.entities.get", "datastore.entities.list"},
		"v1.Firestore/ListCollectionIds":   {"datastore.entities.list"},
		"v1.Firestore/RunQuery":            {"datastore.entities.get", "datastore.entities.list"},
		"v1.Firestore/RunAggregationQuery": {"datastore.entities.get", "datastore.entities.list"},
		"v1.Firestore/PartitionQuery":      {"datastore.entities.get", "datastore.entities.list"},
		"v1.Firestore/Listen":              {"datastore.entities.get", "datastore.entities.list"},
		"v1.Firestore/BeginTransaction":    {"datastore.databases.get"},
		"v1.Firestore/Rollback":            {"datastore.databases.get"},
		"v1.Firestore/CreateDocument":      {"datastore.entities.create"},
		"v1.Firestore/DeleteDocument":      {"datastore.entities.delete"},

		"admin.v1.FirestoreAdmin/GetDatabase":    {"datastore.databases.getMetadata"},
		"admin.v1.FirestoreAdmin/UpdateDatabase": {"datastore.databases.update"},
		"admin.v1.FirestoreAdmin/DeleteDatabase": {"datastore.databases.delete"},
		"admin.v1.FirestoreAdmin/CreateIndex":    {"datastore.indexes.create"},
		"admin.v1.FirestoreAdmin/GetIndex":       {"datastore.indexes.get"},
		"admin.v1.FirestoreAdmin/ListIndexes":    {"datastore.indexes.list"},
		"admin.v1.FirestoreAdmin/DeleteIndex":    {"datastore.indexes.delete"},
		"admin.v1.FirestoreAdmin/GetField":       {"datastore.indexes.get"},
		"admin.v1.FirestoreAdmin/ListFields":     {"datastore.indexes.list"},
		"admin.v1.FirestoreAdmin/UpdateField":    {"datastore.indexes.update"},
	} {
		rules["/google.firestore."+name] = rule(databaseOf, permissions...)
	}
	// These need what their writes need, and leave to touch the database at all.
	for _, name := range []string{"Commit", "BatchWrite", "UpdateDocument"} {
		r := rule(databaseOf, "datastore.databases.get")
		r.Permissions = writePermissions
		rules["/google.firestore.v1.Firestore/"+name] = r
	}
	rules["/google.firestore.admin.v1.FirestoreAdmin/CreateDatabase"] = rule(projectOf, "datastore.databases.create")
	rules["/google.firestore.admin.v1.FirestoreAdmin/ListDatabases"] = rule(projectOf, "datastore.databases.list")
	rules["/google.longrunning.Operations/GetOperation"] = rule(databaseOf, "datastore.operations.get")
	rules["/google.longrunning.Operations/WaitOperation"] = rule(databaseOf, "datastore.operations.get")
	for _, method := range unimplemented {
		rules[method] = iam.Rule{Audience: audience, Anyone: true}
	}
	return rules
}

func rule(on func(string, proto.Message) (iam.Resource, error), permissions ...string) iam.Rule {
	r := iam.Rule{Audience: audience, Resource: on, Permission: permissions[0]}
	if more := permissions[1:]; len(more) > 0 {
		r.Permissions = func(proto.Message) []string { return more }
	}
	return r
}

// databaseOf returns the database that a request names, in whichever field it does.
func databaseOf(_ string, req proto.Message) (iam.Resource, error) {
	var name string
	switch r := req.(type) {
	case *firestorepb.UpdateDocumentRequest:
		name = r.GetDocument().GetName()
	case *adminpb.UpdateDatabaseRequest:
		name = r.GetDatabase().GetName()
	case *adminpb.UpdateFieldRequest:
		name = r.GetField().GetName()
	case interface{ GetDatabase() string }:
		name = r.GetDatabase()
	case interface{ GetParent() string }:
		name = r.GetParent()
	case interface{ GetName() string }:
		name = r.GetName()
	}
	db, err := resource.DatabaseOf(name)
	if err != nil {
		return iam.Resource{}, err
	}
	return databaseResource(db), nil
}

func databaseResource(db resource.Database) iam.Resource {
	return iam.Resource{
		Service: service,
		Type:    service + "/Database",
		Name:    db.String(),
		Holders: []string{db.String(), "projects/" + db.Project},
	}
}

// projectOf returns the project that is a request's parent.
func projectOf(_ string, req proto.Message) (iam.Resource, error) {
	var name string
	if r, ok := req.(interface{ GetParent() string }); ok {
		name = r.GetParent()
	}
	if _, err := resource.ParseProject(name); err != nil {
		return iam.Resource{}, err
	}
	return iam.Resource{
		Service: "cloudresourcemanager.googleapis.com",
		Type:    "cloudresourcemanager.googleapis.com/Project",
		Name:    name,
		Holders: []string{name},
	}, nil
}

// writePermissions returns what the writes of a request need, each once.
func writePermissions(req proto.Message) []string {
	var writes []*firestorepb.Write
	switch r := req.(type) {
	case *firestorepb.CommitRequest:
		writes = r.Writes
	case *firestorepb.BatchWriteRequest:
		writes = r.Writes
	case *firestorepb.UpdateDocumentRequest:
		writes = []*firestorepb.Write{{
			Operation:       &firestorepb.Write_Update{Update: r.Document},
			CurrentDocument: r.CurrentDocument,
		}}
	}
	var creates, updates, deletes bool
	for _, w := range writes {
		if _, ok := w.Operation.(*firestorepb.Write_Delete); ok {
			deletes = true
			continue
		}
		c, u := mayCreate(w.CurrentDocument)
		creates, updates = creates || c, updates || u
	}
	var out []string
	for permission, needed := range map[string]bool{
		"datastore.entities.create": creates,
		"datastore.entities.update": updates,
		"datastore.entities.delete": deletes,
	} {
		if needed {
			out = append(out, permission)
		}
	}
	return out
}

// mayCreate reports whether a write under the precondition can create a document, and whether it
// can update one.
func mayCreate(p *firestorepb.Precondition) (creates, updates bool) {
	switch t := p.GetConditionType().(type) {
	case *firestorepb.Precondition_Exists:
		return !t.Exists, t.Exists
	case *firestorepb.Precondition_UpdateTime:
		return false, true
	}
	return true, true
}
