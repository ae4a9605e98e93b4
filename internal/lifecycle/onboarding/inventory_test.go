package onboarding_test

import (
	"errors"
	"slices"
	"testing"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// inventory is what there is of a tenant on the cloud.
type inventory struct {
	Status                                              tenant.Status
	IdentityTenants, Accounts, Keys, Bindings, OnBucket int
	Vaulted                                             bool
	Admins, Records                                     int
}

// whole is the inventory of a tenant that was made as it should be.
var whole = inventory{
	Status: tenant.Active, IdentityTenants: 1, Accounts: 1, Keys: 1, Bindings: 1, OnBucket: 1, Vaulted: true, Admins: 1, Records: 1,
}

func take(t *testing.T, w *vendingtest.World, tenant tenant.Tenant) inventory {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var i inventory
	record, err := registry.New(w.Jobs.Registry(), nil).ByID(ctx, tenant.ID)
	check(err)
	i.Status = record.Status

	for all := w.Jobs.Identity().TenantManager.Tenants(ctx, ""); ; {
		idp, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		check(err)
		if idp.DisplayName == tenant.ID.String() {
			i.IdentityTenants++
		}
	}
	accounts, err := w.Owner.Accounts(ctx)
	check(err)
	for all := accounts.ListServiceAccounts(ctx, &iamadminpb.ListServiceAccountsRequest{Name: "projects/" + vendingtest.Project}); ; {
		a, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		check(err)
		if a.GetEmail() == tenant.ServiceAccount {
			i.Accounts++
		}
	}
	keys, err := accounts.ListServiceAccountKeys(ctx, &iamadminpb.ListServiceAccountKeysRequest{
		Name:     "projects/" + vendingtest.Project + "/serviceAccounts/" + tenant.ServiceAccount,
		KeyTypes: []iamadminpb.ListServiceAccountKeysRequest_KeyType{iamadminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	check(err)
	i.Keys = len(keys.GetKeys())
	for _, b := range policy(t, w).GetBindings() {
		if slices.Contains(b.GetMembers(), "serviceAccount:"+tenant.ServiceAccount) {
			i.Bindings++
		}
	}
	onBucket, err := w.Owner.Storage().Bucket(tenant.Bucket).IAM().Policy(ctx)
	check(err)
	for _, role := range onBucket.Roles() {
		if onBucket.HasRole("serviceAccount:"+tenant.ServiceAccount, role) {
			i.OnBucket++
		}
	}
	bundle, _, err := w.Onboarding.Vault.Get(ctx, tenant.ID, tenant.Region)
	i.Vaulted = err == nil && bundle.Generation == 1 && bundle.Database == tenant.Database && bundle.Bucket == tenant.Bucket

	people, err := w.Jobs.Identity().TenantManager.AuthForTenant(record.IdentityTenant)
	check(err)
	for all := people.Users(ctx, ""); ; {
		u, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		check(err)
		want := map[string]any{"tn": tenant.ID.String(), "rl": "admin", "rg": float64(tenant.Region)}
		if cmp.Equal(u.CustomClaims, want) {
			i.Admins++
		}
	}
	principal := w.Principal(t, adminOf(t, people, record))
	grant, err := w.Machine.Vend(ctx, principal)
	check(err)
	page, err := users.NewRepository(grant).List(ctx, users.Cursor{}, 0)
	check(err)
	i.Records = len(page.Items)
	return i
}

// adminOf is the person whom the request names, who can sign in.
func adminOf(t *testing.T, people *firebaseauth.TenantClient, made tenant.Tenant) vendingtest.Person {
	t.Helper()
	u, err := people.GetUserByEmail(t.Context(), "ada@"+made.Slug.String()+".test")
	if err != nil {
		t.Fatal(err)
	}
	id, err := tenant.ParseUserID(u.UID)
	if err != nil {
		t.Fatal(err)
	}
	return vendingtest.Person{Tenant: made, ID: id, Email: u.Email, Password: "correct horse", Role: tenant.Admin}
}

func policy(t *testing.T, w *vendingtest.World) *iampb.Policy {
	t.Helper()
	projects, err := w.Owner.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{
		Resource: "projects/" + vendingtest.Project, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
