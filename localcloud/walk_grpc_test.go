package localcloud_test

// grpcRow says how the walk calls a method, and what a tenant is answered who calls it on another's
// resource. In the message, {db}, {account}, {key}, {topic} and {subscription} are the other
// tenant's, {id} is its id, and {project} is the project of both; {my...} are the caller's own.
type grpcRow struct {
	method  string
	message string
	answer  answer
}

// answer is what a tenant is answered. Whichever it is, it is the same for a resource that does not
// exist.
type answer string

const (
	wantDenied        answer = ""              // PermissionDenied, or 403
	wantRefused       answer = "refused"       // with any other error, because the request contradicts itself
	wantClosed        answer = "closed"        // the stream's target is, because the request contradicts itself
	wantEmpty         answer = "empty"         // success, and nothing in it
	wantUnimplemented answer = "unimplemented" // whoever calls
	wantDeniedToAll   answer = "denied to all" // the owner too: the local cloud has one project, and nothing above it
	wantAnybodys      answer = "everybody's"   // what anyone may know
)

// grpcWalk has a row, or more, of each method of the cloud's gRPC server.
var grpcWalk = []struct {
	service string
	rows    []grpcRow
}{
	{"google.firestore.v1.Firestore", []grpcRow{
		{"GetDocument", `{"name": "{db}/documents/notes/n"}`, wantDenied},
		{"ListDocuments", `{"parent": "{db}/documents", "collectionId": "notes"}`, wantDenied},
		{"CreateDocument", `{"parent": "{db}/documents", "collectionId": "notes", "documentId": "new", "document": {}}`, wantDenied},
		{"UpdateDocument", `{"document": {"name": "{db}/documents/notes/n"}}`, wantDenied},
		{"DeleteDocument", `{"name": "{db}/documents/notes/n"}`, wantDenied},
		{"BatchGetDocuments", `{"database": "{db}", "documents": ["{db}/documents/notes/n"]}`, wantDenied},
		{"BatchGetDocuments", `{"database": "{mydb}", "documents": ["{db}/documents/notes/n"]}`, wantRefused},
		{"BeginTransaction", `{"database": "{db}"}`, wantDenied},
		{"Commit", `{"database": "{db}", "writes": [{"delete": "{db}/documents/notes/n"}]}`, wantDenied},
		{"Commit", `{"database": "{db}"}`, wantDenied},
		{"Commit", `{"database": "{mydb}", "writes": [{"delete": "{db}/documents/notes/n"}]}`, wantRefused},
		{"BatchWrite", `{"database": "{db}", "writes": [{"delete": "{db}/documents/notes/n"}]}`, wantDenied},
		{"Rollback", `{"database": "{db}", "transaction": "AAAA"}`, wantDenied},
		{"RunQuery", `{"parent": "{db}/documents", "structuredQuery": {"from": [{"collectionId": "notes"}]}}`, wantDenied},
		{"RunQuery", `{"parent": "{mydb}/documents", "structuredQuery": {"from": [{"collectionId": "notes"}], "where": {"fieldFilter":
			{"field": {"fieldPath": "__name__"}, "op": "EQUAL", "value": {"referenceValue": "{db}/documents/notes/n"}}}}}`, wantRefused},
		{"RunAggregationQuery", `{"parent": "{db}/documents", "structuredAggregationQuery":
			{"structuredQuery": {"from": [{"collectionId": "notes"}]}, "aggregations": [{"count": {}}]}}`, wantDenied},
		{"PartitionQuery", `{"parent": "{db}/documents", "partitionCount": 2, "structuredQuery": {"from": [{"collectionId": "notes",
			"allDescendants": true}], "orderBy": [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}]}}`, wantDenied},
		{"ListCollectionIds", `{"parent": "{db}/documents"}`, wantDenied},
		{"Listen", `{"database": "{db}", "addTarget": {"targetId": 1, "documents": {"documents": ["{db}/documents/notes/n"]}}}`, wantDenied},
		{"Listen", `{"database": "{mydb}", "addTarget": {"targetId": 1, "documents": {"documents": ["{db}/documents/notes/n"]}}}`, wantClosed},
		{"Write", `{"database": "{db}"}`, wantUnimplemented},
		{"ExecutePipeline", `{"database": "{db}"}`, wantUnimplemented},
	}},
	{"google.firestore.admin.v1.FirestoreAdmin", []grpcRow{
		{"CreateDatabase", `{"parent": "{project}", "databaseId": "{id}", "database": {"locationId": "nam5", "type": "FIRESTORE_NATIVE"}}`, wantDenied},
		{"GetDatabase", `{"name": "{db}"}`, wantDenied},
		{"ListDatabases", `{"parent": "{project}"}`, wantDenied},
		{"UpdateDatabase", `{"database": {"name": "{db}", "deleteProtectionState": "DELETE_PROTECTION_DISABLED"}}`, wantDenied},
		{"DeleteDatabase", `{"name": "{db}"}`, wantDenied},

		{"CreateIndex", `{"parent": "{db}/collectionGroups/notes", "index": {"queryScope": "COLLECTION", "fields":
			[{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "ASCENDING"}]}}`, wantDenied},
		{"GetIndex", `{"name": "{db}/collectionGroups/notes/indexes/i"}`, wantDenied},
		{"ListIndexes", `{"parent": "{db}/collectionGroups/notes"}`, wantDenied},
		{"DeleteIndex", `{"name": "{db}/collectionGroups/notes/indexes/i"}`, wantDenied},
		{"GetField", `{"name": "{db}/collectionGroups/notes/fields/f"}`, wantDenied},
		{"ListFields", `{"parent": "{db}/collectionGroups/notes"}`, wantDenied},
		{"UpdateField", `{"field": {"name": "{db}/collectionGroups/notes/fields/f", "indexConfig": {}}}`, wantDenied},

		{"BulkDeleteDocuments", `{"name": "{db}"}`, wantUnimplemented},
		{"CloneDatabase", `{"parent": "{project}"}`, wantUnimplemented},
		{"ExportDocuments", `{"name": "{db}"}`, wantUnimplemented},
		{"ImportDocuments", `{"name": "{db}"}`, wantUnimplemented},
		{"RestoreDatabase", `{"parent": "{project}"}`, wantUnimplemented},
		{"GetBackup", `{"name": "{project}/locations/nam5/backups/{id}"}`, wantUnimplemented},
		{"ListBackups", `{"parent": "{project}/locations/-"}`, wantUnimplemented},
		{"DeleteBackup", `{"name": "{project}/locations/nam5/backups/{id}"}`, wantUnimplemented},
		{"CreateBackupSchedule", `{"parent": "{db}"}`, wantUnimplemented},
		{"GetBackupSchedule", `{"name": "{db}/backupSchedules/s"}`, wantUnimplemented},
		{"ListBackupSchedules", `{"parent": "{db}"}`, wantUnimplemented},
		{"UpdateBackupSchedule", `{"backupSchedule": {"name": "{db}/backupSchedules/s"}}`, wantUnimplemented},
		{"DeleteBackupSchedule", `{"name": "{db}/backupSchedules/s"}`, wantUnimplemented},
		{"CreateUserCreds", `{"parent": "{db}"}`, wantUnimplemented},
		{"GetUserCreds", `{"name": "{db}/userCreds/u"}`, wantUnimplemented},
		{"ListUserCreds", `{"parent": "{db}"}`, wantUnimplemented},
		{"EnableUserCreds", `{"name": "{db}/userCreds/u"}`, wantUnimplemented},
		{"DisableUserCreds", `{"name": "{db}/userCreds/u"}`, wantUnimplemented},
		{"ResetUserPassword", `{"name": "{db}/userCreds/u"}`, wantUnimplemented},
		{"DeleteUserCreds", `{"name": "{db}/userCreds/u"}`, wantUnimplemented},
	}},
	{"google.longrunning.Operations", []grpcRow{
		{"GetOperation", `{"name": "{db}/operations/o"}`, wantDenied},
		{"WaitOperation", `{"name": "{db}/operations/o"}`, wantDenied},
		{"ListOperations", `{"name": "{db}"}`, wantUnimplemented},
		{"CancelOperation", `{"name": "{db}/operations/o"}`, wantUnimplemented},
		{"DeleteOperation", `{"name": "{db}/operations/o"}`, wantUnimplemented},
	}},
	{"google.pubsub.v1.Publisher", []grpcRow{
		{"CreateTopic", `{"name": "{topic}"}`, wantDenied},
		{"GetTopic", `{"topic": "{topic}"}`, wantDenied},
		{"ListTopics", `{"project": "{project}"}`, wantDenied},
		{"UpdateTopic", `{"topic": {"name": "{topic}", "labels": {"a": "b"}}, "updateMask": "labels"}`, wantDenied},
		{"DeleteTopic", `{"topic": "{topic}"}`, wantDenied},
		{"Publish", `{"topic": "{topic}", "messages": [{"data": "AAAA"}]}`, wantDenied},
		{"ListTopicSubscriptions", `{"topic": "{topic}"}`, wantDenied},
		{"ListTopicSnapshots", `{"topic": "{topic}"}`, wantDenied},
		{"DetachSubscription", `{"subscription": "{subscription}"}`, wantDenied},
	}},
	{"google.pubsub.v1.Subscriber", []grpcRow{
		{"CreateSubscription", `{"name": "{project}/subscriptions/mine", "topic": "{topic}"}`, wantDenied},
		{"GetSubscription", `{"subscription": "{subscription}"}`, wantDenied},
		{"ListSubscriptions", `{"project": "{project}"}`, wantDenied},
		{"UpdateSubscription", `{"subscription": {"name": "{subscription}", "ackDeadlineSeconds": 20}, "updateMask": "ackDeadlineSeconds"}`, wantDenied},
		{"ModifyPushConfig", `{"subscription": "{subscription}", "pushConfig": {"pushEndpoint": "http://127.0.0.1:1/"}}`, wantDenied},
		{"DeleteSubscription", `{"subscription": "{subscription}"}`, wantDenied},
		{"Pull", `{"subscription": "{subscription}", "maxMessages": 1, "returnImmediately": true}`, wantDenied},
		{"StreamingPull", `{"subscription": "{subscription}", "streamAckDeadlineSeconds": 10}`, wantDenied},
		{"Acknowledge", `{"subscription": "{subscription}", "ackIds": ["a"]}`, wantDenied},
		{"ModifyAckDeadline", `{"subscription": "{subscription}", "ackIds": ["a"]}`, wantDenied},
		{"Seek", `{"subscription": "{subscription}", "time": "2100-01-01T00:00:00Z"}`, wantDenied},
		{"CreateSnapshot", `{"name": "{project}/snapshots/{id}", "subscription": "{subscription}"}`, wantDenied},
		{"GetSnapshot", `{"snapshot": "{project}/snapshots/{id}"}`, wantDenied},
		{"ListSnapshots", `{"project": "{project}"}`, wantDenied},
		{"UpdateSnapshot", `{"snapshot": {"name": "{project}/snapshots/{id}"}}`, wantDenied},
		{"DeleteSnapshot", `{"snapshot": "{project}/snapshots/{id}"}`, wantDenied},
	}},
	{"google.pubsub.v1.SchemaService", []grpcRow{
		{"CreateSchema", `{"parent": "{project}", "schemaId": "{id}"}`, wantDenied},
		{"GetSchema", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"ListSchemas", `{"parent": "{project}"}`, wantDenied},
		{"ListSchemaRevisions", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"CommitSchema", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"RollbackSchema", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"DeleteSchemaRevision", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"DeleteSchema", `{"name": "{project}/schemas/{id}"}`, wantDenied},
		{"ValidateSchema", `{"parent": "{project}"}`, wantDenied},
		{"ValidateMessage", `{"parent": "{project}"}`, wantDenied},
	}},
	{"google.cloud.scheduler.v1.CloudScheduler", []grpcRow{
		{"CreateJob", `{"parent": "{location}", "job": {"name": "{job}", "schedule": "* * * * *", "httpTarget": {"uri": "http://127.0.0.1:1/"}}}`, wantDenied},
		{"GetJob", `{"name": "{job}"}`, wantDenied},
		{"ListJobs", `{"parent": "{location}"}`, wantDenied},
		{"UpdateJob", `{"job": {"name": "{job}", "httpTarget": {"uri": "http://127.0.0.1:2/"}}, "updateMask": "httpTarget.uri"}`, wantDenied},
		{"RunJob", `{"name": "{job}"}`, wantDenied},
		{"PauseJob", `{"name": "{job}"}`, wantDenied},
		{"ResumeJob", `{"name": "{job}"}`, wantDenied},
		{"DeleteJob", `{"name": "{job}"}`, wantDenied},
	}},
	{"google.iam.v1.IAMPolicy", []grpcRow{
		{"GetIamPolicy", `{"resource": "{db}"}`, wantDenied},
		{"GetIamPolicy", `{"resource": "{topic}"}`, wantDenied},
		{"GetIamPolicy", `{"resource": "{subscription}"}`, wantDenied},
		{"SetIamPolicy", `{"resource": "{db}", "policy": {}}`, wantDenied},
		{"SetIamPolicy", `{"resource": "{topic}", "policy": {}}`, wantDenied},
		{"SetIamPolicy", `{"resource": "{subscription}", "policy": {}}`, wantDenied},
		{"TestIamPermissions", `{"resource": "{db}", "permissions": ["datastore.entities.get"]}`, wantEmpty},
		{"TestIamPermissions", `{"resource": "{topic}", "permissions": ["pubsub.topics.publish"]}`, wantEmpty},
		{"TestIamPermissions", `{"resource": "{subscription}", "permissions": ["pubsub.subscriptions.consume"]}`, wantEmpty},
	}},
	{"google.iam.admin.v1.IAM", []grpcRow{
		{"ListServiceAccounts", `{"name": "{project}"}`, wantDenied},
		{"GetServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"GetServiceAccount", `{"name": "projects/-/serviceAccounts/{uniqueid}"}`, wantDenied},
		{"CreateServiceAccount", `{"name": "{project}", "accountId": "{id}"}`, wantDenied},
		{"UpdateServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"PatchServiceAccount", `{"serviceAccount": {"name": "{account}", "displayName": "mine"}, "updateMask": "displayName"}`, wantDenied},
		{"EnableServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"DisableServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"DeleteServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"UndeleteServiceAccount", `{"name": "{account}"}`, wantDenied},
		{"ListServiceAccountKeys", `{"name": "{account}"}`, wantDenied},
		{"GetServiceAccountKey", `{"name": "{key}"}`, wantDenied},
		{"CreateServiceAccountKey", `{"name": "{account}"}`, wantDenied},
		{"UploadServiceAccountKey", `{"name": "{account}"}`, wantDenied},
		{"EnableServiceAccountKey", `{"name": "{key}"}`, wantDenied},
		{"DisableServiceAccountKey", `{"name": "{key}"}`, wantDenied},
		{"DeleteServiceAccountKey", `{"name": "{key}"}`, wantDenied},
		{"SignBlob", `{"name": "{account}"}`, wantDenied},
		{"SignJwt", `{"name": "{account}"}`, wantDenied},
		{"GetIamPolicy", `{"resource": "{account}"}`, wantDenied},
		{"SetIamPolicy", `{"resource": "{account}", "policy": {}}`, wantDenied},
		{"TestIamPermissions", `{"resource": "{account}", "permissions": ["iam.serviceAccounts.getAccessToken"]}`, wantEmpty},

		{"ListRoles", `{"parent": "{project}"}`, wantDenied},
		{"ListRoles", `{"pageSize": 1}`, wantAnybodys},
		{"GetRole", `{"name": "{project}/roles/walked"}`, wantDenied},
		{"GetRole", `{"name": "roles/datastore.user"}`, wantAnybodys},
		{"CreateRole", `{"parent": "{project}", "roleId": "mine"}`, wantDenied},
		{"UpdateRole", `{"name": "{project}/roles/walked", "role": {"title": "mine"}}`, wantDenied},
		{"DeleteRole", `{"name": "{project}/roles/walked"}`, wantDenied},
		{"UndeleteRole", `{"name": "{project}/roles/walked"}`, wantDenied},
		{"LintPolicy", `{"fullResourceName": "//cloudresourcemanager.googleapis.com/{project}"}`, wantDenied},
		{"QueryAuditableServices", `{"fullResourceName": "//cloudresourcemanager.googleapis.com/{project}"}`, wantDenied},
		{"QueryGrantableRoles", `{"fullResourceName": "//cloudresourcemanager.googleapis.com/{project}"}`, wantUnimplemented},
		{"QueryTestablePermissions", `{"fullResourceName": "//cloudresourcemanager.googleapis.com/{project}"}`, wantUnimplemented},
	}},
	{"google.cloud.resourcemanager.v3.Projects", []grpcRow{
		{"GetProject", `{"name": "{project}"}`, wantDenied},
		{"GetIamPolicy", `{"resource": "{project}"}`, wantDenied},
		{"SetIamPolicy", `{"resource": "{project}", "policy": {"etag": "AAAA"}}`, wantDenied},
		{"TestIamPermissions", `{"resource": "{project}", "permissions": ["datastore.databases.list", "storage.buckets.list"]}`, wantEmpty},
		{"ListProjects", `{"parent": "folders/1"}`, wantDeniedToAll},
		{"SearchProjects", `{"query": "id:*"}`, wantDeniedToAll},
		{"CreateProject", `{"project": {"projectId": "mine"}}`, wantDeniedToAll},
		{"UpdateProject", `{"project": {"name": "{project}"}}`, wantDeniedToAll},
		{"MoveProject", `{"name": "{project}"}`, wantDenied},
		{"DeleteProject", `{"name": "{project}"}`, wantDenied},
		{"UndeleteProject", `{"name": "{project}"}`, wantDenied},
	}},
}
