// Package people adds people to a tenant and changes who they are: their role, whether they may
// sign in, their address, their password. It keeps every place alike that knows it.
//
// # Three places that know a role
//
// The truth is the record in the tenant's database. Identity Platform holds a copy, the account's
// custom claims, and each ID token holds a copy of that.
//
// Tenant and region never change, nor does how a session began, so the custom token itself says
// them. The role is left out of it on purpose: Identity Platform keeps the claims of a custom
// token for the life of the session that it began, and lets them win over the account's own at
// every refresh. A role in there would come back, fresh, each time a demoted person's refresh
// token is used, and no revocation of older ID tokens would ever reach it. So the role comes from
// the account's custom claims, which a refresh reads anew.
//
// A change of role writes the truth first, in a transaction, then the copy, then a revocation that
// kills the ID tokens issued so far. The copy comes before the revocation, so that no token issued
// after it says the old role. If the process dies in between, the next refresh or exchange of that
// person finds that copy and truth differ and repairs the copy, and asking for the same change
// again does all three steps again. Every token that package signin hands out was compared with
// the truth after it was issued.
//
// # Somebody new
//
// Somebody new is three writes: the intent, the account, and one transaction with the record and
// the entry of the audit. What dies before the transaction leaves an account without a record,
// which has access to nothing, and which the intent's job deletes. What dies after it is whole. An
// account that is there already is never adopted: nobody knows what was linked to it.
package people
