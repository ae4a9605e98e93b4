// Package revocation is the feed of what was revoked: all of a tenant, all of a user, or one
// session. It is the only writer of the collection "revocations" of the control plane's database. A
// process that has not read the feed for 30 s refuses everybody.
package revocation
