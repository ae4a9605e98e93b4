// Package idtoken verifies the ID tokens of Identity Platform, strictly. It says what Google
// signed, and nothing about revocation or the tenant's state, which change while a token does not:
// package tenancy asks for those at each use.
//
// verifier.go is the order of the checks, jws.go what a token may look like, claims.go what it may
// say, and keys.go whose signature counts.
package idtoken
