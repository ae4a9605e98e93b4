package setup_test

import (
	"slices"
	"testing"

	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	identitytoolkit "google.golang.org/api/identitytoolkit/v2"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// state is what a set-up writes: the policies, as they are stored, and the role.
type state struct {
	Project  *iampb.Policy
	Accounts map[setup.Account]*iampb.Policy
	Vaults   map[string]*iampb.Policy
	Role     []string
	Closed   bool // to people who would register themselves
}

func stateOf(t *testing.T, w *vendingtest.World) state {
	t.Helper()
	ctx := t.Context()
	s := state{Project: policy(t, w), Accounts: map[setup.Account]*iampb.Policy{}, Vaults: map[string]*iampb.Policy{}}
	accounts, err := w.Owner.Accounts(ctx)
	check(t, err)
	for _, a := range []setup.Account{
		setup.Web, setup.Vending, setup.Worker, setup.Jobs, setup.Tick, setup.Push, setup.Forwarding, setup.Inspection,
	} {
		p, err := accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: project + "/serviceAccounts/" + a.Email(vendingtest.Project)})
		check(t, err)
		s.Accounts[a] = p.InternalProto
	}
	buckets := []string{setup.InspectionBucket(vendingtest.Project)}
	for _, bucket := range w.Vaults {
		buckets = append(buckets, bucket)
	}
	for _, bucket := range buckets {
		p, err := w.Owner.Storage().Bucket(bucket).IAM().Policy(ctx)
		check(t, err)
		s.Vaults[bucket] = p.InternalProto
	}
	role, err := accounts.GetRole(ctx, &iamadminpb.GetRoleRequest{Name: project + "/roles/onboarding"})
	check(t, err)
	s.Role = role.GetIncludedPermissions()
	settings, err := w.Owner.IdentitySettings(ctx)
	check(t, err)
	config, err := settings.Projects.GetConfig(project + "/config").Do()
	check(t, err)
	s.Closed = config.Client.Permissions.DisabledUserSignup && config.Client.Permissions.DisabledUserDeletion
	return s
}

func policy(t *testing.T, w *vendingtest.World) *iampb.Policy {
	t.Helper()
	projects, err := w.Owner.Projects(t.Context())
	check(t, err)
	p, err := projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{
		Resource: project, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	check(t, err)
	return p
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A second run finds everything right and writes nothing: the etags of all policies stay. What
// somebody has changed since, the next run sets right; and what jobs@ was given besides, it takes
// back.
func TestRunAgain(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	first := stateOf(t, w)
	check(t, setup.Run(ctx, w.Owner, setup.Default(vendingtest.Project)))
	if diff := cmp.Diff(first, stateOf(t, w), protocmp.Transform()); diff != "" {
		t.Errorf("the second run has changed something (-first +second):\n%s", diff)
	}

	jobs := "serviceAccount:" + setup.Jobs.Email(vendingtest.Project)
	worker := "serviceAccount:" + setup.Worker.Email(vendingtest.Project)
	changed := policy(t, w)
	changed.Bindings = append(changed.Bindings, &iampb.Binding{Role: "roles/datastore.owner", Members: []string{jobs}})
	for _, b := range changed.Bindings {
		b.Members = slices.DeleteFunc(b.Members, func(m string) bool { return m == worker })
	}
	changed.Bindings = slices.DeleteFunc(changed.Bindings, func(b *iampb.Binding) bool { return len(b.Members) == 0 })
	projects, err := w.Owner.Projects(ctx)
	check(t, err)
	_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: project, Policy: changed})
	check(t, err)
	accounts, err := w.Owner.Accounts(ctx)
	check(t, err)
	_, err = accounts.SetIamPolicy(ctx, &iamadmin.SetIamPolicyRequest{
		Resource: project + "/serviceAccounts/" + setup.Web.Email(vendingtest.Project), Policy: emptied(t, accounts, setup.Web),
	})
	check(t, err)
	_, err = accounts.UpdateRole(ctx, &iamadminpb.UpdateRoleRequest{
		Name: project + "/roles/onboarding",
		Role: &iamadminpb.Role{Title: "Onboarding", IncludedPermissions: first.Role[1:], Stage: iamadminpb.Role_GA},
	})
	check(t, err)
	settings, err := w.Owner.IdentitySettings(ctx)
	check(t, err)
	_, err = settings.Projects.UpdateConfig(project+"/config", &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Config{
		Client: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientConfig{
			Permissions: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Permissions{
				ForceSendFields: []string{"DisabledUserSignup", "DisabledUserDeletion"},
			},
		},
	}).UpdateMask("client.permissions").Do()
	check(t, err)

	check(t, setup.Run(ctx, w.Owner, setup.Default(vendingtest.Project)))
	sorted := protocmp.SortRepeatedFields(&iampb.Policy{}, "bindings")
	if diff := cmp.Diff(first, stateOf(t, w), protocmp.Transform(), protocmp.IgnoreFields(&iampb.Policy{}, "etag"), sorted); diff != "" {
		t.Errorf("after it was changed (-first +now):\n%s", diff)
	}
}

// emptied is the account's policy without its bindings.
func emptied(t *testing.T, accounts *iamadmin.IamClient, a setup.Account) *iam.Policy {
	t.Helper()
	p, err := accounts.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: project + "/serviceAccounts/" + a.Email(vendingtest.Project)})
	check(t, err)
	p.InternalProto.Bindings = nil
	return p
}
