package iam

import "slices"

// permissions is a set of permissions, such as "datastore.entities.get".
type permissions map[string]struct{}

// role is what a binding grants: a predefined role, or one of the project's own.
type role struct {
	name        string // "roles/datastore.user"
	title       string
	basic       bool // owner, editor and viewer: such a binding takes no condition
	permissions permissions
}

// What follows is the closed table of what a role may contain: a permission that stands in no list
// below is granted to nobody. Lists that a role shares with others are named.
var (
	datastoreRead = []string{
		"datastore.databases.get", "datastore.databases.getMetadata", "datastore.databases.list",
		"datastore.entities.get", "datastore.entities.list",
		"datastore.indexes.get", "datastore.indexes.list",
		"datastore.namespaces.get", "datastore.namespaces.list",
		"datastore.statistics.get", "datastore.statistics.list",
	}
	datastoreWrite = []string{
		"datastore.entities.allocateIds", "datastore.entities.create", "datastore.entities.delete", "datastore.entities.update",
	}
	datastoreAdmin = []string{
		"datastore.databases.create", "datastore.databases.delete", "datastore.databases.update",
		"datastore.databases.export", "datastore.databases.import", "datastore.databases.bulkDelete",
		"datastore.locations.get", "datastore.locations.list",
		"datastore.operations.cancel", "datastore.operations.delete", "datastore.operations.get", "datastore.operations.list",
		"datastore.backupSchedules.create", "datastore.backupSchedules.delete", "datastore.backupSchedules.get",
		"datastore.backupSchedules.list", "datastore.backupSchedules.update",
		"datastore.backups.delete", "datastore.backups.get", "datastore.backups.list", "datastore.backups.restoreDatabase",
	}

	datastoreIndexes = []string{
		"datastore.indexes.create", "datastore.indexes.delete", "datastore.indexes.get", "datastore.indexes.list", "datastore.indexes.update",
	}

	datastorePolicy = []string{"datastore.databases.getIamPolicy", "datastore.databases.setIamPolicy"}

	objectRead = []string{
		"storage.objects.get", "storage.objects.list",
		"storage.folders.get", "storage.folders.list", "storage.managedFolders.get", "storage.managedFolders.list",
	}
	objectMake = []string{
		"storage.objects.create", "storage.folders.create", "storage.managedFolders.create",
		"storage.multipartUploads.abort", "storage.multipartUploads.create", "storage.multipartUploads.listParts",
	}
	multipart = []string{
		"storage.multipartUploads.abort", "storage.multipartUploads.create", "storage.multipartUploads.list", "storage.multipartUploads.listParts",
	}
	objectWrite = []string{
		"storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list",
		"storage.objects.move", "storage.objects.restore", "storage.objects.update",
		"storage.folders.create", "storage.folders.delete", "storage.folders.get", "storage.folders.list", "storage.folders.rename",
		"storage.managedFolders.create", "storage.managedFolders.delete", "storage.managedFolders.get", "storage.managedFolders.list",
		"storage.multipartUploads.abort", "storage.multipartUploads.create", "storage.multipartUploads.list", "storage.multipartUploads.listParts",
	}
	objectPolicy = []string{
		"storage.objects.getIamPolicy", "storage.objects.setIamPolicy", "storage.objects.overrideUnlockedRetention", "storage.objects.setRetention",
		"storage.managedFolders.getIamPolicy", "storage.managedFolders.setIamPolicy",
	}
	bucketRead = []string{"storage.buckets.get", "storage.buckets.list"}
	bucketList = []string{"storage.buckets.list", "storage.hmacKeys.get", "storage.hmacKeys.list"}
	bucketMake = []string{
		"storage.buckets.create", "storage.buckets.delete", "storage.buckets.enableObjectRetention",
		"storage.hmacKeys.create", "storage.hmacKeys.delete", "storage.hmacKeys.update",
	}
	bucketAdmin = []string{
		"storage.buckets.create", "storage.buckets.delete", "storage.buckets.enableObjectRetention", "storage.buckets.get",
		"storage.buckets.getIamPolicy", "storage.buckets.list", "storage.buckets.restore", "storage.buckets.setIamPolicy", "storage.buckets.update",
		"storage.hmacKeys.create", "storage.hmacKeys.delete", "storage.hmacKeys.get", "storage.hmacKeys.list", "storage.hmacKeys.update",
	}

	authRead  = []string{"firebaseauth.configs.get", "firebaseauth.users.get"}
	authAdmin = []string{
		"firebaseauth.configs.create", "firebaseauth.configs.get", "firebaseauth.configs.getHashConfig",
		"firebaseauth.configs.getSecret", "firebaseauth.configs.update",
		"firebaseauth.users.create", "firebaseauth.users.createSession", "firebaseauth.users.delete",
		"firebaseauth.users.get", "firebaseauth.users.sendEmail", "firebaseauth.users.update",
	}
	tenantRead  = []string{"identitytoolkit.tenants.get", "identitytoolkit.tenants.getIamPolicy", "identitytoolkit.tenants.list"}
	tenantAdmin = []string{
		"identitytoolkit.tenants.create", "identitytoolkit.tenants.delete", "identitytoolkit.tenants.get",
		"identitytoolkit.tenants.getIamPolicy", "identitytoolkit.tenants.list", "identitytoolkit.tenants.setIamPolicy",
		"identitytoolkit.tenants.update",
	}

	pubsubRead = []string{
		"pubsub.messageTransforms.validate", "pubsub.schemas.get", "pubsub.schemas.list", "pubsub.schemas.listRevisions", "pubsub.schemas.validate",
		"pubsub.snapshots.get", "pubsub.snapshots.list", "pubsub.subscriptions.get", "pubsub.subscriptions.list",
		"pubsub.topics.get", "pubsub.topics.list",
	}
	pubsubPublish   = []string{"pubsub.topics.publish"}
	pubsubSubscribe = []string{"pubsub.snapshots.seek", "pubsub.subscriptions.consume", "pubsub.topics.attachSubscription"}
	pubsubWrite     = []string{
		"pubsub.schemas.attach", "pubsub.schemas.commit", "pubsub.schemas.create", "pubsub.schemas.delete", "pubsub.schemas.rollback",
		"pubsub.snapshots.create", "pubsub.snapshots.delete", "pubsub.snapshots.update",
		"pubsub.subscriptions.create", "pubsub.subscriptions.delete", "pubsub.subscriptions.update",
		"pubsub.topics.create", "pubsub.topics.delete", "pubsub.topics.detachSubscription", "pubsub.topics.update", "pubsub.topics.updateTag",
	}
	pubsubEdit   = slices.Concat(pubsubRead, pubsubPublish, pubsubSubscribe, pubsubWrite)
	pubsubPolicy = []string{
		"pubsub.schemas.getIamPolicy", "pubsub.schemas.setIamPolicy", "pubsub.snapshots.getIamPolicy", "pubsub.snapshots.setIamPolicy",
		"pubsub.subscriptions.getIamPolicy", "pubsub.subscriptions.setIamPolicy", "pubsub.topics.getIamPolicy", "pubsub.topics.setIamPolicy",
	}

	jobsRead = []string{"cloudscheduler.jobs.fullView", "cloudscheduler.jobs.get", "cloudscheduler.jobs.list", "cloudscheduler.locations.get", "cloudscheduler.locations.list"}
	jobsRun  = []string{"cloudscheduler.jobs.fullView", "cloudscheduler.jobs.run"}
	jobsEdit = slices.Concat(jobsRead, jobsRun, []string{
		"cloudscheduler.jobs.create", "cloudscheduler.jobs.delete", "cloudscheduler.jobs.enable", "cloudscheduler.jobs.pause", "cloudscheduler.jobs.update",
	})

	accountRead  = []string{"iam.serviceAccounts.get", "iam.serviceAccounts.list"}
	accountAdmin = []string{
		"iam.serviceAccounts.create", "iam.serviceAccounts.delete", "iam.serviceAccounts.disable", "iam.serviceAccounts.enable",
		"iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.list",
		"iam.serviceAccounts.setIamPolicy", "iam.serviceAccounts.undelete", "iam.serviceAccounts.update",
	}
	accountKeys = []string{
		"iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete", "iam.serviceAccountKeys.disable",
		"iam.serviceAccountKeys.enable", "iam.serviceAccountKeys.get", "iam.serviceAccountKeys.list",
	}
	accountKeysRead = []string{"iam.serviceAccountKeys.get", "iam.serviceAccountKeys.list"}
	accountActAs    = []string{"iam.serviceAccounts.actAs"}
	accountToken    = []string{
		"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.implicitDelegation",
		"iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt",
	}
	openIDToken = []string{"iam.serviceAccounts.getOpenIdToken"}
	rolesRead   = []string{"iam.roles.get", "iam.roles.list"}
	rolesAdmin  = []string{"iam.roles.create", "iam.roles.delete", "iam.roles.get", "iam.roles.list", "iam.roles.undelete", "iam.roles.update"}

	projectRead   = []string{"resourcemanager.projects.get", "resourcemanager.projects.list"}
	projectPolicy = []string{"resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"}
	projectAdmin  = []string{
		"resourcemanager.projects.create", "resourcemanager.projects.delete", "resourcemanager.projects.move",
		"resourcemanager.projects.undelete", "resourcemanager.projects.update",
	}
)

// The basic roles. None of them lets anybody act as an account: that takes a grant of its own.
var (
	viewing = slices.Concat(datastoreRead, bucketList, authRead, tenantRead, accountRead, accountKeysRead, rolesRead, projectRead, pubsubRead, jobsRead,
		[]string{"resourcemanager.projects.getIamPolicy", "datastore.operations.get", "datastore.operations.list"})
	editing = slices.Concat(viewing, datastoreWrite, datastoreAdmin, datastoreIndexes, bucketMake, authAdmin, tenantAdmin, accountActAs, pubsubEdit, jobsEdit,
		[]string{"iam.serviceAccounts.create", "iam.serviceAccounts.delete", "iam.serviceAccounts.update", "iam.serviceAccounts.disable",
			"iam.serviceAccounts.enable", "iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete", "resourcemanager.projects.update"})
	// Of Cloud Storage, viewers and editors have the buckets alone: what more they have is by the
	// policy of each bucket.
	owning = slices.Concat(editing, objectWrite, bucketAdmin, datastorePolicy, pubsubPolicy, objectPolicy, accountAdmin, accountKeys, rolesAdmin, projectPolicy, projectAdmin)
)

// roles is the table, by name.
var roles = table(
	row("roles/owner", "Owner", owning).asBasic(),
	row("roles/editor", "Editor", without(editing, "identitytoolkit.tenants.setIamPolicy")).asBasic(),
	row("roles/viewer", "Viewer", viewing).asBasic(),
	row("roles/browser", "Browser", projectRead, []string{"resourcemanager.projects.getIamPolicy"}),

	row("roles/datastore.viewer", "Cloud Datastore Viewer", datastoreRead, projectRead),
	row("roles/datastore.user", "Cloud Datastore User", datastoreRead, datastoreWrite, projectRead),
	row("roles/datastore.indexAdmin", "Cloud Datastore Index Admin", datastoreIndexes, projectRead,
		[]string{"datastore.databases.getMetadata", "datastore.operations.get", "datastore.operations.list"}),
	row("roles/datastore.owner", "Cloud Datastore Owner", datastoreRead, datastoreWrite, datastoreAdmin, datastoreIndexes, datastorePolicy, projectRead),

	row("roles/pubsub.viewer", "Pub/Sub Viewer", pubsubRead, projectRead),
	row("roles/pubsub.publisher", "Pub/Sub Publisher", pubsubPublish),
	row("roles/pubsub.subscriber", "Pub/Sub Subscriber", pubsubSubscribe),
	row("roles/pubsub.editor", "Pub/Sub Editor", pubsubEdit, projectRead),
	row("roles/pubsub.admin", "Pub/Sub Admin", pubsubEdit, pubsubPolicy, projectRead),

	row("roles/cloudscheduler.viewer", "Cloud Scheduler Viewer", jobsRead, projectRead),
	row("roles/cloudscheduler.jobRunner", "Cloud Scheduler Job Runner", jobsRun, projectRead),
	row("roles/cloudscheduler.admin", "Cloud Scheduler Admin", jobsEdit, projectRead),

	row("roles/storage.objectViewer", "Storage Object Viewer", objectRead, projectRead),
	row("roles/storage.objectCreator", "Storage Object Creator", objectMake, projectRead),
	row("roles/storage.objectUser", "Storage Object User", objectWrite, projectRead),
	row("roles/storage.objectAdmin", "Storage Object Admin", objectWrite, objectPolicy, projectRead),
	row("roles/storage.bucketViewer", "Storage Bucket Viewer", bucketRead),
	row("roles/storage.admin", "Storage Admin", bucketAdmin, objectWrite, objectPolicy, projectRead),
	row("roles/storage.legacyBucketReader", "Storage Legacy Bucket Reader", []string{"storage.buckets.get", "storage.objects.list", "storage.multipartUploads.list"}),
	row("roles/storage.legacyBucketWriter", "Storage Legacy Bucket Writer",
		[]string{"storage.buckets.get", "storage.objects.list", "storage.objects.create", "storage.objects.delete"}, multipart),
	row("roles/storage.legacyBucketOwner", "Storage Legacy Bucket Owner",
		[]string{"storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy", "storage.buckets.update",
			"storage.objects.list", "storage.objects.create", "storage.objects.delete"}, multipart),
	row("roles/storage.legacyObjectReader", "Storage Legacy Object Reader", []string{"storage.objects.get"}),
	row("roles/storage.legacyObjectOwner", "Storage Legacy Object Owner",
		[]string{"storage.objects.get", "storage.objects.update", "storage.objects.getIamPolicy", "storage.objects.setIamPolicy"}),

	row("roles/firebaseauth.viewer", "Firebase Authentication Viewer", authRead, projectRead),
	row("roles/firebaseauth.admin", "Firebase Authentication Admin", authAdmin, projectRead),
	row("roles/identitytoolkit.viewer", "Identity Toolkit Viewer", authRead, tenantRead),
	row("roles/identitytoolkit.admin", "Identity Toolkit Admin", authAdmin, tenantAdmin),
	row("roles/identityplatform.viewer", "Identity Platform Viewer", authRead, tenantRead),
	row("roles/identityplatform.admin", "Identity Platform Admin", authAdmin, tenantAdmin),

	row("roles/iam.serviceAccountViewer", "View Service Accounts", accountRead, accountKeysRead, []string{"iam.serviceAccounts.getIamPolicy"}, projectRead),
	row("roles/iam.serviceAccountCreator", "Create Service Accounts", accountRead, []string{"iam.serviceAccounts.create"}, projectRead),
	row("roles/iam.serviceAccountAdmin", "Service Account Admin", accountAdmin, projectRead),
	row("roles/iam.serviceAccountKeyAdmin", "Service Account Key Admin", accountKeys, accountRead, projectRead),
	row("roles/iam.serviceAccountUser", "Service Account User", accountActAs, accountRead, projectRead),
	row("roles/iam.serviceAccountTokenCreator", "Service Account Token Creator", accountToken, accountRead, projectRead),
	row("roles/iam.serviceAccountOpenIdTokenCreator", "Service Account OpenID Connect Identity Token Creator", openIDToken),
	row("roles/iam.roleViewer", "Role Viewer", rolesRead, projectRead),

	row("roles/resourcemanager.projectIamAdmin", "Project IAM Admin", projectRead, projectPolicy),
)

// role returns the role that a binding calls name, and nil when there is none.
func (s *Service) role(name string) *role {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.granting[name]
}

// contains reports whether the role of that name grants the permission.
func (s *Service) contains(role, permission string) bool {
	r := s.role(role)
	if r == nil {
		return false
	}
	_, ok := r.permissions[permission]
	return ok
}

// known holds every permission of the table.
var known = func() permissions {
	all := permissions{}
	for _, r := range roles {
		for p := range r.permissions {
			all[p] = struct{}{}
		}
	}
	return all
}()

func row(name, title string, lists ...[]string) *role {
	r := &role{name: name, title: title, permissions: permissions{}}
	for _, p := range slices.Concat(lists...) {
		r.permissions[p] = struct{}{}
	}
	return r
}

func (r *role) asBasic() *role {
	r.basic = true
	return r
}

func without(list []string, remove ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(p string) bool { return slices.Contains(remove, p) })
}

func table(rows ...*role) map[string]*role {
	t := make(map[string]*role, len(rows))
	for _, r := range rows {
		t[r.name] = r
	}
	return t
}
