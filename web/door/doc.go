// Package door is what every request passes before a feature sees it, and what every answer passes
// on its way out. It knows no feature: features bring their routes, refusals and notices.
//
// # One way in
//
// A route is registered on a [Table] by one of a few verbs, and each verb is a policy. The handler
// of a tenant's route is called with a [vending.Grant]. The verb has obtained it: it selected the
// tenant once, authenticated the caller once, compared the role, and vended. A handler that forgot
// to check has nothing to check with and nothing to reach.
//
//	selection       from the path (pages), or X-TenantId or the host (API): exactly one raw,
//	                well-formed value
//	authentication  from the workspace's sealed cookie, or from exactly one bearer token
//	vending         from the principal that came of it
//
// Each policy is a list of rules, asked in order; the first that says no decides. An explanation of
// who gets in asks the same list about a credential that nobody holds, and vends nothing.
//
// # One way out
//
// A handler answers through the verbs in answer.go and through nothing else. It returns every error
// as it is. The door looks the error up among the [Row]s and answers with a status, a stable code
// and a sentence. An error without a row is a 500 that says nothing but its request id.
//
// # Words
//
//	enter    a caller comes in through a route's policy
//	refuse   an error becomes what a client is told
//	begin    the limits count a request of a tenant, until it is done
//	record   an entry of the ledger, and nothing else
//
// # What it is made of
//
// The door is the table, its verbs and the chain of rules behind each. What those rest on is
// beneath it, and none of it knows a route:
//
//	web/httpserver   HTTP itself: framing, sizes, times, headers, other sites
//	web/visit        what is learnt about a request, for the log and for pages
//	web/browser      sessions, and whatever else a browser keeps of us
//	web/usage        the use of sessions and of API keys, for people to see
//	web/api          operations of the API; web/openapi describes them
//	web/signinform   what is typed into a page where people sign in
//
// # What to read
//
//	table.go        the verbs, and what makes a table whole
//	chain.go        the rules of each policy
//	explain.go      how they are asked for an explanation
//	host.go         a tenant's host
//	page.go         what is particular to a workspace's pages
//	bearer.go       what is particular to the API's callers; api.go to its operations
//	operator.go     what is particular to the operators' pages
//	limit.go        what one tenant may take of a process
//	refusal.go      how an error becomes an answer
//	answer.go       how a handler answers
//	middleware.go   what every request passes, in order
package door
