// Package web is the front door: pages for browsers and a JSON API for programs, over the same repositories.
//
// # One way in
//
// Every route stands in [site.routes] and is registered by one of a few verbs, each of which is a policy. A handler of
// a tenant's route is not called with a request and left to find out who asks: it is called with a [vending.Grant],
// which the verb obtained by selecting the tenant once, authenticating the caller once, comparing the role, and vending.
// A handler that forgot to check has nothing to check with and nothing to reach. A route registered past the verbs, or
// without a role, keeps the server from starting.
//
//	selection       from the path (pages) or X-TenantId (API): exactly one raw, well-formed value
//	authentication  from the workspace's sealed cookie, or from exactly one bearer token
//	vending         from the principal that came of it
//
// # Refusals
//
// Errors travel up as they are and become an answer in one place, errors.go: a status, a stable code and a sentence,
// shown as a page, a fragment or application/problem+json. What is not in that table is a 500 that says nothing but
// its request id. A workspace that does not exist, one that is closed and one that is not the caller's get one answer;
// so do another tenant's object and a missing one.
//
// # What a page may do
//
// Pages work without scripts. GET changes nothing that anybody asked to keep; every other request must come from our own
// origin. Nothing is written to the client before the page is rendered whole.
package web
