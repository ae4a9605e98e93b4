// Package identity is the local cloud's Identity Platform: tenants and their identity providers,
// accounts, passwords, links by mail, second factors, custom tokens, ID tokens, refresh tokens,
// session cookies and the certificates that verify them, over the REST that Google publishes.
// Routes is the list of it.
//
// There are two kinds of caller. An administrator presents a credential of the project (a
// self-signed JWT or an access token) and needs a permission on the project, which package iam
// decides and logs. An end user's application presents the project's web API key, which names the
// project and proves nothing, and then a password, a custom token, a refresh token or an ID token,
// which prove everything.
//
// An account belongs to one tenant, or to the project itself when its tenant is "". The same e-mail
// address in two tenants is two accounts. No lookup here leaves the tenant it was asked in.
//
// # Where it is stricter than Google
//
// Google accepts a custom token signed with the key of any service account of the project. Here the
// account must also hold the permission firebaseauth.users.createSession, so that an account made
// for one tenant's data cannot mint a user of another tenant. A project that depends on this
// against the real platform must keep such keys from leaking, for the platform will not refuse
// them.
//
// A disabled account is named as such (USER_DISABLED) only to who knows its password.
//
// A link that signs in, sent to an address that nobody had verified, ends what was set up before
// under that address.
//
// # Second factors
//
// Whoever has one, in a tenant that has them on, is asked for it after a password and after a link,
// and gets no token before. A custom token is not a first factor, as at Google: who may mint one
// answers for whom it names. A TOTP is enrolled by its user; a code works once, and only those
// within the tenant's window. A phone number may be stored as a second factor, but no message is
// ever sent: its owner cannot sign in with it.
//
// # Passwords
//
// They are kept as Argon2id. An imported hash is kept as it came, and replaced at the first sign-in
// that it lets pass.
//
// # What is not here
//
// Every call, and every field of a call, that is not implemented answers 501 UNIMPLEMENTED: sign-in
// by phone, by SAML and by anonymous accounts, blocking functions, and all of the project's
// configuration but sign-in by password and link, authorized domains, second factors and
// permissions. At first the project-level (tenantless) accounts have password sign-in enabled and
// self-registration disabled.
package identity
