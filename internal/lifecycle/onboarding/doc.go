// Package onboarding makes tenants: an Identity Platform tenant, a service account, a database, a
// bucket, the two bindings that let the account reach them, a key in the vault, a first admin, and
// last of all a registry record that says active.
//
// It acts as jobs@, through Google's own client libraries, and is the only package that creates
// tenants' accounts, keys, databases and buckets. The process that serves users cannot: its account
// lacks the roles.
//
// # Steps
//
// A tenant is made in steps, each its own function, in one list (see provision.go). A step looks at
// what is there before it makes anything. So a run that was cut off is completed by the next one
// with the same slug, and the same request made twice makes one tenant. Until the last step the
// record says provisioning, and a tenant in that state is served to nobody.
//
// Two runs may be at work on one tenant, for a run that was given up for dead may go on. The later
// one takes the tenant over, and the earlier one stops at its next step: fence.go says how.
//
// # Proof
//
// A policy that was written is not yet a policy that holds. Before a key is put in the vault it is
// tried: it must reach its own database and bucket, and then be refused by the cloud, in so many
// words, on the control plane's database, on a vault and on other tenants'. If the cloud lets it in
// anywhere, the tenant is not activated.
//
// # Again
//
// What onboarding gives a new tenant changes with time. Reconcile gives it to tenants that exist
// (see reconcile.go). What jobs@ needs for all this stands in internal/platform/setup.
package onboarding
