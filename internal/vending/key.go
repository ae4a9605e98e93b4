package vending

import (
	"maps"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// keyPurpose is what is vended for one scope of an API key.
type keyPurpose struct {
	scope tenant.Scopes
	Purpose
}

// keyPurposes is the table of what is vended to an API key, scope by scope. A key reaches what the
// rows of its scopes name together. A scope without a row is vended nothing. Whoever makes
// something may send an Idempotency-Key, so what was answered is in reach of who writes. Whoever
// reaches files reads what the tenant demands of them, and whoever adds files counts them.
func keyPurposes() []keyPurpose {
	const change = guard.Read | guard.Write
	return []keyPurpose{
		{tenant.ScopeFilesRead, Purpose{
			map[string]guard.Verbs{location.Uploads: guard.Read, location.Settings: guard.Read}, guard.Read,
		}},
		{tenant.ScopeFilesWrite, Purpose{
			map[string]guard.Verbs{
				location.Uploads: change, location.Settings: guard.Read, location.Usage: change, location.Idempotency: change,
			}, change,
		}},
		{tenant.ScopeIntakeWrite, Purpose{
			map[string]guard.Verbs{
				location.Uploads: guard.Append, location.Settings: guard.Read, location.Usage: change, location.Idempotency: change,
			}, guard.Write,
		}},
		{tenant.ScopePeopleRead, Purpose{map[string]guard.Verbs{location.Users: guard.Read}, 0}},
	}
}

// purposeOf is what a key with these scopes may touch. ErrDenied if that is nothing.
func purposeOf(s tenant.Scopes) (Purpose, error) {
	all := Purpose{Collections: map[string]guard.Verbs{}}
	for _, row := range keyPurposes() {
		if !s.Has(row.scope) {
			continue
		}
		for name, verbs := range maps.All(row.Collections) {
			all.Collections[name] |= verbs
		}
		all.Objects |= row.Objects
	}
	if len(all.Collections) == 0 {
		return Purpose{}, refuse(ErrDenied, "an API key with the scopes %q is not vended to", s)
	}
	return all, nil
}
