package firestore_test

import (
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func TestDatabaseLife(t *testing.T) {
	dir := t.TempDir()
	c, stop := start(t, dir)
	admin := c.admin()
	const name = "projects/" + project + "/databases/tn-abc1234567"
	op, err := admin.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent: "projects/" + project, DatabaseId: "tn-abc1234567",
		Database: &adminpb.Database{
			LocationId: "europe-west1", Type: adminpb.Database_FIRESTORE_NATIVE,
			DeleteProtectionState: adminpb.Database_DELETE_PROTECTION_ENABLED,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	created := must[*adminpb.Database](t)(op.Wait(ctx))
	if created.Name != name || created.LocationId != "europe-west1" {
		t.Errorf("created %v", created)
	}
	_, err = admin.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent: "projects/" + project, DatabaseId: "tn-abc1234567",
		Database: &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	mustCode(t, err, codes.AlreadyExists)
	must[*client.WriteResult](t)(c.client("tn-abc1234567").Doc("a/b").Set(ctx, map[string]any{"x": 1}))

	stop()
	c, _ = start(t, dir)
	admin = c.admin()
	got := must[*adminpb.Database](t)(admin.GetDatabase(ctx, &adminpb.GetDatabaseRequest{Name: name}))
	if got.Uid != created.Uid || got.LocationId != "europe-west1" {
		t.Errorf("after a restart: %v", got)
	}
	kept := must[*longrunningpb.Operation](t)(longrunningpb.NewOperationsClient(c.conn).
		GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: op.Name()}))
	if !kept.Done {
		t.Errorf("after a restart: %v", kept)
	}
	all := must[*adminpb.ListDatabasesResponse](t)(admin.ListDatabases(ctx, &adminpb.ListDatabasesRequest{Parent: "projects/" + project}))
	if len(all.Databases) != 1 || all.Databases[0].Name != name {
		t.Errorf("list: %v", all)
	}

	_, err = admin.DeleteDatabase(ctx, &adminpb.DeleteDatabaseRequest{Name: name})
	mustCode(t, err, codes.FailedPrecondition)
	update, err := admin.UpdateDatabase(ctx, &adminpb.UpdateDatabaseRequest{
		Database:   &adminpb.Database{Name: name, DeleteProtectionState: adminpb.Database_DELETE_PROTECTION_DISABLED},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"delete_protection_state"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	unprotected := must[*adminpb.Database](t)(update.Wait(ctx))
	_, err = admin.DeleteDatabase(ctx, &adminpb.DeleteDatabaseRequest{Name: name, Etag: created.Etag})
	mustCode(t, err, codes.FailedPrecondition)
	del, err := admin.DeleteDatabase(ctx, &adminpb.DeleteDatabaseRequest{Name: name, Etag: unprotected.Etag})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := del.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = admin.GetDatabase(ctx, &adminpb.GetDatabaseRequest{Name: name})
	mustCode(t, err, codes.NotFound)
	_, err = c.client("tn-abc1234567").Doc("a/b").Get(ctx)
	mustCode(t, err, codes.NotFound)
}

func TestDatabasesThatCannotBe(t *testing.T) {
	c, _ := fresh(t)
	good := func() *adminpb.CreateDatabaseRequest {
		return &adminpb.CreateDatabaseRequest{
			Parent: "projects/" + project, DatabaseId: "good",
			Database: &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
		}
	}
	for _, test := range []struct {
		name   string
		change func(*adminpb.CreateDatabaseRequest)
		want   codes.Code
	}{
		{"bad id", func(r *adminpb.CreateDatabaseRequest) { r.DatabaseId = "Bad" }, codes.InvalidArgument},
		{"no location", func(r *adminpb.CreateDatabaseRequest) { r.Database.LocationId = "" }, codes.InvalidArgument},
		{"no database", func(r *adminpb.CreateDatabaseRequest) { r.Database = nil }, codes.InvalidArgument},
		{"no type", func(r *adminpb.CreateDatabaseRequest) { r.Database.Type = 0 }, codes.InvalidArgument},
		{"other project", func(r *adminpb.CreateDatabaseRequest) { r.Parent = "projects/other" }, codes.NotFound},
		{"no project", func(r *adminpb.CreateDatabaseRequest) { r.Parent = "" }, codes.InvalidArgument},
		{"datastore", func(r *adminpb.CreateDatabaseRequest) { r.Database.Type = adminpb.Database_DATASTORE_MODE }, codes.Unimplemented},
		{"enterprise", func(r *adminpb.CreateDatabaseRequest) { r.Database.DatabaseEdition = adminpb.Database_ENTERPRISE }, codes.Unimplemented},
		{"recovery", func(r *adminpb.CreateDatabaseRequest) {
			r.Database.PointInTimeRecoveryEnablement = adminpb.Database_POINT_IN_TIME_RECOVERY_ENABLED
		}, codes.Unimplemented},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := good()
			test.change(req)
			_, err := c.admin().CreateDatabase(ctx, req)
			mustCode(t, err, test.want)
		})
	}
}

func TestDatabasesAreApart(t *testing.T) {
	c, main := fresh(t)
	c.create("other")
	must[*client.WriteResult](t)(main.Doc("a/b").Set(ctx, map[string]any{"x": 1}))
	other := c.client("other")
	_, err := other.Doc("a/b").Get(ctx)
	mustCode(t, err, codes.NotFound)
	if docs := must[[]*client.DocumentSnapshot](t)(other.CollectionGroup("a").Documents(ctx).GetAll()); len(docs) > 0 {
		t.Errorf("the other database holds %d documents", len(docs))
	}
	_, err = c.client("nowhere").Doc("a/b").Set(ctx, map[string]any{})
	mustCode(t, err, codes.NotFound)
}
