package vendingtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/internal/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// accountID is the id of a platform account: Google wants at least six letters.
func accountID(name string) string { return "bulkhead-" + name }

// onboardingRole is the id of the role of jobs@.
const onboardingRole = "onboarding"

func account(name string) string { return accountID(name) + "@" + Project + ".iam.gserviceaccount.com" }

// open opens a platform with the account's key.
func (w *World) open(tb testing.TB, name string, key []byte) *vending.Platform {
	tb.Helper()
	file := filepath.Join(w.dir, name+".json")
	must(tb, os.WriteFile(file, key, 0o600))
	p, err := vending.OpenPlatform(tb.Context(), vending.PlatformConfig{
		Project: Project, Endpoints: w.Endpoints, KeyFile: file,
	})
	must(tb, err)
	tb.Cleanup(func() { must(tb, p.Close()) })
	return p
}

// setUp does, as the owner and once, what Terraform does for a real project. It returns the keys of web@ and jobs@.
func (w *World) setUp(tb testing.TB) map[string][]byte {
	tb.Helper()
	ctx := tb.Context()
	accounts, err := w.Owner.Accounts(ctx)
	must(tb, err)
	keys := make(map[string][]byte)
	for _, name := range []string{"web", "vending", "jobs"} {
		_, err := accounts.CreateServiceAccount(ctx, &iamadminpb.CreateServiceAccountRequest{
			Name: "projects/" + Project, AccountId: accountID(name),
		})
		must(tb, err)
		if name == "vending" { // impersonated: it has no key
			continue
		}
		key, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{
			Name: "projects/" + Project + "/serviceAccounts/" + account(name),
		})
		must(tb, err)
		keys[name] = key.GetPrivateKeyData()
	}

	databases, err := w.Owner.Databases(ctx)
	must(tb, err)
	op, err := databases.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + Project,
		DatabaseId: vending.PlatformDatabase,
		Database:   &adminpb.Database{LocationId: tenancy.US.Location(), Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	must(tb, err)
	_, err = op.Wait(ctx)
	must(tb, err)

	registry := tenancy.NewRegistry(w.Owner.Registry(), nil)
	for _, r := range tenancy.Regions() {
		must(tb, registry.AddCell(ctx, tenancy.Cell{
			ID: tenancy.DefaultCell(r), Project: Project, Region: r, Silos: tenancy.MaxSilos,
			PoolDatabase: "pool-" + r.String(), PoolBucket: Project + "-pool-" + r.String(),
		}))
	}

	for region, name := range w.Vaults {
		bucket := w.Owner.Storage().Bucket(name)
		must(tb, bucket.Create(ctx, Project, &storage.BucketAttrs{
			Location: region.Location(), UniformBucketLevelAccess: storage.UniformBucketLevelAccess{Enabled: true},
		}))
		policy, err := bucket.IAM().Policy(ctx)
		must(tb, err)
		policy.Add("serviceAccount:"+account("vending"), "roles/storage.objectViewer")
		policy.Add("serviceAccount:"+account("jobs"), "roles/storage.objectUser")
		must(tb, bucket.IAM().SetPolicy(ctx, policy))
	}

	_, err = accounts.CreateRole(ctx, &iamadminpb.CreateRoleRequest{
		Parent: "projects/" + Project, RoleId: onboardingRole,
		Role: &iamadminpb.Role{Title: "Onboarding", IncludedPermissions: onboarding.Permissions(), Stage: iamadminpb.Role_GA},
	})
	must(tb, err)

	onVending := "projects/" + Project + "/serviceAccounts/" + account("vending")
	policy := new(iam.Policy)
	policy.Add("serviceAccount:"+account("web"), "roles/iam.serviceAccountTokenCreator")
	_, err = accounts.SetIamPolicy(ctx, &iamadmin.SetIamPolicyRequest{Resource: onVending, Policy: policy})
	must(tb, err)
	w.bind(tb)
	return keys
}

// bind gives the platform's accounts their roles on the project: web@ and jobs@ reach the control plane's database and no
// tenant's; vending@ has none.
func (w *World) bind(tb testing.TB) {
	tb.Helper()
	ctx := tb.Context()
	projects, err := w.Owner.Projects(ctx)
	must(tb, err)
	resource := "projects/" + Project
	policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
		Resource: resource, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	must(tb, err)
	policy.Version = 3
	add := func(name, role string, condition *expr.Expr) {
		policy.Bindings = append(policy.Bindings, &iampb.Binding{
			Role: role, Members: []string{"serviceAccount:" + account(name)}, Condition: condition,
		})
	}
	add("web", "roles/firebaseauth.admin", nil)
	controlPlane := &expr.Expr{
		Title:      "control plane",
		Expression: fmt.Sprintf("resource.name==%q", resource+"/databases/"+vending.PlatformDatabase),
	}
	add("web", "roles/datastore.user", controlPlane)
	add("jobs", "roles/datastore.user", controlPlane)
	add("jobs", "roles/resourcemanager.projectIamAdmin", &expr.Expr{Title: "databases only", Expression: onboarding.ProjectGrants})
	add("jobs", "roles/identityplatform.admin", nil)
	add("jobs", resource+"/roles/"+onboardingRole, nil)
	_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: policy})
	must(tb, err)
}
