// Package identityplatform is the client of Google's Identity Platform, where the accounts of
// people stand: one tenant there for each tenant of ours.
//
// It has two sides. One serves people: a sign-in with a password, a refresh, a new password by a
// mailed code, which the Admin SDK lacks. The other administers accounts, with an account of ours:
// see Client.Directory. Nothing is decided here. Whether a tenant lets somebody in, package signin
// decides, and what the accounts hold follows the tenant's own records: see package people.
package identityplatform
