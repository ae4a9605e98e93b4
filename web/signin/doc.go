// Package signin is the feature by which people and programs sign in to a workspace, and out of it:
// pages, and the exchange of credentials for tokens in the API.
//
//	GET  /t/acme/sign-in    Page: ?next, ?notice
//	POST /t/acme/sign-in    email, password, next: 303, or Page with Error
//	POST /t/acme/sign-out   303 to the sign-in page
//
//	GET  /t/acme/sign-in/recovery      RecoveryPage
//	POST /t/acme/sign-in/recovery      email, password, code: 303, or RecoveryPage with Error
//	POST /t/acme/sign-in/provider/:id  reason (sign-in, test, link), next: LeadPage, to the provider
//	GET  /callback                     303 to the workspace in which the sign-in began
//	GET  /t/acme/sign-in/callback      303, FailedPage, or TestedPage
//
//	GET  /t/acme/sign-in-methods                  MethodsPage
//	POST /t/acme/sign-in-methods/:id/disconnect   303 to MethodsPage
//
// Handles for tests: those of the kit.
package signin
