// Package iam is the local cloud's identity and access management: it knows who calls, decides what
// they may do, and can say why.
//
// # Who calls
//
// Callers are service accounts. An account has keys; a key file holds the private half, this
// package keeps only the public one. A caller presents either a JWT that it signed with a key (no
// call to anybody is needed to make one), or an access token that it got for such a JWT at the
// token endpoint, or by way of another account that may impersonate it. [Service.Authenticate]
// resolves both. Deleting a key ends what is signed with it, not the access tokens it has already
// bought: to end those, disable the account. That is Google's rule too.
//
// # What they may do
//
// A resource has holders: the things whose allow policies apply to it, from the nearest (a bucket,
// an account) to the project. A policy binds members to a role, if a condition holds. A role is a
// closed list of permissions: those of Google's are written out in roles.go, and a project makes
// its own of the same permissions. Conditions are CEL; a condition that cannot be evaluated is
// false, and a policy whose conditions do not compile is refused when it is set. [Service.Check]
// asks for one permission on one resource. Nothing is allowed unless a binding allows it.
//
// Over gRPC each method has a row, a [Rule], that says what it needs and on what, and the
// interceptors hold every call and every message of a stream against its row. A method without a
// row is denied. A handler calls Check itself only for what it touches besides: the topic that a
// subscription is attached to.
//
// # What it serves
//
// The IAM Admin API, Resource Manager's Projects and IAMPolicy over gRPC (see [Service.Register]),
// and over HTTP the token endpoint, the IAM Credentials API and the certificates of both (see
// [Service.Handler]). IAMPolicy keeps the policies of other services' resources, by the kinds that
// they register (see [Service.ServePolicies]).
//
// # What differs from Google's
//
// A change applies to the next call, where Google's may take minutes; [Service.SetPropagation]
// makes it wait. The role owner includes access to the objects of buckets, which Google grants by
// way of each bucket's own policy. A Firestore database has an allow policy of its own, which
// Google's does not. The id of a deleted custom role is not used again; Google frees it after 37
// days. There are no deny policies, groups, organizations or folders, no delegation chains and no
// domain-wide delegation: asking for one is refused.
package iam
