// Package web is the front door: pages for browsers and a JSON API for programs, over the same
// repositories. The package itself holds the route table and the wiring, and nothing that answers.
//
//	web/door        the table, policies, limits, refusals, answers; knows no feature
//	web/api         operations of the API, as features write them
//	web/view        the kit that pages are made of
//	web/assets      styles and scripts, as browsers are sent them
//	web/<feature>   everything about one feature: handlers, API, pages, styles, icons, refusals
//	web/webtest     for tests: the whole front door on a local cloud
//
// # One way in
//
// Every route stands in routes.go and is registered by one of a few verbs, each of which is a
// policy. A handler of a tenant's route is called with a [vending.Grant], which the verb has
// obtained. A route registered past the verbs, or without a role, keeps the server from starting.
//
// # Refusals
//
// Errors travel up as they are and become an answer in one place: a status, a stable code and a
// sentence, shown as a page, a fragment or application/problem+json. Each feature brings the rows
// for its own errors. An error without a row is a 500 that says nothing but its request id. At
// guarded routes, a workspace that does not exist, one that is closed and one that is not the
// caller's get one answer; so do another tenant's object and a missing one. The sign-in page is
// public: it tells which workspaces there are.
//
// # What a page may do
//
// Pages work without scripts. GET changes nothing that anybody asked to keep; every other request
// must come from our own origin. Nothing is written to the client before the page is rendered
// whole.
//
// # What a feature may keep
//
// Nothing outlives a request. A feature is a struct of what it needs, read-only once built. It
// holds no Registry, Machine, Ledger or Authenticator, but interfaces with the few methods that it
// calls.
//
// # What to read
//
//	routes.go             who may call what
//	web.go                what each feature is given
//	door/doc.go           what a request passes before a feature sees it, and what stands beneath the door
//	people/feature.go     what a feature brings; people.go and api.go are its handlers
//	people/page.templ     its page, made of the kit in view
//	gates_test.go         what fails for a feature that is half there
package web
