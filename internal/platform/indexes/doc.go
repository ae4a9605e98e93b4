// Package indexes makes the composite indexes that the application's queries need. The file
// deploy/firestore.indexes.json alone lists them. The set-up of a project makes those of the
// control plane and of pools that exist, and onboarding those of a tenant.
//
// An index that the list no longer names stays until somebody deletes it: processes of the last
// version may still ask by it.
package indexes
