// Package clienttoken verifies the tokens with which clients come to Service B: made for B, and for
// nothing else.
//
// There are two kinds of issuers, and B trusts those alone that its own configuration lists.
// Identity Platform signs tokens of the people of every tenant: of these B takes such as carry a
// use, "inspection", and the one document that they are for. A tenant's own issuer signs for B by
// B's audience, and speaks for that tenant alone.
//
// B fetches the keys itself and asks nobody else about a token. What revokes a session elsewhere
// does not reach here, so a token counts for as long as it says, which is an hour at most.
//
//	verifier.go  the issuers, and the order of the checks
//	claims.go    what a token may say
//	jws.go       what a token may look like
//	keys.go      whose signature counts, and for how long
//	keyset.go    what an issuer publishes: certificates, or a JWK set
package clienttoken
