// Package authpolicy has the values of a tenant's authentication settings: which credentials it
// accepts, its OpenID providers, the issuers of its API bearers, and its domains. They are what the
// door must know before anybody is known, so they hold nothing about a person.
//
// # Settings can only tighten
//
// The platform has a minimum: [Minimum] says which credentials each kind of route takes at all. A
// tenant's setting is met with it (Set.Meet), so a setting can take a credential away and cannot
// add one. There is no word for "optional", none for "let in if it fails", and [ParseSettings]
// refuses what it does not know.
//
// # What to read
//
//	credential.go    the credentials, and sets of them
//	policy.go        all settings of one tenant
//	settings.go      what an admin may write
//	provider.go      OpenID providers, at which people sign in
//	issuer.go        issuers of access tokens, which programs bring
//	domain.go        domains, and how they are proven
//	session.go       how long sessions last, and a proof of who somebody is
//	enforcement.go   how a provider comes to be the only way in
package authpolicy
