package onboarding_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/iam"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// colleague is Cloud Storage as an account sees it that has a role on the project, and nothing
// else.
func colleague(t *testing.T, w *vendingtest.World, id, role string) *storage.Client {
	t.Helper()
	ctx := t.Context()
	accounts, err := w.Owner.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	made, err := accounts.CreateServiceAccount(ctx, &iamadminpb.CreateServiceAccountRequest{
		Name: "projects/" + vendingtest.Project, AccountId: id,
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: made.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	p := policy(t, w)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + made.GetEmail()}})
	setPolicy(t, w, p)
	file := filepath.Join(t.TempDir(), id+".json")
	if err := os.WriteFile(file, key.GetPrivateKeyData(), 0o600); err != nil {
		t.Fatal(err)
	}
	as, err := platform.Open(ctx, platform.Config{Project: vendingtest.Project, Endpoints: w.Endpoints, KeyFile: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = as.Close() })
	return as.Storage()
}

// answer is the HTTP status of an error of Cloud Storage; 200 if there is none.
func answer(err error) int {
	if err == nil {
		return 200
	}
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// put writes an object, as the owner.
func put(t *testing.T, w *vendingtest.World, bucket, name string) {
	t.Helper()
	o := w.Owner.Storage().Bucket(bucket).Object(name).NewWriter(t.Context())
	if _, err := o.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

// Somebody with a role on the project, a viewer or an editor, reads no object of a tenant, silo or
// pool, nor of a vault. In a bucket that nobody has closed they do: that is what every new bucket
// gives them.
func TestProjectRolesReadNoTenant(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	buckets := []string{"bulkhead-test-open"}
	if err := w.Owner.Storage().Bucket(buckets[0]).Create(ctx, vendingtest.Project, &storage.BucketAttrs{
		UniformBucketLevelAccess: storage.UniformBucketLevelAccess{Enabled: true},
	}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []onboarding.Request{request(t, "acme"), pooled(t, "globex")} {
		made, err := onboarding.Provision(ctx, w.Onboarding, r)
		if err != nil {
			t.Fatal(err)
		}
		buckets = append(buckets, made.Bucket)
	}
	for _, vault := range w.Vaults {
		buckets = append(buckets, vault)
	}
	for id, role := range map[string]string{"an-auditor": "roles/viewer", "a-developer": "roles/editor"} {
		as := colleague(t, w, id, role)
		for i, bucket := range buckets {
			put(t, w, bucket, id)
			want := 403
			if i == 0 {
				want = 200
			}
			_, read := as.Bucket(bucket).Object(id).NewReader(ctx)
			_, list := as.Bucket(bucket).Objects(ctx, nil).Next()
			_, asked := as.Bucket(bucket).IAM().Policy(ctx)
			if answer(read) != want || answer(list) != want {
				t.Errorf("%s (%s) on %s: reads %v, lists %v, want %d", id, role, bucket, read, list, want)
			}
			if i > 0 && answer(asked) != 403 {
				t.Errorf("%s (%s) on %s: reads the policy: %v", id, role, bucket, asked)
			}
		}
	}
}

// A bucket that somebody opened to the project's roles activates no tenant. Reconcile closes one
// that is in service.
func TestProvisionProvesBucketClosed(t *testing.T) {
	const viewers = "projectViewer:" + vendingtest.Project
	const reader iam.RoleName = "roles/storage.legacyObjectReader"
	w := vendingtest.Start(t)
	ctx := t.Context()
	r := request(t, "acme")
	open := func() {
		known, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
		if err != nil {
			t.Fatal(err)
		}
		handle := w.Owner.Storage().Bucket(vendingtest.Project + "-" + known.ID.String()).IAM()
		p, err := handle.Policy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.Add(viewers, reader)
		if err := handle.SetPolicy(context.WithoutCancel(ctx), p); err != nil {
			t.Fatal(err)
		}
	}
	_, err := onboarding.ProvisionPaused(ctx, w.Onboarding, r, func(step string) error {
		if step == "proof" {
			open()
		}
		return nil
	})
	if !errors.Is(err, probe.ErrNotIsolated) {
		t.Errorf("with an open bucket: %v", err)
	}
	made, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil {
		t.Fatalf("the next run, which closes it: %v", err)
	}
	open()
	if err := onboarding.Reconcile(ctx, w.Onboarding, made.ID); err != nil {
		t.Fatal(err)
	}
	p, err := w.Owner.Storage().Bucket(made.Bucket).IAM().Policy(ctx)
	if err != nil || p.HasRole(viewers, reader) {
		t.Errorf("after it was reconciled, %s still read: %v", viewers, err)
	}
}
