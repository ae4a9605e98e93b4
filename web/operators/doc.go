// Package operators is the feature of the people who run Bulkhead: they sign in, look at alerts,
// and read the ledger of all workspaces. Nothing is vended to them, and they see no names of a
// tenant's people.
//
//	POST /operator/sign-in           email, password: 303, or SignInPage with Error
//	GET  /operator                   AlertsPage
//	POST /operator/alerts/ID/close   303 to the alerts with a notice
//	GET  /operator/ledger            LedgerPage: ?tenant, ?decision, ?before
//
// Handles for tests: alerts-empty, alert, and those of the ledger's table. An alert carries
// data-alert-id.
package operators
