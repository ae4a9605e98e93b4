// Package tenancy answers one question: who is calling, and for which tenant?
//
// Its answer is a Principal: a user of one tenant, with a role there, whose token has been
// verified, whose tenant is active, and whose right has not been revoked. There is no other way to
// get one. It has no exported field, its zero value is refused wherever it is offered, and only the
// Authenticator makes it. Everything else that Bulkhead promises leans on that: package vending
// gives credentials to a Principal, repositories are built from what vending gives, and so no line
// of feature code can name a tenant at all, its own or another's.
//
// # How a request becomes a Principal
//
// Two things arrive with a request: a token, which proves something, and a choice of tenant, which
// proves nothing. They take separate roads and meet at the end.
//
//	raw token ----- Verifier --------> what Google signed: user, identity tenant, and tn, rl, rg
//	                                     |
//	raw selector -- ParseSelector --> Registry: the tenant, if it is active
//	                                     |
//	                    they must name the same tenant, identity tenant and region
//	                                     |
//	                    the tenant's settings accept the credential, and how the session began
//	                                     |
//	                                  Principal
//
// The token is judged first, by its signature, its times and the revocations. One that does not
// verify is ErrUnauthenticated whatever tenant was asked for; one that does, but for another
// tenant, is ErrTenantDenied, and so are a tenant that is suspended and one that never was, so that
// no answer tells which. What cannot be known because a dependency is down is ErrUnavailable:
// neither a yes nor a no.
//
// A token comes in two kinds, which are two types here. Sign-in yields an initial token; it says
// who. The exchange, in package signin, looks the role up and has a token signed that says what
// they may do as well: tn, the tenant; rl, the role; rg, the region; and si, how the session began.
// An initial token yields a Principal without a role (Method BySignIn), for five minutes, good for
// reading one's own user record and nothing more. Nobody can use one kind for the other: what tells
// them apart is not the claims, of which the user's custom attributes may hold a stale copy, but
// how the session began. Only the exchange can begin one with a custom token.
//
// # Keys for programs
//
// A program may show an API key of its tenant in place of an ID token, at the API and nowhere else.
// The two are told apart by how they begin, and a key takes its own short road: its record in the
// control plane says whose it is, what it may do and what its secret's digest is. From there on it
// is a Principal like another, of Method ByAPIKey, except that it is nobody: its user id is no
// account's, it has no session to end, its role is never admin, and its scopes narrow what the role
// may do.
//
// A program may also bring an access token (RFC 9068) of one of the tenant's own issuers. Then the
// tenant comes first, for only its settings say whose keys may verify the token; for a tenant that
// is not served, no token verifies. From there on it is a Principal of Method ByAccess, a program
// like the holder of a key, with the role that the settings give to a scope of the token.
//
// Where the settings say that an issuer vouches for people, the token stands for a person instead:
// the one whom the tenant's own record has under the token's issuer and subject. Nothing else in
// the token says who it is. The Principal is of Method ByPersonToken, with the role of the record,
// and without a session.
//
// # Somebody who comes from a provider
//
// Whoever signs in at a tenant's own OpenID provider shows an ID token of that provider. AtProvider
// verifies it by the tenant's settings and makes a Principal of Method ByProvider: without a role,
// for one errand, for two minutes, who may touch the one identity that the token proves.
//
// # Work that no person asks for
//
// A worker process does what is due for a tenant when nobody is there. It shows two proofs: a tick,
// which is a token that Google signed for the scheduler's account and for this service, and the
// lease of an intent that the control plane has stored. From the two Job makes a Principal of
// Method ByJob: of the tenant that the intent names, for the one purpose that is the intent's kind,
// until the lease ends or is lost. It has no role, and its user id, "job-" and the kind, is no
// account's.
//
// # How long an answer stands
//
// A verified token is remembered for five minutes, a tenant's record for seconds, and neither is an
// answer: at each use the tenant's state and the revocations are asked for again, and
// Principal.Check asks once more when the Principal is used. A tenant suspended, a user or an API
// key revoked is refused by the process that did it at once, and by every other within five
// seconds. A process that has not heard from the feed for thirty seconds refuses everybody.
//
// # What to read
//
// authenticator.go is the meeting of the roads, and admission.go the questions that are asked
// there, in order. internal/idtoken is the first of them: verifier.go,
// with jws.go and claims.go for what a token may look like and keys.go for whose signature counts.
// internal/apikey and internal/revocation are the control plane's records of keys and revocations.
// Package tenant has the words that the rest of Bulkhead speaks. Package tenancytest signs tokens
// for tests, sound and otherwise. From here, package vending is the next to open.
package tenancy
