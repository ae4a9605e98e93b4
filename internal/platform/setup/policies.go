package setup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// makeVaults makes the vault buckets, and binds those who read and write their objects.
func (s *run) makeVaults(ctx context.Context) error {
	for _, region := range s.cfg.regions() {
		err := s.makeBucket(ctx, s.cfg.Vaults[region], &storage.BucketAttrs{Location: region.Location()},
			func(p privilege) string { return p.vaults })
		if err != nil {
			return err
		}
	}
	return nil
}

// orphans is after how many days the bucket itself deletes what Service B has left there. It
// deletes content as soon as that is inspected, and gives up a file after a day.
const orphans = 7

// makeInspectionBucket makes Service B's bucket, beside its database, and binds Service B alone.
func (s *run) makeInspectionBucket(ctx context.Context) error {
	return s.makeBucket(ctx, InspectionBucket(s.cfg.Project), &storage.BucketAttrs{
		Location: tenant.US.Location(),
		Lifecycle: storage.Lifecycle{Rules: []storage.LifecycleRule{{
			Action:    storage.LifecycleAction{Type: storage.DeleteAction},
			Condition: storage.LifecycleCondition{AgeInDays: orphans},
		}}},
	}, func(p privilege) string { return p.bucket })
}

// makeBucket makes a bucket that is closed to the public, and binds each account that has a role on
// it.
func (s *run) makeBucket(ctx context.Context, name string, attrs *storage.BucketAttrs, roleOf func(privilege) string) error {
	attrs.UniformBucketLevelAccess = storage.UniformBucketLevelAccess{Enabled: true}
	attrs.PublicAccessPrevention = storage.PublicAccessPreventionEnforced
	bucket := s.owner.Storage().Bucket(name)
	err := bucket.Create(ctx, s.cfg.Project, attrs)
	var answer *googleapi.Error
	if err != nil && (!errors.As(err, &answer) || answer.Code != http.StatusConflict) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := s.bindBucket(ctx, bucket, roleOf); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (s *run) bindBucket(ctx context.Context, bucket *storage.BucketHandle, roleOf func(privilege) string) error {
	policy, err := bucket.IAM().Policy(ctx)
	if err != nil {
		return err
	}
	changed := closeToProject(policy)
	for _, p := range s.privileges {
		if role := roleOf(p); role != "" {
			changed = add(policy, p.account.member(s.cfg.Project), iam.RoleName(role)) || changed
		}
	}
	if !changed {
		return nil
	}
	return bucket.IAM().SetPolicy(ctx, policy)
}

// closeToProject takes from a bucket's policy those who have a part in every new bucket by a basic
// role on its project, and reports whether there was anybody.
func closeToProject(policy *iam.Policy) (changed bool) {
	for _, role := range policy.Roles() {
		for _, member := range slices.Clone(policy.Members(role)) {
			if kind, _, _ := strings.Cut(member, ":"); kind == "projectViewer" || kind == "projectEditor" || kind == "projectOwner" {
				policy.Remove(member, role)
				changed = true
			}
		}
	}
	return changed
}

// bindAccounts lets accounts act as others, on each of those alone: on the project, the role would
// let them act as every tenant.
func (s *run) bindAccounts(ctx context.Context) error {
	const tokenCreator iam.RoleName = "roles/iam.serviceAccountTokenCreator"
	for _, target := range s.privileges {
		resource := target.account.resource(s.cfg.Project)
		policy, err := s.accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: resource})
		if err != nil {
			return fmt.Errorf("%s: %w", target.account, err)
		}
		changed := false
		for _, p := range s.privileges {
			if slices.Contains(p.actsAs, target.account) {
				changed = add(policy, p.account.member(s.cfg.Project), tokenCreator) || changed
			}
		}
		if !changed {
			continue
		}
		if _, err := s.accounts.SetIamPolicy(ctx, &iamadmin.SetIamPolicyRequest{Resource: resource, Policy: policy}); err != nil {
			return fmt.Errorf("%s: %w", target.account, err)
		}
	}
	return nil
}

// add gives the member the role and reports whether it did not have it.
func add(p *iam.Policy, member string, role iam.RoleName) bool {
	if p.HasRole(member, role) {
		return false
	}
	p.Add(member, role)
	return true
}

// bindProject gives the accounts their roles on the project, and takes from those whose list is
// exact what it does not name.
func (s *run) bindProject(ctx context.Context) error {
	projects, err := s.owner.Projects(ctx)
	if err != nil {
		return err
	}
	policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
		Resource: s.project(), Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	if err != nil {
		return err
	}
	changed := false
	for _, p := range s.privileges {
		member := p.account.member(s.cfg.Project)
		if p.exact {
			changed = revoke(policy, member, p.roles) || changed
		}
		for _, r := range p.roles {
			changed = bind(policy, member, r) || changed
		}
	}
	if !changed {
		return nil
	}
	policy.Version = 3
	_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: s.project(), Policy: policy})
	return err
}

// bind gives the member the role and reports whether it did not have it.
func bind(policy *iampb.Policy, member string, r role) bool {
	for _, b := range policy.GetBindings() {
		if r.is(b) && slices.Contains(b.GetMembers(), member) {
			return false
		}
	}
	b := &iampb.Binding{Role: r.name, Members: []string{member}}
	if r.condition != "" {
		b.Condition = &expr.Expr{Title: r.title, Expression: r.condition}
	}
	policy.Bindings = append(policy.Bindings, b)
	return true
}

// revoke takes from the member every role but those of keep, and reports whether there were any.
func revoke(policy *iampb.Policy, member string, keep []role) bool {
	revoked := false
	for _, b := range policy.GetBindings() {
		if slices.ContainsFunc(keep, func(r role) bool { return r.is(b) }) {
			continue
		}
		if i := slices.Index(b.GetMembers(), member); i >= 0 {
			b.Members = slices.Delete(b.Members, i, i+1)
			revoked = true
		}
	}
	policy.Bindings = slices.DeleteFunc(policy.Bindings, func(b *iampb.Binding) bool { return len(b.GetMembers()) == 0 })
	return revoked
}

// is reports whether b gives r.
func (r role) is(b *iampb.Binding) bool {
	return b.GetRole() == r.name && b.GetCondition().GetExpression() == r.condition
}
