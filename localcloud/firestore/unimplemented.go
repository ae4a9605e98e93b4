package firestore

// unimplemented lists the methods that answer Unimplemented. Any caller who is authenticated may
// learn so.
var unimplemented = []string{
	"/google.firestore.v1.Firestore/ExecutePipeline",
	"/google.firestore.v1.Firestore/Write",

	"/google.firestore.admin.v1.FirestoreAdmin/BulkDeleteDocuments",
	"/google.firestore.admin.v1.FirestoreAdmin/CloneDatabase",
	"/google.firestore.admin.v1.FirestoreAdmin/CreateBackupSchedule",
	"/google.firestore.admin.v1.FirestoreAdmin/CreateUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/DeleteBackup",
	"/google.firestore.admin.v1.FirestoreAdmin/DeleteBackupSchedule",
	"/google.firestore.admin.v1.FirestoreAdmin/DeleteUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/DisableUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/EnableUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/ExportDocuments",
	"/google.firestore.admin.v1.FirestoreAdmin/GetBackup",
	"/google.firestore.admin.v1.FirestoreAdmin/GetBackupSchedule",
	"/google.firestore.admin.v1.FirestoreAdmin/GetUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/ImportDocuments",
	"/google.firestore.admin.v1.FirestoreAdmin/ListBackups",
	"/google.firestore.admin.v1.FirestoreAdmin/ListBackupSchedules",
	"/google.firestore.admin.v1.FirestoreAdmin/ListUserCreds",
	"/google.firestore.admin.v1.FirestoreAdmin/ResetUserPassword",
	"/google.firestore.admin.v1.FirestoreAdmin/RestoreDatabase",
	"/google.firestore.admin.v1.FirestoreAdmin/UpdateBackupSchedule",

	"/google.longrunning.Operations/CancelOperation",
	"/google.longrunning.Operations/DeleteOperation",
	"/google.longrunning.Operations/ListOperations",
}
