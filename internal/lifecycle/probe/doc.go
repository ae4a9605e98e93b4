// Package probe tries a new tenant's account before the tenant is served. It asks the cloud for the
// tenant's own database and bucket, which must open, and for those of others, which must be denied.
// No guard stands before its requests: the cloud's own answer is what is wanted.
package probe
