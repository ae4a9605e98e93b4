// Package explain is the feature that says who gets in: for a route, a workspace and a kind of
// credential it asks the rules that serve, one after the other, and shows what each says. A
// workspace's admins ask about their own workspace, operators about any; pages and API.
//
//	GET  /t/acme/access/explain   Page: ?route, ?credential, ?flaw, ?role, ?factor
//	GET  /operator/explain        OperatorPage: the same, and ?workspace
//
// Handles for tests: explain-form, explain-answer, explain-step. An explain-step carries
// data-outcome.
package explain
