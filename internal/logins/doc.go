// Package logins knows who the people of a tenant are at the tenant's own providers.
//
// A Login stands in the tenant's own database, one document for each pair of issuer and subject,
// named by a digest of both. Nothing else decides who has signed in at a provider: an address is
// never looked at, for whoever runs an issuer may write any address into a token.
package logins
