package console_test

import (
	"slices"
	"testing"
)

func TestWhy(t *testing.T) {
	w := newWorld(t)
	own := project + "/databases/" + database
	for name, c := range map[string]struct {
		account, permission, resource string
		has                           []string
	}{
		"allowed by a condition": {w.tenant, "datastore.entities.get", own,
			[]string{"✓ allowed", "roles/datastore.user on " + project, "✓ yes", "✓ true : " + condition}},
		"below its database": {w.tenant, "datastore.entities.get", own + "/documents/users/ann", []string{"✓ allowed"}},
		"denied by a condition": {w.tenant, "datastore.entities.get", project + "/databases/tn-9876543210",
			[]string{"✕ denied", "condition `" + condition + "` is false", "✕ false : " + condition}},
		"the role lacks it": {w.tenant, "datastore.databases.delete", own,
			[]string{"✕ denied", "no binding grants datastore.databases.delete", "roles/datastore.user", "no ✓ true"}},
		"no binding": {w.stranger, "datastore.entities.get", own, []string{"✕ denied", "No binding names this account on " + own}},
		"anonymous":  {"", "storage.objects.get", "projects/_/buckets/" + bucket + "/objects/a", []string{"✕ denied", "to allUsers"}},
		"the owner": {"owner@bulkhead-test.iam.gserviceaccount.com", "storage.buckets.list", project,
			[]string{"✓ allowed", "roles/owner on " + project}},
		"an account": {w.tenant, "iam.serviceAccounts.getAccessToken", project + "/serviceAccounts/" + w.stranger,
			[]string{"✕ denied", "roles/datastore.user"}},
		"nobody":         {"gone@bulkhead-test.iam.gserviceaccount.com", "datastore.entities.get", own, []string{"✕ denied", "there is no account"}},
		"no permission":  {w.tenant, "<b>no.such</b>", own, []string{"✕ denied", "<b>no.such</b>"}},
		"no resource":    {w.tenant, "datastore.entities.get", "<b>", []string{"knows no resource of that form"}},
		"nothing at all": {w.tenant, "datastore.entities.get", "projects/_/buckets/", []string{"knows no resource of that form"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			before := len(w.cloud.IAM().Decisions(1000))
			p := w.page(at("/why", "account", c.account, "permission", c.permission, "resource", c.resource))
			p.has(c.has...)
			if len(p.all("b")) != 0 {
				t.Error("what was asked became markup")
			}
			if len(w.cloud.IAM().Decisions(1000)) != before {
				t.Error("asking left a decision behind")
			}
		})
	}
	p := w.page("/why")
	p.lacks("Bindings that were looked at")
	var offered []string
	for _, o := range p.all("option") {
		offered = append(offered, attribute(o, "value"), text(o))
	}
	for _, want := range []string{w.tenant, "datastore.entities.get", own, "projects/_/buckets/" + bucket, project, project + "/serviceAccounts/" + w.stranger} {
		if !slices.Contains(offered, want) {
			t.Errorf("%s is not offered", want)
		}
	}
}
