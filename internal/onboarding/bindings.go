package onboarding

import (
	"context"
	"fmt"
	"slices"

	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
)

func (j *job) member() string { return "serviceAccount:" + j.tenant.ServiceAccount }

// bindProject lets the account use the tenant's database, and no other: Firestore takes roles on a project, so a condition
// names the database. The policy is read, changed and written under its etag; when another run was faster, again.
func (j *job) bindProject(ctx context.Context) error {
	projects, err := j.cfg.Platform.Projects(ctx)
	if err != nil {
		return err
	}
	resource := "projects/" + j.cfg.Project
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
		if err != nil {
			return err
		}
		if slices.ContainsFunc(policy.GetBindings(), func(b *iampb.Binding) bool { return grants(b, want) }) {
			return nil
		}
		policy.Version = 3
		policy.Bindings = append(policy.Bindings, want)
		_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: policy})
		return err
	})
}

// grants reports whether b says what want says.
func grants(b, want *iampb.Binding) bool {
	return b.GetRole() == want.GetRole() && b.GetCondition().GetExpression() == want.GetCondition().GetExpression() &&
		slices.Contains(b.GetMembers(), want.GetMembers()[0])
}

// bindBucket lets the account use the tenant's bucket, by the bucket's own policy.
func (j *job) bindBucket(ctx context.Context) error {
	const role = "roles/storage.objectAdmin"
	bucket := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket).IAM()
	return eventually(ctx, j.cfg.Patience, conflicting, func(ctx context.Context) error {
		policy, err := bucket.Policy(ctx)
		if err != nil || policy.HasRole(j.member(), role) {
			return err
		}
		policy.Add(j.member(), role)
		return bucket.SetPolicy(ctx, policy)
	})
}

// tokenCreator is the role that lets one account act as another.
const tokenCreator iam.RoleName = "roles/iam.serviceAccountTokenCreator"

// bindAccount lets vending@ act as the tenant's account, where there are to be no keys; and jobs@ too, until letGo, to
// prove what the account opens. Both on this account alone: on the project, the role would open every tenant.
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

// editAccountPolicy changes the policy of the tenant's account. edit reports whether it has changed anything, and may be
// called again.
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
