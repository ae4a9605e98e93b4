// Package localcloud is a Google Cloud for development and tests that says no.
//
// It runs in the process that calls [Start], keeps everything in one folder, listens on loopback
// only, and speaks Google's own protocols: Firestore with its Admin API, Pub/Sub, Cloud Scheduler,
// IAM Admin and Resource Manager over gRPC; Cloud Storage, Identity Platform, IAM Credentials and
// the OAuth token endpoint over HTTP. Google's official clients talk to it once they are given its
// addresses; no emulator variable is involved, and nothing in an application has to know.
//
// What sets it apart from emulators: it checks who calls, by the signature on their credential, and
// decides what they may do, by allow policies with conditions. A key for one database gets
// PermissionDenied from the next one, here as in production. The subpackage iam is where that is
// decided.
//
// A call that has been answered has been committed: the process may be killed at any moment and
// started again on the same folder. What is not supported answers Unimplemented.
package localcloud
