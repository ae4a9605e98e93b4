package localcloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	fsadminpb "cloud.google.com/go/firestore/apiv1/admin/adminpb"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const projectName = "projects/" + localcloudtest.Project

// createAccount makes an account with the official client, as the owner, and returns it with a key.
func createAccount(t *testing.T, cloud *localcloud.Cloud, id string) (*adminpb.ServiceAccount, []byte) {
	t.Helper()
	client, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	a, err := client.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{Name: projectName, AccountId: id})
	if err != nil {
		t.Fatal(err)
	}
	key, err := client.CreateServiceAccountKey(t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	if err != nil {
		t.Fatal(err)
	}
	return a, key.PrivateKeyData
}

// createTenant makes an account, a database and a bucket that are the account's alone. It returns
// the account's key.
func createTenant(t *testing.T, cloud *localcloud.Cloud, id string) []byte {
	t.Helper()
	ctx := t.Context()
	a, key := createAccount(t, cloud, id)

	databases, err := fsadmin.NewFirestoreAdminClient(ctx, localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer databases.Close()
	op, err := databases.CreateDatabase(ctx, &fsadminpb.CreateDatabaseRequest{
		Parent: projectName, DatabaseId: id,
		Database: &fsadminpb.Database{LocationId: "nam5", Type: fsadminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := op.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	projects, err := resourcemanager.NewProjectsClient(ctx, localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer projects.Close()
	policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
		Resource: projectName, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	policy.Version = 3
	policy.Bindings = append(policy.Bindings, &iampb.Binding{
		Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email},
		Condition: &expr.Expr{Title: id, Expression: fmt.Sprintf("resource.name==%q", projectName+"/databases/"+id)},
	})
	if _, err := projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: projectName, Policy: policy}); err != nil {
		t.Fatal(err)
	}

	bucket := storageClient(t, cloud, cloud.OwnerKey()).Bucket(bucketName(id))
	if err := bucket.Create(ctx, localcloudtest.Project, &storage.BucketAttrs{
		UniformBucketLevelAccess: storage.UniformBucketLevelAccess{Enabled: true},
	}); err != nil {
		t.Fatal(err)
	}
	granted, err := bucket.IAM().V3().Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	granted.Bindings = append(granted.Bindings, &iampb.Binding{
		Role: "roles/storage.objectAdmin", Members: []string{"serviceAccount:" + a.Email},
	})
	if err := bucket.IAM().V3().SetPolicy(ctx, granted); err != nil {
		t.Fatal(err)
	}
	return key
}

func bucketName(id string) string { return localcloudtest.Project + "-" + id }

func firestoreClient(t *testing.T, cloud *localcloud.Cloud, key []byte, database string) *firestore.Client {
	t.Helper()
	c, err := firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, database, localcloudtest.GRPC(cloud, key)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func storageClient(t *testing.T, cloud *localcloud.Cloud, key []byte) *storage.Client {
	t.Helper()
	c, err := storage.NewClient(t.Context(), option.WithEndpoint(cloud.Endpoints().Storage+"/storage/v1/"),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key), storage.WithJSONReads())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func put(t *testing.T, bucket *storage.BucketHandle, name, content string) error {
	t.Helper()
	w := bucket.Object(name).NewWriter(t.Context())
	if _, err := io.WriteString(w, content); err != nil {
		return err
	}
	return w.Close()
}

// One tenant's key opens that tenant's database and bucket, and nothing of the other's.
func TestTenantsAreApart(t *testing.T) {
	cloud := localcloudtest.New(t)
	ctx := t.Context()
	const mine, theirs = "tn-aaaaaaaaaa", "tn-bbbbbbbbbb"
	keyA, keyB := createTenant(t, cloud, mine), createTenant(t, cloud, theirs)
	secret := map[string]any{"text": "canary"}
	if _, err := firestoreClient(t, cloud, keyB, theirs).Doc("notes/n").Set(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if err := put(t, storageClient(t, cloud, keyB).Bucket(bucketName(theirs)), "notes/n", "canary"); err != nil {
		t.Fatal(err)
	}

	t.Run("own database", func(t *testing.T) {
		c := firestoreClient(t, cloud, keyA, mine)
		if _, err := c.Doc("notes/n").Set(ctx, secret); err != nil {
			t.Fatal(err)
		}
		doc, err := c.Doc("notes/n").Get(ctx)
		if err != nil || doc.Data()["text"] != "canary" {
			t.Errorf("%v, %v", doc, err)
		}
	})
	for _, database := range []string{theirs, "(default)", "tn-nobodys000"} {
		t.Run("database "+database, func(t *testing.T) {
			c := firestoreClient(t, cloud, keyA, database)
			_, err := c.Doc("notes/n").Get(ctx)
			denied(t, "get", err)
			_, err = c.Doc("notes/n").Set(ctx, secret)
			denied(t, "set", err)
			_, err = c.Collection("notes").Documents(ctx).GetAll()
			denied(t, "query", err)
			_, err = c.Doc("notes/n").Snapshots(ctx).Next()
			denied(t, "listen", err)
			denied(t, "transaction", c.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
				return tx.Delete(c.Doc("notes/n"))
			}))
		})
	}

	t.Run("own bucket", func(t *testing.T) {
		if err := put(t, storageClient(t, cloud, keyA).Bucket(bucketName(mine)), "notes/n", "canary"); err != nil {
			t.Error(err)
		}
	})
	t.Run("other bucket", func(t *testing.T) {
		bucket := storageClient(t, cloud, keyA).Bucket(bucketName(theirs))
		_, err := bucket.Object("notes/n").NewReader(ctx)
		forbidden(t, "read", err)
		forbidden(t, "write", put(t, bucket, "notes/n", "mine now"))
		forbidden(t, "delete", bucket.Object("notes/n").Delete(ctx))
		_, err = bucket.Objects(ctx, nil).Next()
		forbidden(t, "list", err)
		_, err = bucket.Attrs(ctx)
		forbidden(t, "attributes", err)
	})

	console, err := http.Get(cloud.Endpoints().Console + "/decisions?only=denied&caller=" + mine + "@" + localcloudtest.Project + ".iam.gserviceaccount.com")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Body.Close()
	page, err := io.ReadAll(console.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"databases/" + theirs, "buckets/" + bucketName(theirs), "is false", "no binding grants storage.objects.get"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the console does not show %q among the denials", want)
		}
	}
}

func denied(t *testing.T, what string, err error) {
	t.Helper()
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("%s: %v, want PermissionDenied", what, err)
	}
}

func forbidden(t *testing.T, what string, err error) {
	t.Helper()
	var refused *googleapi.Error
	if !errors.As(err, &refused) || refused.Code != http.StatusForbidden {
		t.Errorf("%s: %v, want HTTP status 403", what, err)
	}
}
