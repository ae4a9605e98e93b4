// Package identity signs people in, keeps their sessions going, and changes who they are to the
// rest of the system.
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
// # Three places that know a role
//
// The truth is the record in the tenant's database. Identity Platform holds a copy, the account's
// custom claims, and each ID token holds a copy of that.
//
// Tenant and region never change, nor does how a session began, so the custom token itself says
// them. The role is left out of it
// on purpose: Identity Platform keeps the claims of a custom token for the life of the session that
// it began, and lets them win over the account's own at every refresh. A role in there would come
// back, fresh, each time a demoted person's refresh token is used, and no revocation of older ID
// tokens would ever reach it. So the role comes from the account's custom claims, which a refresh
// reads anew.
//
// A change of role writes the truth first, in a transaction, then the copy, then a revocation that
// kills the ID tokens issued so far. The copy comes before the revocation, so that no token issued
// after it says the old role. If the process dies in between, the next Refresh or Exchange of that
// person finds that copy and truth differ and repairs the copy, and asking for the same change
// again does all three steps again. Every token that this package hands out was compared with the
// truth after it was issued, so a change that happens meanwhile is either seen by the comparison or
// kills the token.
//
// # Sign-in at a provider
//
// A tenant's people may sign in at an OpenID provider of their own. The code flow runs here, and
// not at Identity Platform, whose joining of accounts by address is not ours to decide: Depart
// leads the browser away, Arrive takes the answer, Enter begins the session. The Authenticator
// verifies the ID token by the tenant's settings, and returns a caller who may touch the one
// identity that the token proves. The tenant's own record says whose that is. An address joins
// nobody: whoever is signed in connects a provider deliberately, or somebody new is made a viewer
// where the admin has set so, and only under a verified address that nobody else has.
//
// Somebody new is four writes: the intent, the account, its link, and one transaction with the
// record, the identity and the entry of the audit. What dies before the transaction leaves an
// account without a record, which has access to nothing, and which the intent's job deletes. What
// dies after it is whole.
//
// # Sessions
//
// A browser's session is its tokens, sealed by [Sessions] into a cookie that opens only for the
// tenant it was sealed for. No state is kept here: any instance can open it.
package identity
