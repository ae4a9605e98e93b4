// Package signin signs people in and keeps their sessions going.
//
// # The exchange
//
// A sign-in at Identity Platform, by password, yields an initial ID token: it says who somebody is,
// and package tenancy gives it a Principal that may read one thing, its own record in its own
// tenant's database. The exchange turns it into the token of all later requests. It
// verifies the initial token, reads the record with the narrow grant, signs a custom token for the
// account, and signs in with that. The ID token it gets carries tenant (tn), role (rl), region (rg)
// and how the session began (si), and its provider is "custom", which only the exchange can bring
// about. The tenant's settings decide whether a session may begin so, here and at each refresh.
//
// # The role in a token
//
// Every token that this package hands out was compared with the person's record after it was
// issued, so a change that happens meanwhile is either seen by the comparison or kills the token.
// Package people says which places know a role, and in which order they change.
//
// # From a first factor to a session
//
// A sign-in at a tenant's provider, in package federation, begins its session here, too: see Begin.
// Where a second factor is needed, package mfa asks for it, and Prove goes on. An admin who cannot
// sign in at a provider that is required uses a recovery code. Operators, who are of no tenant,
// sign in by a service of their own: see Operators.
package signin
