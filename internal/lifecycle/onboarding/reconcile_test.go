package onboarding_test

import (
	"errors"
	"slices"
	"testing"

	"cloud.google.com/go/storage"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/google/go-cmp/cmp"
	identitytoolkit "google.golang.org/api/identitytoolkit/v2"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// closed reports whether end users can neither register nor delete themselves.
func closed(t *testing.T, w *vendingtest.World, tenant tenant.Tenant) bool {
	t.Helper()
	settings, err := w.Jobs.IdentitySettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := settings.Projects.Tenants.Get("projects/" + vendingtest.Project + "/tenants/" + tenant.IdentityTenant).Do()
	if err != nil {
		t.Fatal(err)
	}
	return now.Client != nil && now.Client.Permissions != nil &&
		now.Client.Permissions.DisabledUserSignup && now.Client.Permissions.DisabledUserDeletion
}

// reopen makes of an Identity Platform tenant what it was before these settings were made.
func reopen(t *testing.T, w *vendingtest.World, tenant tenant.Tenant) {
	t.Helper()
	settings, err := w.Jobs.IdentitySettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = settings.Projects.Tenants.Patch("projects/"+vendingtest.Project+"/tenants/"+tenant.IdentityTenant,
		&identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Tenant{
			Client: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientPermissionConfig{
				Permissions: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientPermissions{
					ForceSendFields: []string{"DisabledUserSignup", "DisabledUserDeletion"},
				},
			},
		}).UpdateMask("client.permissions").Do()
	if err != nil {
		t.Fatal(err)
	}
	if closed(t, w, tenant) {
		t.Fatal("the tenant did not reopen")
	}
}

// What a tenant lacks that new ones have, and what was taken from it, it is given again; nothing
// else of it changes. A second time finds nothing to do.
func TestReconcile(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	silo, err := onboarding.Provision(ctx, w.Onboarding, request(t, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := onboarding.Provision(ctx, w.Onboarding, pooled(t, "globex"))
	if err != nil {
		t.Fatal(err)
	}
	gone, err := onboarding.Provision(ctx, w.Onboarding, request(t, "initech"))
	if err != nil {
		t.Fatal(err)
	}
	if err := tenancytest.SetStatus(ctx, w.Onboarding.Registry, gone.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []tenant.Tenant{silo, pool, gone} {
		if !closed(t, w, tenant) {
			t.Errorf("people register themselves at %s, which is new", tenant.Slug)
		}
		reopen(t, w, tenant)
		unbind(t, w, "roles/datastore.user", "serviceAccount:"+tenant.ServiceAccount)
		bucket := w.Owner.Storage().Bucket(tenant.Bucket)
		if _, err := bucket.Update(ctx, storage.BucketAttrsToUpdate{CORS: []storage.CORS{}, Lifecycle: &storage.Lifecycle{Rules: []storage.LifecycleRule{{
			Action: storage.LifecycleAction{Type: storage.DeleteAction}, Condition: storage.LifecycleCondition{AgeInDays: 4000},
		}}}}); err != nil {
			t.Fatal(err)
		}
		held, err := bucket.IAM().V3().Policy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		held.Bindings = nil
		if err := bucket.IAM().V3().SetPolicy(ctx, held); err != nil {
			t.Fatal(err)
		}
	}
	spare, err := w.Jobs.Identity().TenantManager.CreateTenant(ctx, new(firebaseauth.TenantToCreate).DisplayName(silo.ID.String()))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := w.Jobs.Identity().TenantManager.CreateTenant(ctx, new(firebaseauth.TenantToCreate).DisplayName(tenant.NewID().String()))
	if err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if err := onboarding.ReconcileAll(ctx, w.Onboarding); err != nil {
			t.Fatal(err)
		}
		w.Forget()
		for _, tenant := range []tenant.Tenant{silo, pool} {
			if diff := cmp.Diff(whole, take(t, w, tenant)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tenant.Slug, diff)
			}
			if !closed(t, w, tenant) {
				t.Errorf("people register themselves at %s", tenant.Slug)
			}
			attrs, err := w.Owner.Storage().Bucket(tenant.Bucket).Attrs(ctx)
			if err != nil || len(attrs.CORS) != 1 || attrs.CORS[0].Origins[0] != vendingtest.Origin {
				t.Errorf("%s: the bucket is open to %+v, %v", tenant.Slug, attrs.CORS, err)
			}
			if rules := attrs.Lifecycle.Rules; len(rules) != 2 || rules[0].Action.Type != storage.DeleteAction || rules[1].Action.Type != storage.AbortIncompleteMPUAction {
				t.Errorf("%s: what is left behind of uploads stays, or another's rule does not: %+v", tenant.Slug, rules)
			}
			if now, err := w.Onboarding.Registry.Current(ctx, tenant.ID); err != nil || now != tenant {
				t.Errorf("the record of %s is now %+v, %v; want %+v", tenant.Slug, now, err, tenant)
			}
		}
		if closed(t, w, gone) {
			t.Error("a suspended tenant was changed")
		}
		if diff := cmp.Diff(sorted(silo.ID, pool.ID), compared(t, w)); diff != "" {
			t.Errorf("whose people are to be compared with their accounts (-want +got):\n%s", diff)
		}
	}
	if _, err := w.Jobs.Identity().TenantManager.Tenant(ctx, spare.ID); !firebaseauth.IsTenantNotFound(err) {
		t.Errorf("the spare Identity Platform tenant: %v", err)
	}
	if _, err := w.Jobs.Identity().TenantManager.Tenant(ctx, stranger.ID); err != nil {
		t.Errorf("an Identity Platform tenant of nobody's: %v", err)
	}
	if err := onboarding.Reconcile(ctx, w.Onboarding, gone.ID); !errors.Is(err, onboarding.ErrMismatch) {
		t.Errorf("a suspended tenant: %v, want ErrMismatch", err)
	}
}

// compared are the tenants for which a worker is asked to compare people and accounts.
func compared(t *testing.T, w *vendingtest.World) []string {
	t.Helper()
	page, err := w.Queue.List(t.Context(), queue.Due, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var ids []tenant.ID
	for _, j := range page.Jobs {
		if j.Kind == users.CompareKind {
			ids = append(ids, j.Tenant)
		}
	}
	return sorted(ids...)
}

func sorted(ids ...tenant.ID) []string {
	var all []string
	for _, id := range ids {
		all = append(all, id.String())
	}
	slices.Sort(all)
	return all
}

// A tenant in which people could register themselves is not opened. The next run closes its
// directory.
func TestProvisionProvesThatTheDirectoryIsClosed(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	r := request(t, "acme")
	_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
		if step == "identity" {
			made, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
			if err != nil {
				return err
			}
			reopen(t, w, made)
		}
		return nil
	})
	if !errors.Is(err, onboarding.ErrOpenDirectory) {
		t.Errorf("%v, want ErrOpenDirectory", err)
	}
	made, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if made.Status != tenant.Active || !closed(t, w, made) {
		t.Errorf("the next run leaves %+v, closed: %t", made, closed(t, w, made))
	}
}

// A spare Identity Platform tenant that has accounts is not a spare one: it is reported and stays.
func TestReconcileDeletesNoAccounts(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	made, err := onboarding.Provision(ctx, w.Onboarding, request(t, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Jobs.Identity().TenantManager.CreateTenant(ctx, new(firebaseauth.TenantToCreate).DisplayName(made.ID.String()))
	if err != nil {
		t.Fatal(err)
	}
	people, err := w.Jobs.Identity().TenantManager.AuthForTenant(other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.CreateUser(ctx, new(firebaseauth.UserToCreate).Email("x@y.test")); err != nil {
		t.Fatal(err)
	}
	if err := onboarding.ReconcileAll(ctx, w.Onboarding); err == nil {
		t.Error("nothing was said of an Identity Platform tenant with accounts that no record names")
	}
	if _, err := w.Jobs.Identity().TenantManager.Tenant(ctx, other.ID); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

// Whoever registered under the first admin's address before the admin was made is not made an
// admin.
func TestProvisionAdoptsNobody(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	r := request(t, "acme")
	var squatter *firebaseauth.UserRecord
	made, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
		if step != "identity" {
			return nil
		}
		tenant, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
		if err != nil {
			return err
		}
		squatter, err = auth(t, w, tenant).CreateUser(ctx, new(firebaseauth.UserToCreate).Email(r.Admin.Email).PhoneNumber("+15550100"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if admin := adminOf(t, auth(t, w, made), made); admin.ID.String() == squatter.UID {
		t.Error("the account of a stranger became the admin's")
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
