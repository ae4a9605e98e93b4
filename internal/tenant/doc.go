// Package tenant has the values that the rest of Bulkhead speaks in: identifiers, slugs, roles,
// regions, cells, a tenant's record, and the errors that mean the same in every package. It imports
// nothing of ours.
//
// Identifiers have no exported field and come from parsers alone. The zero value of each is
// nobody's.
package tenant
