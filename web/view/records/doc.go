// Package records shows a part of the ledger as a table. Two features have such a table: a
// workspace's admins read their own part, and operators read all of it.
package records
