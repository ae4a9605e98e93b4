package localcloud_test

import (
	"fmt"
	"slices"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// What a bucket's service tells conditions: the prefix of a list, and the roles that a new policy
// grants more or less of.
func TestConditionsOfBuckets(t *testing.T) {
	cloud := localcloudtest.New(t)
	ctx := t.Context()
	createTenant(t, cloud, "tn-aaaaaaaaaa")
	name := bucketName("tn-aaaaaaaaaa")
	owned := storageClient(t, cloud, cloud.OwnerKey()).Bucket(name)
	a, key := createAccount(t, cloud, "pool-reader")
	bind := func(role, expression string) {
		t.Helper()
		p, err := owned.IAM().V3().Policy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Bindings = append(p.Bindings, &iampb.Binding{
			Role: role, Members: []string{"serviceAccount:" + a.Email}, Condition: &expr.Expr{Title: "limited", Expression: expression},
		})
		if err := owned.IAM().V3().SetPolicy(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	bind("roles/storage.objectViewer", fmt.Sprintf(
		`api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("mine/") || resource.name.startsWith("projects/_/buckets/%s/objects/mine/")`, name))
	bind("roles/storage.legacyBucketOwner", `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/storage.objectCreator"])`)
	for _, object := range []string{"mine/o", "other/o"} {
		if err := put(t, owned, object, "content"); err != nil {
			t.Fatal(err)
		}
	}
	bucket := storageClient(t, cloud, key).Bucket(name)

	read := func(object string) error {
		r, err := bucket.Object(object).NewReader(ctx)
		if err == nil {
			r.Close()
		}
		return err
	}
	if err := read("mine/o"); err != nil {
		t.Errorf("its object: %v", err)
	}
	forbidden(t, "another's object", read("other/o"))

	grant := func(role string) error {
		p, err := bucket.IAM().V3().Policy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + a.Email}})
		return bucket.IAM().V3().SetPolicy(ctx, p)
	}
	forbidden(t, "granting a role that it may not", grant("roles/storage.objectViewer"))
	if err := grant("roles/storage.objectCreator"); err != nil {
		t.Errorf("granting the role that it may: %v", err)
	}

	// legacyBucketOwner lists objects too, so that binding goes before lists are tried.
	p, err := owned.IAM().V3().Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool { return b.Role == "roles/storage.legacyBucketOwner" })
	if err := owned.IAM().V3().SetPolicy(ctx, p); err != nil {
		t.Fatal(err)
	}
	list := func(prefix string) error {
		_, err := bucket.Objects(ctx, &storage.Query{Prefix: prefix}).Next()
		if err == iterator.Done {
			return nil
		}
		return err
	}
	if err := list("mine/"); err != nil {
		t.Errorf("its list: %v", err)
	}
	forbidden(t, "another's list", list("other/"))
	forbidden(t, "the list of all", list(""))
}
