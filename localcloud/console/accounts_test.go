package console_test

import (
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
)

func TestAccounts(t *testing.T) {
	w := newWorld(t)
	w.key(w.tenant)
	must(t, w.iam.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: project + "/serviceAccounts/" + w.stranger}))
	w.page("/accounts").has(w.tenant+" <script>alert(1)</script> ✓ enabled 1", w.stranger+" <script>alert(1)</script> ✕ disabled 0", "owner@")
	w.page("/accounts?filter=STRANGER").lacks(w.tenant)
	w.page("/accounts?filter=nobody").has("No account matches")

	p := w.page(w.page("/accounts").follow(w.tenant))
	p.has("✓ enabled", "in a key file", "roles/datastore.user", condition, "its own database", "It has no policy of its own")
	roles := w.page(p.follow("roles/datastore.user"))
	roles.has("datastore.entities.get")
	roles.lacks("roles/owner")
	w.page(at("/account", "email", w.stranger)).has("✕ disabled", "Nothing: no binding names it", "It has not called")
}

func TestPolicies(t *testing.T) {
	w := newWorld(t)
	p := w.page("/policies")
	p.has(project, "roles/owner", "owner@", "roles/datastore.user", w.tenant, condition, "its own database", "always")
	w.page(p.follow(w.tenant)).has("What this account may do")
	w.page("/policies?filter=nothing-of-that-name").has("No policy mentions that")
	w.page("/policies?filter=datastore.user").has(project)
	w.page("/roles?filter=signBlob").has("roles/iam.serviceAccountTokenCreator")
	w.page("/roles?filter=nothing-of-that-name").has("No role contains that")
}
