// Package authpolicies stores the tenants' authentication policies, one document a tenant, in the
// collection authpolicies of the control plane's database. It is the collection's only writer.
//
// A policy holds nothing about a person: the door must read it before anybody is known, and the
// control plane is not in each tenant's region.
package authpolicies
