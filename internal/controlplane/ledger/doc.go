// Package ledger keeps the rows of who was given credentials, or refused them, and the alerts that follow from attempts to
// reach across tenants. It is the only writer of the collections "ledger" and "alerts" of the control plane's database.
//
// Adding a row never waits: rows are queued and written in batches. A row that cannot be stored is counted by Lost; it was
// logged before.
package ledger
