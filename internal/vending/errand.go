package vending

import (
	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// errand is what somebody without a role may touch of their tenant: who arrives from a provider,
// asks for a mail, comes with the code in one, or changes their own account.
type errand struct {
	collections map[string]guard.Verbs
	identity    guard.Verbs // on the one identity that the provider has proven
	person      guard.Verbs // on the caller's own record and profile
	private     guard.Verbs // on the records of the caller's sessions, and on their second factors
}

// errands is the table of what is vended for an errand. One without a row is vended nothing. No
// errand reads an identity that its provider has not proven, and none changes a person but the
// one for which an admin has mapped groups to roles, and oneself.
var errands = map[tenancy.Errand]errand{
	tenancy.SignInAtProvider: {map[string]guard.Verbs{
		location.Users: guard.Read | guard.Append, location.Audit: guard.Append,
	}, guard.Read | guard.Append, 0, 0},
	tenancy.SignInWithGroups: {map[string]guard.Verbs{
		location.Users: guard.Read | guard.Write, location.Audit: guard.Append,
	}, guard.Read | guard.Append, 0, 0},
	tenancy.ConnectProvider: {map[string]guard.Verbs{
		location.Audit: guard.Append,
	}, guard.Read | guard.Append, 0, 0},
	tenancy.DisconnectProvider: {map[string]guard.Verbs{
		location.Audit: guard.Append,
	}, guard.Read | guard.Write, 0, 0},
	tenancy.ProveAtProvider: {map[string]guard.Verbs{}, guard.Read, 0, 0},
	tenancy.TestProvider: {map[string]guard.Verbs{
		location.Users: guard.Read,
	}, guard.Read, 0, 0},
	tenancy.FindPerson: {map[string]guard.Verbs{
		location.Users: guard.Read,
	}, guard.Read, 0, 0},
	tenancy.FailedSignIn: {map[string]guard.Verbs{
		location.SignIns: guard.Read | guard.Write,
	}, 0, 0, 0},

	tenancy.AskForMail: {map[string]guard.Verbs{
		location.Mails: guard.Append,
	}, 0, 0, 0},
	tenancy.TellPerson: {map[string]guard.Verbs{
		location.Mails: guard.Append,
	}, 0, 0, 0},
	tenancy.ByCode: {map[string]guard.Verbs{
		location.Mails: guard.Append, location.Audit: guard.Append, location.Codes: guard.Read | guard.Write,
	}, 0, guard.Read | guard.Write, 0},
	tenancy.OwnAccount: {map[string]guard.Verbs{
		location.Mails: guard.Append, location.Audit: guard.Append,
	}, 0, guard.Read, 0},
	tenancy.OwnRequest: {map[string]guard.Verbs{
		location.Idempotency: guard.Read | guard.Write,
	}, 0, 0, 0},
	tenancy.EraseAccount: {map[string]guard.Verbs{
		location.Mails: guard.Append, location.Audit: guard.Append,
		// To see in the transaction that another admin is left takes more than to read.
		location.Users: guard.Read | guard.Append, location.Identities: guard.Read | guard.Write,
	}, 0, guard.Read | guard.Write, guard.Write},
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
	return Purpose{Collections: e.collections}.readOnly() && (e.identity|e.person|e.private)&^guard.Read == 0
}
