package onboarding_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// The account that makes tenants' databases and buckets reads nothing in them, and hands itself no role that would.
func TestJobsReadsNoTenant(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	const (
		project = "projects/" + vendingtest.Project
		jobs    = "bulkhead-jobs@" + vendingtest.Project + ".iam.gserviceaccount.com"
	)
	tenant := w.Acme.ID.String()
	database := func(id string) iam.Resource {
		return iam.Resource{
			Service: "firestore.googleapis.com", Type: "firestore.googleapis.com/Database",
			Name: project + "/databases/" + id, Holders: []string{project + "/databases/" + id, project},
		}
	}
	object := func(bucket string) iam.Resource {
		return iam.Resource{
			Service: "storage.googleapis.com", Type: "storage.googleapis.com/Object",
			Name: "projects/_/buckets/" + bucket + "/objects/o", Holders: []string{"projects/_/buckets/" + bucket, project},
		}
	}
	granting := func(role string) iam.Resource {
		return iam.Resource{
			Service: "cloudresourcemanager.googleapis.com", Type: "cloudresourcemanager.googleapis.com/Project",
			Name: project, Holders: []string{project}, Attributes: map[string]any{iam.ModifiedGrantsByRole: []string{role}},
		}
	}
	for _, c := range []struct {
		what       string
		permission string
		on         iam.Resource
		want       bool
	}{
		{"read the registry", "datastore.entities.get", database("platform"), true},
		{"read a tenant's documents", "datastore.entities.get", database(tenant), false},
		{"write a tenant's documents", "datastore.entities.update", database(tenant), false},
		{"make a database", "datastore.databases.create", granting(""), true},
		{"delete a database", "datastore.databases.delete", database(tenant), false},
		{"write a bundle into the vault", "storage.objects.create", object(vendingtest.Project + "-vault-us"), true},
		{"read a tenant's file", "storage.objects.get", object(w.Acme.Bucket), false},
		{"list a tenant's files", "storage.objects.list", object(w.Acme.Bucket), false},
		{"let an account use a database", "resourcemanager.projects.setIamPolicy", granting("roles/datastore.user"), true},
		{"make itself owner", "resourcemanager.projects.setIamPolicy", granting("roles/owner"), false},
		{"widen its own role", "iam.roles.update", granting(""), false},
		{"act as a tenant", "iam.serviceAccounts.getAccessToken", granting(""), false},
	} {
		if e := w.Cloud.IAM().Explain(jobs, c.permission, c.on); e.Allowed != c.want {
			t.Errorf("jobs@ may %s: %t (%s), want %t", c.what, e.Allowed, e.Reason, c.want)
		}
	}
}
