package iam_test

import (
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// A bucket's policy may name whoever has a basic role on the project. Each name means those of that
// very role.
func TestConvenienceValues(t *testing.T) {
	w := newWorld(t)
	const holder = "projects/_/buckets/b"
	resource := iam.Resource{
		Service: "storage.googleapis.com",
		Type:    "storage.googleapis.com/Object",
		Name:    holder + "/objects/a",
		Holders: []string{holder, projectHolder},
	}
	accounts := map[string]iam.Caller{"": {}}
	for _, role := range []string{"owner", "editor", "viewer", "browser"} {
		accounts[role] = iam.Caller{Email: w.account("has-"+role, "roles/"+role).Email}
	}
	for member, want := range map[string]string{
		"projectOwner:" + project: "owner", "projectEditor:" + project: "editor", "projectViewer:" + project: "viewer",
	} {
		t.Run(member, func(t *testing.T) {
			// No basic role grants this permission by itself.
			const role, permission = "roles/iam.serviceAccountTokenCreator", "iam.serviceAccounts.signBlob"
			policy := &iampb.Policy{Bindings: []*iampb.Binding{{Role: role, Members: []string{member}}}}
			if _, err := w.SetPolicy(holder, policy); err != nil {
				t.Fatal(err)
			}
			for has, caller := range accounts {
				allowed := codes.PermissionDenied
				if has == want {
					allowed = codes.OK
				}
				wantCode(t, has, w.Check(t.Context(), caller, permission, resource), allowed)
			}
			bound := w.Explain(accounts[want].Email, permission, resource).Bindings
			if len(bound) == 0 || bound[0].Member != member || !bound[0].Contains {
				t.Errorf("explained by %+v", bound)
			}
		})
	}
}

// What a convenience value is worth ends with the role on the project.
func TestConvenienceValuesFollowTheProject(t *testing.T) {
	w := newWorld(t)
	const holder = "projects/_/buckets/b"
	a := w.account("editor", "roles/editor")
	member := "projectEditor:" + project
	w.bind(holder, &iampb.Binding{Role: "roles/iam.serviceAccountTokenCreator", Members: []string{member}})
	check := func() error {
		return w.Check(t.Context(), iam.Caller{Email: a.Email}, "iam.serviceAccounts.signBlob", iam.Resource{Name: holder, Holders: []string{holder}})
	}
	wantCode(t, "with the role", check(), codes.OK)
	if err := w.DeletePolicy(projectHolder); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "without", check(), codes.PermissionDenied)
}

func TestConvenienceValuesAreRefused(t *testing.T) {
	w := newWorld(t)
	a := w.account("tn-0123456789")
	for name, c := range map[string]struct{ holder, member string }{
		"on a project":                   {projectHolder, "projectViewer:" + project},
		"on an account":                  {a.Name, "projectOwner:" + project},
		"of another project":             {"projects/_/buckets/b", "projectOwner:another"},
		"of no project":                  {"projects/_/buckets/b", "projectOwner:"},
		"of a role that is no basic one": {"projects/_/buckets/b", "projectBrowser:" + project},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.SetPolicy(c.holder, &iampb.Policy{Bindings: []*iampb.Binding{{Role: "roles/browser", Members: []string{c.member}}}})
			wantCode(t, "set", err, codes.InvalidArgument)
		})
	}
}
