package iam_test

import (
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

func TestExplain(t *testing.T) {
	w := newWorld(t)
	a := w.account("tn-0123456789")
	member := "serviceAccount:" + a.Email
	mine := `resource.name == "projects/bulkhead-test/databases/tn-0123456789"`
	w.bind(projectHolder,
		&iampb.Binding{Role: "roles/datastore.user", Members: []string{member}, Condition: &expr.Expr{Title: "mine", Expression: mine}},
		&iampb.Binding{Role: "roles/storage.bucketViewer", Members: []string{member}},
	)
	for id, allowed := range map[string]bool{"tn-0123456789": true, "tn-9876543210": false} {
		reason := "denied: condition `" + mine + "` is false"
		if allowed {
			reason = "allowed: roles/datastore.user on " + projectHolder + ", condition `" + mine + "`"
		}
		before := len(w.Decisions(1000))
		got := w.Explain(a.Email, "datastore.entities.get", database(id))
		want := iam.Explanation{Allowed: allowed, Reason: reason, Bindings: []iam.Binding{
			{Holder: projectHolder, Role: "roles/datastore.user", Member: member, Condition: mine, Contains: true, Holds: allowed},
			{Holder: projectHolder, Role: "roles/storage.bucketViewer", Member: member, Holds: true},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
		if len(w.Decisions(1000)) != before {
			t.Error("an explanation was logged as a decision")
		}
		err := w.Check(t.Context(), iam.Caller{Email: a.Email}, "datastore.entities.get", database(id))
		if (err == nil) != allowed {
			t.Errorf("%s: explained as allowed %t, but Check: %v", id, allowed, err)
		}
	}

	if err := w.owner.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: a.Name}); err != nil {
		t.Fatal(err)
	}
	got := w.Explain(a.Email, "datastore.entities.get", database("tn-0123456789"))
	if got.Allowed || got.Reason != "not authenticated: account "+a.Email+" is disabled" {
		t.Errorf("of a disabled account: %+v", got)
	}
}

func TestResourceOf(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	for name, want := range map[string][]string{
		projectHolder:                        {projectHolder},
		a.Name:                               {a.Name, projectHolder},
		"":                                   nil,
		"projects/p/x":                       nil,
		"projects/bulkhead-test/databases/d": nil,
	} {
		r, ok := w.ResourceOf(name)
		if ok != (want != nil) || !cmp.Equal(r.Holders, want) {
			t.Errorf("%q: %v %+v, want holders %v", name, ok, r, want)
		}
	}
}
