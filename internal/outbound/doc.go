// Package outbound calls addresses that a tenant chose, and nothing that a tenant must not reach.
//
// A tenant may name any host, and a host's owner may answer any address for it. So the decision
// falls when a connection is made, on the address that is dialled: guard.go. Before that, url.go
// refuses what no honest setting looks like, which needs no network. call.go bounds what an answer
// may cost.
package outbound
