// Package users keeps the people of one tenant: who they are, what they may do, and whether they
// may still sign in.
//
// A [Repository] is built from a [vending.Grant] and from nothing else, so it reaches the people of
// the caller's own tenant and cannot be pointed at another's: no method takes a tenant, and none
// takes a raw string where an identifier belongs. What the tenant's database says here is the truth
// about a role. The claim in a token and the custom claim at Identity Platform are copies, which
// package people keeps equal after a change.
//
// Two rules are decided inside the transaction that makes the change, never before it: whoever
// changes a person is an active admin at that moment, whatever their token says, and a tenant is
// never left without an active admin.
package users
