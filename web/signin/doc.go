// Package signin is the feature by which people and programs sign in to a workspace, and out of it:
// pages, and the exchange of credentials for tokens in the API.
//
//	GET  /t/acme/sign-in    Page: ?next, ?notice
//	POST /t/acme/sign-in    email, password, next: 303, or Page with Error
//	POST /t/acme/sign-out   303 to the sign-in page
//
// Handles for tests: those of the kit.
package signin
