// Package authsettings changes how a tenant's people and programs get in: what the API accepts, the
// OpenID providers, whether people must use one, the issuers of API bearers, and domains.
//
// Each act is an admin's, by the person's record and not by their token. It names the version of
// the policy that the admin saw: if somebody else was faster, nothing changes (tenant.ErrStale).
// It leaves two entries in the tenant's audit, one before and one after, for the policy stands in
// the control plane and no transaction holds both. An act that would lock everybody out is
// refused.
//
//	service.go      the Service, and how every change is made
//	providers.go    a provider's way: added, read again, changed
//	states.go       enabled, disabled, removed
//	enforcement.go  a provider as the only way in, and the job that goes back
//	issuers.go      issuers of API bearers
//	domains.go      domains and their proof, and the job that looks again
//	errors.go       what is refused, each in a sentence
package authsettings
