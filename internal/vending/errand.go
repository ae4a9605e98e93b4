package vending

import (
	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// errand is what somebody who arrives from a provider may touch of their tenant.
type errand struct {
	collections map[string]guard.Verbs
	identity    guard.Verbs // on the one identity that the provider has proven
}

// errands is the table of what is vended for an errand. One without a row is vended nothing. No
// errand reads an identity that its provider has not proven, and none changes a person but the one
// for which an admin has mapped groups to roles.
var errands = map[tenancy.Errand]errand{
	tenancy.SignInAtProvider: {map[string]guard.Verbs{
		location.Users: guard.Read | guard.Append, location.Audit: guard.Append,
	}, guard.Read | guard.Append},
	tenancy.SignInWithGroups: {map[string]guard.Verbs{
		location.Users: guard.Read | guard.Write, location.Audit: guard.Append,
	}, guard.Read | guard.Append},
	tenancy.ConnectProvider: {map[string]guard.Verbs{
		location.Audit: guard.Append,
	}, guard.Read | guard.Append},
	tenancy.DisconnectProvider: {map[string]guard.Verbs{
		location.Audit: guard.Append,
	}, guard.Read | guard.Write},
	tenancy.TestProvider: {map[string]guard.Verbs{
		location.Users: guard.Read,
	}, guard.Read},
	tenancy.FailedSignIn: {map[string]guard.Verbs{
		location.SignIns: guard.Read | guard.Write,
	}, 0},
}

// factorErrand is what an errand about one person's second factors may do with them.
type factorErrand struct {
	factors guard.Verbs
	own     bool // it is that person's own, and may read their record
}

// factorErrands is the table of these errands. Nobody but the person reads their factors: an admin
// who takes them away does not see them.
var factorErrands = map[tenancy.Errand]factorErrand{
	tenancy.ProveFactor: {guard.Read | guard.Write, true},
	tenancy.ResetFactor: {guard.Write, false},
}

func (e errand) readOnly() bool {
	return Purpose{Collections: e.collections}.readOnly() && e.identity&^guard.Read == 0
}
