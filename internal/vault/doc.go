// Package vault keeps each tenant's bundle: one object, "<tenant id>.json", in the bucket of the
// tenant's region. The bundle names the tenant's account, database and bucket, and holds the
// account's key where there is one.
//
// A Source says how a process comes to act as a tenant's account: KeyFiles by the key in the
// bundle, Impersonation by asking IAM Credentials. An object that disagrees with the name it is
// filed under is ErrMisfiled and opens nothing.
package vault
