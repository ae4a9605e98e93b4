// Package access is the feature by which a workspace's admins read their own part of the ledger:
// who was given, or refused, a way to the workspace's data; page and API.
//
//	GET  /t/acme/access   Page: ?decision, ?before
//
// Handles for tests: ledger, ledger-empty, ledger-more, ledger-row.
package access
