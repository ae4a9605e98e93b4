package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"google.golang.org/api/googleapi"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxUpload is the largest file of the development configuration, in bytes.
const maxUpload = 100_000_000

// setUp brings the local project to the state that deploy/ describes for a real one: three platform accounts, the
// control plane's database, a vault in each region, and who may do what. Each step leaves alone what is there already,
// so a start that was cut off is completed by the next. It returns the server's configuration.
func (d dev) setUp(ctx context.Context) (app.Config, error) {
	cfg, err := d.config()
	if err != nil {
		return cfg, err
	}
	owner, err := vending.OpenPlatform(ctx, vending.PlatformConfig{
		Project: project, Endpoints: cfg.Endpoints(), KeyFile: d.cloud.OwnerKeyFile(),
	})
	if err != nil {
		return cfg, err
	}
	defer owner.Close()

	accounts, err := owner.Accounts(ctx)
	if err != nil {
		return cfg, err
	}
	for _, name := range []string{"web", "vending", "jobs"} {
		if err := ensureAccount(ctx, accounts, name); err != nil {
			return cfg, fmt.Errorf("account %s: %w", name, err)
		}
	}
	if err := ensureRole(ctx, accounts); err != nil {
		return cfg, fmt.Errorf("role %s: %w", onboardingRole, err)
	}
	for _, name := range []string{"web", "jobs"} {
		if err := ensureKey(ctx, accounts, name, d.keyFile(name)); err != nil {
			return cfg, fmt.Errorf("key of %s: %w", name, err)
		}
	}
	if err := ensureDatabase(ctx, owner); err != nil {
		return cfg, fmt.Errorf("database %s: %w", platformDatabase, err)
	}
	if err := ensureCells(ctx, owner); err != nil {
		return cfg, fmt.Errorf("cells: %w", err)
	}
	for region, bucket := range cfg.Vaults() {
		if err := ensureVault(ctx, owner.Storage(), bucket, region); err != nil {
			return cfg, fmt.Errorf("vault %s: %w", bucket, err)
		}
	}
	if err := grantOnAccount(ctx, accounts, account("vending"), "roles/iam.serviceAccountTokenCreator", account("web")); err != nil {
		return cfg, err
	}
	return cfg, grantOnProject(ctx, owner)
}

// config is the development configuration: what app.yaml and Secret Manager hold in production.
func (d dev) config() (app.Config, error) {
	sealing, err := sealingKeyset(filepath.Join(d.data, "keys", "sealing.json"))
	if err != nil {
		return app.Config{}, err
	}
	at := d.cloud.Endpoints()
	return app.Config{
		Addr:           "127.0.0.1:0", // run listens by itself
		PublicURL:      d.address,
		Project:        project,
		IdentityAPIKey: d.cloud.APIKey(),
		SealingKeyset:  sealing,
		WebAccount:     account("web"),
		WebKeyFile:     d.keyFile("web"),
		VendingAccount: account("vending"),
		Credentials:    d.source,
		VaultUS:        project + "-vault-us",
		VaultEU:        project + "-vault-eu",
		VaultAsia:      project + "-vault-asia",
		MaxUploadBytes: maxUpload,

		FirestoreEndpoint:      at.GRPC,
		StorageEndpoint:        at.Storage,
		IdentityEndpoint:       at.Identity,
		TokenEndpoint:          at.Token,
		IAMEndpoint:            at.GRPC,
		ResourceEndpoint:       at.GRPC,
		IAMCredentialsEndpoint: at.Identity,
		Plaintext:              true,
	}, nil
}

// platformDatabase is the control plane's database.
const platformDatabase = "platform"

// accountID is a platform account's id. Google wants at least six letters, so "web" is called bulkhead-web.
func accountID(name string) string { return "bulkhead-" + name }

func account(name string) string { return accountID(name) + "@" + project + ".iam.gserviceaccount.com" }

func (d dev) keyFile(name string) string { return filepath.Join(d.data, "keys", name+".json") }

func ensureAccount(ctx context.Context, accounts *iamadmin.IamClient, name string) error {
	_, err := accounts.CreateServiceAccount(ctx, &iamadminpb.CreateServiceAccountRequest{
		Name:           "projects/" + project,
		AccountId:      accountID(name),
		ServiceAccount: &iamadminpb.ServiceAccount{DisplayName: "Bulkhead " + name},
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// ensureKey writes a key of the account to file unless one is there.
func ensureKey(ctx context.Context, accounts *iamadmin.IamClient, name, file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{
		Name: "projects/" + project + "/serviceAccounts/" + account(name),
	})
	if err != nil {
		return err
	}
	return writeSecret(file, key.GetPrivateKeyData())
}

func ensureDatabase(ctx context.Context, owner *vending.Platform) error {
	databases, err := owner.Databases(ctx)
	if err != nil {
		return err
	}
	op, err := databases.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + project,
		DatabaseId: platformDatabase,
		Database: &adminpb.Database{
			LocationId:            tenancy.US.Location(),
			Type:                  adminpb.Database_FIRESTORE_NATIVE,
			DeleteProtectionState: adminpb.Database_DELETE_PROTECTION_ENABLED,
		},
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}

// ensureCells adds the default cell of each region: where tenants without a cell have always been.
func ensureCells(ctx context.Context, owner *vending.Platform) error {
	registry := tenancy.NewRegistry(owner.Registry(), nil)
	for _, r := range tenancy.Regions() {
		if err := registry.AddCell(ctx, tenancy.Cell{
			ID: tenancy.DefaultCell(r), Project: project, Region: r, Silos: tenancy.MaxSilos,
			PoolDatabase: "pool-" + r.String(), PoolBucket: project + "-pool-" + r.String(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// ensureVault makes a region's vault bucket, and lets vending@ read its objects and jobs@ write them.
func ensureVault(ctx context.Context, client *storage.Client, name string, region tenancy.Region) error {
	bucket := client.Bucket(name)
	err := bucket.Create(ctx, project, &storage.BucketAttrs{
		Location:                 region.Location(),
		UniformBucketLevelAccess: storage.UniformBucketLevelAccess{Enabled: true},
		PublicAccessPrevention:   storage.PublicAccessPreventionEnforced,
	})
	var conflict *googleapi.Error
	if err != nil && (!errors.As(err, &conflict) || conflict.Code != 409) {
		return err
	}
	policy, err := bucket.IAM().Policy(ctx)
	if err != nil {
		return err
	}
	policy.Add("serviceAccount:"+account("vending"), "roles/storage.objectViewer")
	policy.Add("serviceAccount:"+account("jobs"), "roles/storage.objectUser")
	return bucket.IAM().SetPolicy(ctx, policy)
}

// grantOnAccount lets member use the target account by role, on that account alone.
func grantOnAccount(ctx context.Context, accounts *iamadmin.IamClient, target string, role iam.RoleName, member string) error {
	resource := "projects/" + project + "/serviceAccounts/" + target
	policy, err := accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: resource})
	if err != nil || policy.HasRole("serviceAccount:"+member, role) {
		return err
	}
	policy.Add("serviceAccount:"+member, role)
	_, err = accounts.SetIamPolicy(ctx, &iamadmin.SetIamPolicyRequest{Resource: resource, Policy: policy})
	return err
}

// onboardingRole is the role of jobs@.
const onboardingRole = "projects/" + project + "/roles/onboarding"

// ensureRole makes the role of jobs@, or makes it contain what it has come to need.
func ensureRole(ctx context.Context, accounts *iamadmin.IamClient) error {
	role := &iamadminpb.Role{Title: "Onboarding", IncludedPermissions: onboarding.Permissions(), Stage: iamadminpb.Role_GA}
	_, err := accounts.CreateRole(ctx, &iamadminpb.CreateRoleRequest{
		Parent: "projects/" + project, RoleId: path.Base(onboardingRole), Role: role,
	})
	if status.Code(err) != codes.AlreadyExists {
		return err
	}
	_, err = accounts.UpdateRole(ctx, &iamadminpb.UpdateRoleRequest{Name: onboardingRole, Role: role})
	return err
}

// grantOnProject gives the platform accounts their bindings in the project's policy, least privilege each: web@ and jobs@
// reach the control plane's database and no tenant's; vending@ nothing on the project at all. What jobs@ was given before,
// when it had more, is taken back.
func grantOnProject(ctx context.Context, owner *vending.Platform) error {
	projects, err := owner.Projects(ctx)
	if err != nil {
		return err
	}
	resource := "projects/" + project
	policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
		Resource: resource, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	if err != nil {
		return err
	}
	controlPlane := &expr.Expr{
		Title:      "control plane",
		Expression: fmt.Sprintf("resource.name==%q", "projects/"+project+"/databases/"+platformDatabase),
	}
	grants := []*iampb.Binding{
		grant("web", "roles/datastore.user", controlPlane),
		grant("web", "roles/firebaseauth.admin", nil),
		grant("jobs", "roles/datastore.user", controlPlane),
		grant("jobs", onboardingRole, nil),
		grant("jobs", "roles/resourcemanager.projectIamAdmin", &expr.Expr{Title: "databases only", Expression: onboarding.ProjectGrants}),
		grant("jobs", "roles/identityplatform.admin", nil),
	}
	changed := revoke(policy, "serviceAccount:"+account("jobs"), grants)
	for _, want := range grants {
		if !bound(policy, want) {
			policy.Bindings = append(policy.Bindings, want)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	policy.Version = 3
	_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: policy})
	return err
}

func grant(name, role string, condition *expr.Expr) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + account(name)}, Condition: condition}
}

// revoke takes the member out of the bindings that none of keep says, and reports whether there were any.
func revoke(policy *iampb.Policy, member string, keep []*iampb.Binding) bool {
	revoked := false
	for _, b := range policy.GetBindings() {
		wanted := slices.ContainsFunc(keep, func(k *iampb.Binding) bool {
			return slices.Contains(k.Members, member) && bound(&iampb.Policy{Bindings: []*iampb.Binding{b}}, k)
		})
		if i := slices.Index(b.Members, member); i >= 0 && !wanted {
			b.Members = slices.Delete(b.Members, i, i+1)
			revoked = true
		}
	}
	return revoked
}

// bound reports whether policy already says what want says.
func bound(policy *iampb.Policy, want *iampb.Binding) bool {
	for _, b := range policy.GetBindings() {
		if b.GetRole() != want.GetRole() || b.GetCondition().GetExpression() != want.GetCondition().GetExpression() {
			continue
		}
		for _, member := range b.GetMembers() {
			if member == want.GetMembers()[0] {
				return true
			}
		}
	}
	return false
}

// sealingKeyset reads the key set that seals session cookies, making it at the first start.
func sealingKeyset(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(b), err
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return "", err
	}
	return buf.String(), writeSecret(file, buf.Bytes())
}
