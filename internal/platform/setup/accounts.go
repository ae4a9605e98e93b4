package setup

import "github.com/bulkhead-saas/bulkhead/internal/location"

// Account is one of the platform's own service accounts, by its id. Google wants ids of at least
// six letters, so what is called web@ in texts is the account bulkhead-web.
type Account string

// The accounts.
const (
	Web     Account = "bulkhead-web"
	Vending Account = "bulkhead-vending"
	Worker  Account = "bulkhead-worker"
	Jobs    Account = "bulkhead-jobs"
	Tick    Account = "bulkhead-tick"
	Push    Account = "bulkhead-push"

	Forwarding Account = "bulkhead-forwarding" // the Adapter's
	Inspection Account = "bulkhead-inspection" // Service B's: it reaches nothing of the platform's
)

// InspectionDatabase is the id of Service B's database.
const InspectionDatabase = "inspection"

// InspectionBucket is the name of Service B's bucket. Names of buckets are global, so the project's
// id is part of it.
func InspectionBucket(project string) string { return project + "-inspection" }

// Email is the account's e-mail address in the project.
func (a Account) Email(project string) string {
	return string(a) + "@" + project + ".iam.gserviceaccount.com"
}

// resource is the account's name as IAM takes it.
func (a Account) resource(project string) string {
	return "projects/" + project + "/serviceAccounts/" + a.Email(project)
}

// member is the account's name as policies take it.
func (a Account) member(project string) string { return "serviceAccount:" + a.Email(project) }

// privilege is what one account may do. What is not listed it may not do.
type privilege struct {
	account Account
	does    string // the description that people see

	roles  []role    // on the project
	actsAs []Account // in whose name it may get tokens and sign
	vaults string    // its role on the vault buckets; empty: none
	bucket string    // its role on Service B's bucket; empty: none

	publishes []string // topics

	exact bool // roles on the project that are not listed are taken away
}

// role is a role on the project, perhaps under a condition.
type role struct {
	name             string
	title, condition string
}

// privileges is the table of who may do what.
func privileges(project string) []privilege {
	// controlPlane is the use of the control plane's database, and of no tenant's: IAM tells
	// databases apart by a condition alone.
	controlPlane := role{
		name: "roles/datastore.user", title: "control plane",
		condition: `resource.name=="projects/` + project + `/databases/` + location.PlatformDatabase + `"`,
	}
	// users makes, changes and deletes accounts of people, in every Identity Platform tenant.
	users := role{name: "roles/firebaseauth.admin"}

	return []privilege{
		{
			account: Web, does: "Serves people; reaches no tenant's data of its own",
			roles: []role{controlPlane, users},
			// vending@, to read the vaults. Itself, to sign the custom tokens of a sign-in: a
			// process that has no key file signs through IAM Credentials, which asks for this.
			actsAs:    []Account{Vending, Web},
			publishes: []string{UploadsTopic},
		},
		{
			account: Vending, does: "Reads the vaults; impersonated, it has no key",
			vaults: "roles/storage.objectViewer",
		},
		{
			account: Worker, does: "Does what is due for one tenant at a time; creates no account, database or bucket",
			roles:     []role{controlPlane, users},
			actsAs:    []Account{Vending},
			publishes: []string{UploadsTopic},
		},
		{
			account: Jobs, does: "Makes tenants; reads no tenant's data",
			roles: []role{
				controlPlane,
				// It may set the policy of any bucket but Service B's: no tenant's data is there.
				{
					name: onboardingRole(project), title: "not Service B",
					condition: `resource.name!="projects/_/buckets/` + InspectionBucket(project) + `"`,
				},
				// To bind a tenant's account to its database.
				{name: "roles/resourcemanager.projectIamAdmin", title: "databases only", condition: databasesOnly},
				// To make Identity Platform tenants and their first admins.
				{name: "roles/identityplatform.admin"},
			},
			vaults: "roles/storage.objectUser",
			exact:  true,
		},
		{
			// It may do nothing: a tick proves who sent it by a token that Google signed for this
			// account.
			account: Tick, does: "Signs the scheduler's ticks; may do nothing",
			exact: true,
		},
		{
			// The same, for what Pub/Sub pushes.
			account: Push, does: "Signs Pub/Sub's pushes; may do nothing",
			exact: true,
		},
		{
			// It mints no token, reads no vault and acts as nobody: it forwards what it is handed.
			account: Forwarding, does: "The Adapter: its own database, and no tenant's data",
			roles: []role{{
				name: "roles/datastore.user", title: "Adapter",
				condition: `resource.name=="projects/` + project + `/databases/` + location.AdapterDatabase + `"`,
			}},
			publishes: []string{InspectionsTopic},
			exact:     true,
		},
		{
			// It knows nothing of tenants' data, of the vaults and of the control plane, and nobody
			// else here knows anything of its own.
			account: Inspection, does: "Service B: inspects files; reaches its own database and bucket",
			roles: []role{{
				name: "roles/datastore.user", title: "inspection",
				condition: `resource.name=="projects/` + project + `/databases/` + InspectionDatabase + `"`,
			}},
			bucket: "roles/storage.objectUser",
			exact:  true,
		},
	}
}
