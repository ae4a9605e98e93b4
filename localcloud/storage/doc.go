// Package storage is the local cloud's Cloud Storage: the JSON API, the XML API and V4 signed URLs,
// as Google's clients speak them, with Google's IAM enforced on every call.
//
// A request goes one way. Its raw path is matched against one closed table, which names the
// operation, the parameters it knows and the permission it needs; what has no row is refused. The
// caller is then authenticated, by a bearer token or by the signature in a signed URL, and the
// permission is asked of package iam on the bucket or object. Only then does the operation run. No
// request is served anonymously, so there are no public objects; access control lists do not exist,
// so every bucket has uniform bucket-level access. The one exception is a resumable upload's own
// address, which cannot be guessed and stands for the account that began the upload; that account's
// permission is asked again each time.
//
// Whatever the service does not do it refuses, with the reason notImplemented: parameters, headers
// and fields it does not know included. Something accepted and ignored would be found out only in
// production. The status is 400, for Google's clients repeat a call that was answered with 501
// until their caller loses patience.
//
// A refusal never depends on whether the thing asked for exists: permission is asked first, and a
// caller who lacks it gets the same answer for another's bucket and for a name that nobody has.
package storage
