// Package oidc is a small OpenID provider. It plays a tenant's own identity provider: the directory
// of a customer, at which the customer's people sign in.
//
// A Provider serves discovery, a key set, an authorization endpoint with a plain sign-in page, and
// a token endpoint. It follows OpenID Connect Core 1.0: the code flow with PKCE (RFC 7636), the ID
// token flow, and client credentials (RFC 6749, section 4.4). Access tokens are those of RFC 9068,
// for the audience that the client names by `resource` (RFC 8707). An answer goes only to an
// address that was registered for the client, to the letter. An error in a request's client or
// address is shown to the person and sent nowhere.
//
// Realms serves several providers on one listener. Their issuers differ in the path alone.
//
// Tests drive a provider by methods: they rotate its keys, mint tokens with any content, make its
// endpoints misbehave, and count the requests that came.
//
// People and clients are what Config lists. Keys, codes and remembered sign-ins live in memory: a
// provider that starts anew signs with a new key, which a relying party finds by its id.
package oidc
