// Package dnstxt reads the TXT record by which a tenant proves that a domain is its own.
//
// "No such record" and "could not ask" are two errors: the first is an answer, and the second is
// none, so that a name server that is down takes no domain from anybody.
package dnstxt
