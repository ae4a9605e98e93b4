// Package issuer knows the OpenID providers and the token issuers that tenants name: it reads their
// documents, keeps their keys, and verifies what they sign.
//
// A caller selects the tenant first, then one of the tenant's issuers by the token's own iss
// (Peek), and then nothing but that issuer's keys, algorithms and audience counts. Keys belong to a
// tenant, an issuer and an address together, so neither another tenant's issuer nor a second issuer
// at the same host lends its keys.
//
// discover.go reads a provider's document. keys.go, source.go, lane.go and set.go keep the keys.
// jws.go is what a token may look like, claims.go what it may say, and idtoken.go and
// accesstoken.go the order of the checks.
package issuer
