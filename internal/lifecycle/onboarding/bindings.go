package onboarding

import (
	"context"
	"fmt"
	"slices"

	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/genproto/googleapis/type/expr"
)

func (j *job) member() string { return "serviceAccount:" + j.tenant.ServiceAccount }

// bindProject lets the account use the tenant's database, and no other: Firestore takes roles on a
// project, so a condition names the database. In a pool that is the pool's; below a database IAM
// cannot tell tenants apart.
func (j *job) bindProject(ctx context.Context) error {
	projects, err := j.cfg.Platform.Projects(ctx)
	if err != nil {
		return err
	}
	resource := "projects/" + j.cell.Project
	want := &iampb.Binding{
		Role:    "roles/datastore.user",
		Members: []string{j.member()},
		Condition: &expr.Expr{
			Title:      "database " + j.tenant.Database,
			Expression: fmt.Sprintf("resource.name==%q", resource+"/databases/"+j.tenant.Database),
		},
	}
	return eventually(ctx, j.cfg.Patience, conflicting, func(ctx context.Context) error {
		policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
			Resource: resource, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
		})
		if err != nil || !add(policy, want) {
			return err
		}
		_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: policy})
		return err
	})
}

// bindBucket lets the account use the tenant's bucket, by the bucket's own policy: all of it or, in
// a pool, the objects below the tenant's prefix; and takes from it those who have a part in every
// new bucket of their project. Listing is asked of the bucket, so there the condition looks at the
// prefix that is asked for.
func (j *job) bindBucket(ctx context.Context) error {
	want := &iampb.Binding{Role: "roles/storage.objectAdmin", Members: []string{j.member()}}
	if j.tenant.Isolation == tenant.Pool {
		prefix := location.PoolPrefix(j.tenant.ID)
		want.Condition = &expr.Expr{
			Title: "objects of " + j.tenant.ID.String(),
			Expression: fmt.Sprintf("resource.name.startsWith(%q) || api.getAttribute(%q, \"\").startsWith(%q)",
				//isolint:allow host it is the name of an attribute
				"projects/_/buckets/"+j.tenant.Bucket+"/objects/"+prefix, "storage.googleapis.com/objectListPrefix", prefix),
		}
	}
	bucket := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket).IAM().V3()
	return eventually(ctx, j.cfg.Patience, conflicting, func(ctx context.Context) error {
		held, err := bucket.Policy(ctx)
		if err != nil {
			return err
		}
		policy := &iampb.Policy{Bindings: held.Bindings}
		closed := closeToProject(policy)
		if !add(policy, want) && !closed {
			return nil
		}
		held.Bindings = policy.Bindings
		return bucket.SetPolicy(ctx, held)
	})
}

// closeToProject takes from the policy of a bucket whoever stands for a basic role on a project,
// and reports whether there was anybody.
func closeToProject(policy *iampb.Policy) (changed bool) {
	for _, b := range policy.GetBindings() {
		n := len(b.GetMembers())
		b.Members = slices.DeleteFunc(b.GetMembers(), probe.ForProject)
		changed = changed || len(b.GetMembers()) < n
	}
	policy.Bindings = slices.DeleteFunc(policy.GetBindings(), func(b *iampb.Binding) bool { return len(b.GetMembers()) == 0 })
	return changed
}

// add makes policy say what want says, of one member, and reports whether that is a change. One
// binding takes all members of the same role and condition: a policy has room for fewer bindings
// than members.
func add(policy *iampb.Policy, want *iampb.Binding) bool {
	for _, b := range policy.GetBindings() {
		if b.GetRole() != want.GetRole() || b.GetCondition().GetExpression() != want.GetCondition().GetExpression() {
			continue
		}
		if slices.Contains(b.GetMembers(), want.GetMembers()[0]) {
			return false
		}
		b.Members = append(b.Members, want.GetMembers()...)
		policy.Version = 3
		return true
	}
	policy.Version = 3
	policy.Bindings = append(policy.Bindings, want)
	return true
}

// tokenCreator is the role that lets one account act as another.
const tokenCreator iam.RoleName = "roles/iam.serviceAccountTokenCreator"

// bindAccount lets vending@ act as the tenant's account, where there are to be no keys; and jobs@
// too, until letGo, to prove what the account opens. Both on this account alone: on the project,
// the role would open every tenant.
func (j *job) bindAccount(ctx context.Context) error {
	if !j.cfg.Source.Keyless() {
		return nil
	}
	return j.editAccountPolicy(ctx, func(p *iam.Policy) bool {
		changed := false
		for _, member := range []string{"serviceAccount:" + j.cfg.VendingAccount, "serviceAccount:" + j.cfg.JobsAccount} {
			if !p.HasRole(member, tokenCreator) {
				p.Add(member, tokenCreator)
				changed = true
			}
		}
		return changed
	})
}

// bindVending lets vending@ act as the account of a tenant that is in service, where there are no
// keys, and takes the same from jobs@ if a run that was cut off has left it.
func (j *job) bindVending(ctx context.Context) error {
	if !j.cfg.Source.Keyless() {
		return nil
	}
	return j.editAccountPolicy(ctx, func(p *iam.Policy) bool {
		vending, jobs := "serviceAccount:"+j.cfg.VendingAccount, "serviceAccount:"+j.cfg.JobsAccount
		right := p.HasRole(vending, tokenCreator) && !p.HasRole(jobs, tokenCreator)
		p.Add(vending, tokenCreator)
		p.Remove(jobs, tokenCreator)
		return !right
	})
}

// letGo takes from jobs@ the right to act as the tenant.
func (j *job) letGo(ctx context.Context) error {
	if !j.cfg.Source.Keyless() {
		return nil
	}
	return j.editAccountPolicy(ctx, func(p *iam.Policy) bool {
		member := "serviceAccount:" + j.cfg.JobsAccount
		held := p.HasRole(member, tokenCreator)
		p.Remove(member, tokenCreator)
		return held
	})
}

// editAccountPolicy changes the policy of the tenant's account. edit reports whether it has changed
// anything, and may be called again.
func (j *job) editAccountPolicy(ctx context.Context, edit func(*iam.Policy) bool) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	passing := func(err error) bool { return conflicting(err) || unsettled(err) } // the account is new
	return eventually(ctx, j.cfg.Patience, passing, func(ctx context.Context) error {
		policy, err := accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: j.accountName()})
		if err != nil || !edit(policy) {
			return err
		}
		_, err = accounts.SetIamPolicy(ctx, &iamadmin.SetIamPolicyRequest{Resource: j.accountName(), Policy: policy})
		return err
	})
}
