package setup

// onboarding are the permissions of the role of jobs@ on the project: to make accounts, keys,
// databases with their indexes and buckets, and to bind each account to its own. None of them reads
// a document or an object.
//
// Google's predefined roles for the same work, Cloud Datastore Owner and Storage Admin, read every
// tenant's data. This role does not. But whoever sets the policies of accounts and buckets can bind
// itself to one, and so reach a tenant after all: the audit log is where that shows.
var onboarding = []string{
	"datastore.databases.create", "datastore.databases.getMetadata", "datastore.operations.get",
	"datastore.indexes.create", "datastore.indexes.list",
	"iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete", "iam.serviceAccountKeys.list",
	"iam.serviceAccounts.create", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy",
	"storage.buckets.create", "storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy", "storage.buckets.update",
}

// databasesOnly is the condition under which jobs@ may change the project's policy: it may give and
// take the one role by which an account uses a database, and no other role, also not to itself.
//
//isolint:allow host it is the name of an attribute
const databasesOnly = `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/datastore.user"])`
