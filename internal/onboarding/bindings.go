package onboarding

import (
	"context"
	"fmt"
	"slices"

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
