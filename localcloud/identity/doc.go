// Package identity is the local cloud's Identity Platform: tenants, password accounts, custom tokens, ID tokens,
// refresh tokens and the certificates that verify them, over the REST that Google publishes.
//
// There are two kinds of caller. An administrator presents a credential of the project (a self-signed JWT or an access
// token) and needs a permission on the project, which package iam decides and logs. An end user's application
// presents the project's web API key, which names the project and proves nothing, and then a password, a custom
// token, a refresh token or an ID token, which prove everything.
//
// An account belongs to one tenant, or to the project itself when its tenant is "". The same e-mail address in two
// tenants is two accounts. No lookup here leaves the tenant it was asked in.
//
// # Where it is stricter than Google
//
// Google accepts a custom token signed with the key of any service account of the project. Here the account must also
// hold the permission firebaseauth.users.createSession, so that an account made for one tenant's data cannot mint a
// user of another tenant. A project that depends on this against the real platform must keep such keys from leaking,
// for the platform will not refuse them.
//
// A disabled account is named as such (USER_DISABLED) only to who knows its password.
//
// # What is not here
//
// Every call, and every field of a call, that is not implemented answers 501 UNIMPLEMENTED: phone numbers, federated
// sign-in, e-mail links and verification, second factors, session cookies, imports and the project's configuration. The project-level
// (tenantless) accounts have password sign-in enabled and self-registration disabled.
package identity
