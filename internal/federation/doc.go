// Package federation signs people in at their tenant's own OpenID providers.
//
// The code flow runs here, and not at Identity Platform, whose joining of accounts by address is
// not ours to decide: Depart leads the browser away, Arrive takes the answer, Enter begins the
// session. The Authenticator verifies the ID token by the tenant's settings, and returns a caller
// who may touch the one identity that the token proves. The tenant's own record says whose that is:
// see package logins. An address joins nobody: whoever is signed in connects a provider
// deliberately, or somebody new is made a viewer where the admin has set so, and only under a
// verified address that nobody else has.
//
// Somebody new has an account that is linked to the provider, and the identity is written in the
// transaction of their record: see people.Service.Add.
//
// A sign-in that failed is kept for the tenant's admins, who can read why. How an admin sets a
// provider up, package authsettings knows.
package federation
