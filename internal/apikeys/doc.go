// Package apikeys makes, rolls and revokes a tenant's API keys, and tells its admins before one
// ends.
//
// A key itself is in the control plane, which package tenancy reads to let its holder in. The
// control plane is in one region and holds no tenant's content: what people have written, the key's
// name and its maker's address, stands in the tenant's own database. No transaction holds both, so
// what is written first is written such that a crash in between makes nothing that works and that
// nobody has seen.
//
// Who manages keys is decided by the person's record and not by their token: a key outlives the
// seconds for which a token may still say so.
//
// When a key was last used, package keyuses says; how a key is found in a text, package keytext.
package apikeys
