package iam_test

import (
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

func TestAttributes(t *testing.T) {
	w := newWorld(t)
	a := w.account("tn-0123456789")
	const prefix = `api.getAttribute("storage.googleapis.com/objectListPrefix", "")`
	const modified = `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", [])`
	for _, c := range []struct {
		expression string
		attributes map[string]any
		want       bool
	}{
		{prefix + `.startsWith("tn-a/")`, map[string]any{iam.ObjectListPrefix: "tn-a/x"}, true},
		{prefix + `.startsWith("tn-a/")`, map[string]any{iam.ObjectListPrefix: "tn-a"}, false},
		{prefix + `.startsWith("tn-a/")`, nil, false},
		{prefix + ` == ""`, nil, true},
		{prefix + `.startsWith("tn-a/")`, map[string]any{iam.ObjectListPrefix: []string{"tn-a/"}}, false}, // another type
		{modified + `.hasOnly(["roles/a", "roles/b"])`, map[string]any{iam.ModifiedGrantsByRole: []string{"roles/b"}}, true},
		{modified + `.hasOnly(["roles/a", "roles/b"])`, map[string]any{iam.ModifiedGrantsByRole: []string{"roles/b", "roles/c"}}, false},
		{modified + `.hasOnly(["roles/a", "roles/b"])`, nil, true},
		{modified + `.hasOnly([])`, map[string]any{iam.ModifiedGrantsByRole: []string{}}, true},
		{`api.getAttribute("example.com/unknown", false)`, nil, false},
		{`api.getAttribute("example.com/unknown", true)`, nil, true},
		{`api == api`, nil, false},
		{`api.getAttribute("example.com/unknown")`, nil, false}, // refused, as are the next two
		{`api["` + iam.ObjectListPrefix + `"] == ""`, nil, false},
		{`getAttribute("x", true)`, nil, false},
	} {
		t.Run(c.expression, func(t *testing.T) {
			p := &iampb.Policy{Version: 3, Bindings: []*iampb.Binding{{
				Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email},
				Condition: &expr.Expr{Title: "t", Expression: c.expression},
			}}}
			if _, err := w.SetPolicy(projectHolder, p); err != nil {
				if c.want {
					t.Fatal(err)
				}
				return // what cannot be set is not granted either
			}
			r := database("d")
			r.Attributes = c.attributes
			if err := w.Check(t.Context(), iam.Caller{Email: a.Email}, "datastore.entities.get", r); (err == nil) != c.want {
				t.Errorf("check: %v, want allowed %t", err, c.want)
			}
		})
	}
}

// An account that may hand out one role can neither hand out another, nor take one away.
func TestLimitedGranter(t *testing.T) {
	w := newWorld(t)
	jobs, tenant := w.account("jobs-account"), w.account("tn-0123456789")
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/resourcemanager.projectIamAdmin", Members: []string{"serviceAccount:" + jobs.Email},
		Condition: &expr.Expr{Title: "only databases", Expression: `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/datastore.user"])`},
	})
	_, file := w.key(jobs)
	projects := w.projects(file)
	edit := func(change func(*iampb.Policy)) error {
		t.Helper()
		p, err := projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{
			Resource: projectHolder, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
		})
		if err != nil {
			t.Fatal(err)
		}
		change(p)
		_, err = projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: projectHolder, Policy: p})
		return err
	}
	grant := func(role, member string, condition *expr.Expr) func(*iampb.Policy) {
		return func(p *iampb.Policy) {
			p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + member}, Condition: condition})
		}
	}
	only := &expr.Expr{Title: "own", Expression: `resource.name == "projects/bulkhead-test/databases/d"`}
	for _, c := range []struct {
		what   string
		change func(*iampb.Policy)
		want   codes.Code
	}{
		{"nothing", func(*iampb.Policy) {}, codes.OK},
		{"the role that it may grant", grant("roles/datastore.user", tenant.Email, only), codes.OK},
		{"the same, without its condition", grant("roles/datastore.user", tenant.Email, nil), codes.OK},
		{"another role", grant("roles/datastore.owner", tenant.Email, nil), codes.PermissionDenied},
		{"another role to itself", grant("roles/owner", jobs.Email, nil), codes.PermissionDenied},
		{"both", func(p *iampb.Policy) {
			grant("roles/datastore.user", jobs.Email, nil)(p)
			grant("roles/datastore.viewer", jobs.Email, nil)(p)
		}, codes.PermissionDenied},
		{"its own limit", func(p *iampb.Policy) {
			for _, b := range p.Bindings {
				if b.Role == "roles/resourcemanager.projectIamAdmin" {
					b.Condition = nil
				}
			}
		}, codes.PermissionDenied},
		{"everybody else's bindings", func(p *iampb.Policy) { p.Bindings = nil }, codes.PermissionDenied},
		{"the same, whatever the policy was", func(p *iampb.Policy) { p.Etag, p.Bindings = nil, nil }, codes.PermissionDenied},
	} {
		t.Run(c.what, func(t *testing.T) { wantCode(t, "set", edit(c.change), c.want) })
	}
}
