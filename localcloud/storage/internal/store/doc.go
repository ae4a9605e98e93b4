// Package store keeps buckets and objects in one folder so that nothing acknowledged is ever lost
// and nothing half-done is ever seen.
//
// Records (buckets, objects, upload sessions) live in a bbolt file; contents live beside it, one
// file each, under random names. A new content is written to its own file and synced, together with
// the folder, before the record that names it is committed. The commit is therefore the instant at
// which an object appears: a crash before it leaves a file without a record, which the next Open
// sweeps away; a crash after it leaves the object, whole. Contents never change once named, so a
// reader that has a file open goes on reading the generation it asked for.
//
// Object names never become file names. A name such as "../other/secret" is a name like any other.
//
// Conditions on the present state are checked inside the transaction that changes it: nothing comes
// between check and act.
package store
