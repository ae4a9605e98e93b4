// Package oidc is a small OpenID provider, to play a tenant's own identity provider: the directory
// of a customer, at which the customer's people sign in.
//
// It serves discovery, an authorization endpoint with a plain sign-in form, a token endpoint and a
// key set: OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636) and the ID
// token flow, signed with RS256. An answer goes only to an address that was registered for the
// client, to the letter; what is wrong with a request's client or address is told to the person and
// sent nowhere.
//
// People and clients are what Config lists. Keys and codes live in memory: a provider that starts
// anew signs with a new key, which whoever verifies finds by its id.
package oidc
