package onboarding

import "slices"

// Permissions are what the account that onboards tenants, jobs@, needs on the project, in a role of its own: to make
// accounts, keys, databases and buckets, and to bind each account to its own. There is none to read a document or an
// object among them. What else it needs it is given where that lies:
//
//   - roles/datastore.user on the control plane's database, by a condition on resource.name;
//   - roles/storage.objectUser on the vault buckets, by their own policies;
//   - roles/resourcemanager.projectIamAdmin, on the condition ProjectGrants;
//   - roles/identityplatform.admin, to make tenants and their first administrators.
//
// Google's predefined roles for the same work, Cloud Datastore Owner and Storage Admin, read every tenant's data. This one
// does not, as it stands; yet who sets the policies of accounts and buckets can bind himself to one, and the audit log is
// where that shows.
func Permissions() []string { return slices.Clone(permissions) }

var permissions = []string{
	"datastore.databases.create", "datastore.databases.getMetadata", "datastore.operations.get",
	"iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete", "iam.serviceAccountKeys.list",
	"iam.serviceAccounts.create", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy",
	"storage.buckets.create", "storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy", "storage.buckets.update",
}

// ProjectGrants is the condition under which jobs@ may change the project's policy: it hands out the one role by which an
// account uses a database, and no other, to nobody, itself included.
//
//isolint:allow host it is the name of an attribute
const ProjectGrants = `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/datastore.user"])`
