// Package operators is the feature of the people who run Bulkhead: they sign in, look at alerts,
// read the ledger of all workspaces, and see to jobs that were given up. Nothing is vended to them,
// and they see no names of a tenant's people.
//
//	POST /operator/sign-in           email, password: 303, or SignInPage with Error
//	GET  /operator                   AlertsPage: ?before
//	GET  /operator/alerts/closed     ClosedAlertsPage: ?before
//	POST /operator/alerts/close      only, or alerts-0 and so on: 303 to the alerts with a notice, or CloseAlertsPage
//	GET  /operator/ledger            LedgerPage: ?tenant, ?decision, ?before
//	GET  /operator/jobs              JobsPage: ?state, ?after
//	POST /operator/jobs/ID/retry     303 to the jobs with a notice
//	GET  /operator/jobs/ID/cancel    CancelJobPage
//	POST /operator/jobs/ID/cancel    303 to the jobs with a notice
//
// Handles for tests: alerts-empty, alert, alert-choose, alerts-close, alerts-more, close-confirm,
// closed-alert, closed-by, jobs-empty, job, job-retry, job-cancel, and those of the ledger's table.
// An alert carries data-alert-id.
package operators
