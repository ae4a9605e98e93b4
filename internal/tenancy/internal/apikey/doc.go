// Package apikey keeps the tenants' API keys. It is the only writer of the collection "apikeys" of
// the control plane's database, which holds a digest of each secret and never the secret, and
// nothing that a person has written. The store asks nobody's permission: package tenancy does, and
// is the only one that can import it.
package apikey
