// Package ledger keeps the rows of who was given credentials, or refused them, and the alerts that
// follow from attempts to reach across tenants. It is the only writer of the collections "ledger"
// and "alerts" of the control plane's database.
//
// Adding a row never waits: rows are queued and written in batches. Each tenant has its own share
// of the queue, and its alerts have another, so a flood loses the rows of the tenant that it comes
// from. A refusal that repeats itself within a minute is one row with a count. A row that is lost
// is counted by Lost and reported as an error; it was logged before.
package ledger
