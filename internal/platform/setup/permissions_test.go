package setup_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const project = "projects/" + vendingtest.Project

// on are the resources that a permission is asked on.
type on struct{ w *vendingtest.World }

func (on) database(id string) iam.Resource {
	return iam.Resource{
		Service: "firestore.googleapis.com", Type: "firestore.googleapis.com/Database",
		Name: project + "/databases/" + id, Holders: []string{project + "/databases/" + id, project},
	}
}

func (on) object(bucket string) iam.Resource {
	return iam.Resource{
		Service: "storage.googleapis.com", Type: "storage.googleapis.com/Object",
		Name: "projects/_/buckets/" + bucket + "/objects/o", Holders: []string{"projects/_/buckets/" + bucket, project},
	}
}

func (on) bucket(name string) iam.Resource {
	return iam.Resource{
		Service: "storage.googleapis.com", Type: "storage.googleapis.com/Bucket",
		Name: "projects/_/buckets/" + name, Holders: []string{"projects/_/buckets/" + name, project},
	}
}

func (on) topic(id string) iam.Resource {
	name := setup.TopicName(vendingtest.Project, id)
	return iam.Resource{
		Service: "pubsub.googleapis.com", Type: "pubsub.googleapis.com/Topic", Name: name, Holders: []string{name, project},
	}
}

// granting is the project, whose policy somebody changes by giving the role.
func (on) granting(role string) iam.Resource {
	return iam.Resource{
		Service: "cloudresourcemanager.googleapis.com", Type: "cloudresourcemanager.googleapis.com/Project",
		Name: project, Holders: []string{project}, Attributes: map[string]any{iam.ModifiedGrantsByRole: []string{role}},
	}
}

func (on) account(email string) iam.Resource {
	name := project + "/serviceAccounts/" + email
	return iam.Resource{
		Service: "iam.googleapis.com", Type: "iam.googleapis.com/ServiceAccount", Name: name, Holders: []string{name, project},
	}
}

// Each account may do what it is for. What it may not do is the point of having several.
func TestLeastPrivilege(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	on := on{w}
	acme := w.Acme
	vault := vendingtest.Project + "-vault-us"
	const (
		read, write   = "datastore.entities.get", "datastore.entities.update"
		token, sign   = "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob"
		setPolicy     = "resourcemanager.projects.setIamPolicy"
		changeUsers   = "firebaseauth.users.update"
		createAccount = "iam.serviceAccounts.create"
		createKey     = "iam.serviceAccountKeys.create"
		createIndex   = "datastore.indexes.create"
		publish       = "pubsub.topics.publish"
	)
	for _, c := range []struct {
		account    setup.Account
		permission string
		on         iam.Resource
		want       bool
	}{
		{setup.Web, read, on.database("platform"), true},
		{setup.Web, write, on.database("platform"), true},
		{setup.Web, changeUsers, on.granting(""), true},
		{setup.Web, token, on.account(setup.Vending.Email(vendingtest.Project)), true},
		{setup.Web, sign, on.account(setup.Web.Email(vendingtest.Project)), true},
		{setup.Web, sign, on.account(acme.ServiceAccount), false},
		{setup.Web, token, on.account(acme.ServiceAccount), false},
		{setup.Web, token, on.account(setup.Jobs.Email(vendingtest.Project)), false},
		{setup.Web, read, on.database(acme.Database), false},
		{setup.Web, "storage.objects.get", on.object(vault), false},
		{setup.Web, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Web, "datastore.databases.create", on.granting(""), false},
		{setup.Web, createAccount, on.granting(""), false},
		{setup.Web, createKey, on.account(acme.ServiceAccount), false},
		{setup.Web, setPolicy, on.granting("roles/datastore.user"), false},

		{setup.Vending, "storage.objects.get", on.object(vault), true},
		{setup.Vending, "storage.objects.create", on.object(vault), false},
		{setup.Vending, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Vending, read, on.database("platform"), false},
		{setup.Vending, read, on.database(acme.Database), false},
		{setup.Vending, token, on.account(setup.Web.Email(vendingtest.Project)), false},

		{setup.Worker, read, on.database("platform"), true},
		{setup.Worker, write, on.database("platform"), true},
		{setup.Worker, changeUsers, on.granting(""), true},
		{setup.Worker, token, on.account(setup.Vending.Email(vendingtest.Project)), true},
		{setup.Worker, token, on.account(setup.Web.Email(vendingtest.Project)), false},
		{setup.Worker, token, on.account(acme.ServiceAccount), false},
		{setup.Worker, sign, on.account(setup.Worker.Email(vendingtest.Project)), false},
		{setup.Worker, read, on.database(acme.Database), false},
		{setup.Worker, "storage.objects.get", on.object(vault), false},
		{setup.Worker, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Worker, "storage.buckets.create", on.granting(""), false},
		{setup.Worker, "datastore.databases.create", on.granting(""), false},
		{setup.Worker, createAccount, on.granting(""), false},
		{setup.Worker, createKey, on.account(acme.ServiceAccount), false},
		{setup.Worker, setPolicy, on.granting("roles/datastore.user"), false},

		{setup.Push, read, on.database("platform"), false},
		{setup.Push, publish, on.topic(setup.UploadsTopic), false},
		{setup.Push, token, on.account(setup.Worker.Email(vendingtest.Project)), false},

		{setup.Forwarding, read, on.database("forwarding"), true},
		{setup.Forwarding, write, on.database("forwarding"), true},
		{setup.Forwarding, publish, on.topic(setup.InspectionsTopic), true},
		{setup.Forwarding, publish, on.topic(setup.UploadsTopic), false},
		{setup.Forwarding, publish, on.topic(setup.BucketsTopic), false},
		{setup.Forwarding, read, on.database("platform"), false},
		{setup.Forwarding, read, on.database(acme.Database), false},
		{setup.Forwarding, "storage.objects.get", on.object(vault), false},
		{setup.Forwarding, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Forwarding, token, on.account(setup.Vending.Email(vendingtest.Project)), false},
		{setup.Forwarding, token, on.account(acme.ServiceAccount), false},
		{setup.Forwarding, sign, on.account(setup.Web.Email(vendingtest.Project)), false},
		{setup.Forwarding, sign, on.account(setup.Forwarding.Email(vendingtest.Project)), false},
		{setup.Forwarding, changeUsers, on.granting(""), false},
		{setup.Forwarding, createKey, on.account(acme.ServiceAccount), false},

		{setup.Web, publish, on.topic(setup.UploadsTopic), true},
		{setup.Web, publish, on.topic(setup.InspectionsTopic), false},
		{setup.Web, publish, on.topic(setup.BucketsTopic), false},
		{setup.Web, read, on.database("forwarding"), false},
		{setup.Worker, publish, on.topic(setup.UploadsTopic), true},
		{setup.Worker, publish, on.topic(setup.InspectionsTopic), false},
		{setup.Worker, read, on.database("forwarding"), false},

		{setup.Jobs, read, on.database("platform"), true},
		{setup.Jobs, read, on.database(acme.Database), false},
		{setup.Jobs, write, on.database(acme.Database), false},
		{setup.Jobs, "datastore.databases.create", on.granting(""), true},
		{setup.Jobs, "datastore.databases.delete", on.database(acme.Database), false},
		{setup.Jobs, "storage.objects.create", on.object(vault), true},
		{setup.Jobs, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Jobs, "storage.objects.list", on.object(acme.Bucket), false},
		{setup.Jobs, setPolicy, on.granting("roles/datastore.user"), true},
		{setup.Jobs, setPolicy, on.granting("roles/owner"), false},
		{setup.Jobs, "iam.roles.update", on.granting(""), false},
		{setup.Jobs, token, on.account(acme.ServiceAccount), false},
		{setup.Jobs, token, on.account(setup.Vending.Email(vendingtest.Project)), false},

		// Who makes databases makes their indexes, and nobody else does.
		{setup.Jobs, createIndex, on.database(acme.Database), true},
		{setup.Jobs, "datastore.indexes.list", on.database(acme.Database), true},
		{setup.Jobs, "datastore.indexes.delete", on.database(acme.Database), false},
		{setup.Web, createIndex, on.database("platform"), false},
		{setup.Web, createIndex, on.database(acme.Database), false},
		{setup.Vending, createIndex, on.database(acme.Database), false},
		{setup.Worker, createIndex, on.database("platform"), false},
		{setup.Worker, createIndex, on.database(acme.Database), false},

		// Service B reaches its own, and nobody else does.
		{setup.Inspection, read, on.database(setup.InspectionDatabase), true},
		{setup.Inspection, write, on.database(setup.InspectionDatabase), true},
		{setup.Inspection, "storage.objects.create", on.object(setup.InspectionBucket(vendingtest.Project)), true},
		{setup.Inspection, read, on.database("platform"), false},
		{setup.Inspection, read, on.database(acme.Database), false},
		{setup.Inspection, "storage.objects.get", on.object(vault), false},
		{setup.Inspection, "storage.objects.get", on.object(acme.Bucket), false},
		{setup.Inspection, changeUsers, on.granting(""), false},
		{setup.Inspection, token, on.account(setup.Vending.Email(vendingtest.Project)), false},
		{setup.Inspection, sign, on.account(setup.Inspection.Email(vendingtest.Project)), false},
		{setup.Inspection, "storage.buckets.create", on.granting(""), false},
		{setup.Inspection, createIndex, on.database(setup.InspectionDatabase), false},
		{setup.Web, read, on.database(setup.InspectionDatabase), false},
		{setup.Web, token, on.account(setup.Inspection.Email(vendingtest.Project)), false},
		{setup.Worker, read, on.database(setup.InspectionDatabase), false},
		{setup.Jobs, read, on.database(setup.InspectionDatabase), false},
		{setup.Jobs, "storage.objects.get", on.object(setup.InspectionBucket(vendingtest.Project)), false},
		{setup.Jobs, "storage.buckets.setIamPolicy", on.bucket(setup.InspectionBucket(vendingtest.Project)), false},
		{setup.Jobs, "storage.buckets.setIamPolicy", on.bucket(acme.Bucket), true},

		{setup.Tick, read, on.database("platform"), false},
		{setup.Tick, changeUsers, on.granting(""), false},
		{setup.Tick, "storage.objects.get", on.object(vault), false},
		{setup.Tick, token, on.account(setup.Vending.Email(vendingtest.Project)), false},
		{setup.Tick, sign, on.account(setup.Tick.Email(vendingtest.Project)), false},
	} {
		if e := w.Cloud.IAM().Explain(c.account.Email(vendingtest.Project), c.permission, c.on); e.Allowed != c.want {
			t.Errorf("%s: %s on %s: %t (%s), want %t", c.account, c.permission, c.on.Name, e.Allowed, e.Reason, c.want)
		}
	}
	for _, permission := range []string{createIndex, "datastore.indexes.delete", "datastore.indexes.update"} {
		if e := w.Cloud.IAM().Explain(acme.ServiceAccount, permission, on.database(acme.Database)); e.Allowed {
			t.Errorf("a tenant's account: %s on its own database: %s", permission, e.Reason)
		}
	}
}
