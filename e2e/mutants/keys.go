package main

// keyMutants are defects in what an API key may do, and in what becomes of it when it is rolled.
var keyMutants = []mutant{
	{"a key's scopes are not asked", "AK-01", "internal/tenancy/principal.go",
		`if f.Method == ByAPIKey && !f.Scopes.May(perm) {`, `if f.Method == ByAPIKey && f.Scopes == 0 {`, "", "APIKeyScopes"},
	{"unknown scopes are skipped", "AK-01", "internal/tenant/scopes.go",
		`		if s == known {`, `		if s == known && name == "" {`, "", "ParseScopes"},
	{"a scope stands for what administers", "AK-01", "internal/tenant/scopes.go",
		`{ScopePeopleRead, "people:read", PeopleRead},`, `{ScopePeopleRead, "people:read", PeopleManage},`, "", "Scopes"},
	{"a record's role counts beside its scopes", "AK-01", "internal/tenancy/internal/apikey/record.go",
		` || len(r.Scopes) != 0 {`, ` {`, "./internal/tenancy", "APIKeysInTheDatabase"},
	{"a key in use keeps scopes that were taken", "AK-04", "internal/tenancy/internal/apikey/store.go",
		`key.Tenant != t || key.Scopes != s {`, `key.Tenant != t {`, "./internal/tenancy", "ScopesWereTaken"},
	{"a key is vended what an editor is", "AK-01", "internal/vending/caller.go",
		`scope = place.Key(purpose.Collections, purpose.Objects, p.Key())`, `scope = place.ReadWrite()`, "", "WhatKeysReach"},
	{"a key that reads files is vended to write them", "AK-01", "internal/vending/key.go",
		`location.Uploads: guard.Read, location.Settings: guard.Read}, guard.Read,`,
		`location.Uploads: guard.Read | guard.Write, location.Settings: guard.Read}, guard.Read,`, "", "WhatKeysReach"},
	{"a key that hands files in reads them", "AK-01", "internal/vending/key.go",
		`location.Uploads: guard.Append,`, `location.Uploads: guard.Read | guard.Append,`, "", "WhatKeysReach"},
	{"viewers read where keys are used", "AK-01", "internal/location/location.go",
		`s.Collections[KeyUses] = 0`, `s.Collections[KeyUses] = guard.Read`, "./internal/vending", "KeysNoteTheirOwnUse"},
	{"a rolled key goes on elsewhere", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`			firestore.Update{Path: "expires", Value: old.Expires},`, ``, "./internal/tenancy", "RolledAPIKey"},
	{"a rolled key goes on where it was rolled", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`	k.remember(old)`, ``, "./internal/tenancy", "RolledAPIKey"},
	{"rolling again lengthens a life", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`old.Expires.IsZero() || end.Before(old.Expires) {`, `end.After(key.Created) {`, "./internal/tenancy", "CannotBeRolled"},
	{"a key is rolled twice", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`if settings = others[i]; settings.Live(now) {`, `if settings = others[i]; settings.ID.IsZero() {`, "./internal/tenancy", "CannotBeRolled"},
	{"a key that has ended is rolled", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`if !old.Live(now) {`, `if old.ID.IsZero() {`, "./internal/tenancy", "CannotBeRolled"},
	{"a roll widens what a key may do", "AK-04", "internal/tenancy/internal/apikey/roll.go",
		`key.Role, key.Scopes = old.Role, old.Scopes`, `key.Role, key.Scopes = tenant.Editor, tenant.Editor.Scopes()`,
		"./internal/tenancy", "RolledAPIKey"},
	{"a token decides who rolls keys", "AK-01", "internal/apikeys/roll.go",
		`if err := authorize(ctx, g); err != nil {`, `if err := authorize(ctx, g); err != nil && g.Tenant().IsZero() {`,
		"", "RollAPIKey"},
	{"people ask about keys as jobs do", "AK-01", "internal/tenancy/tenantkeys.go",
		`if p.Method() != ByJob {`, `if p.Method() == 0 {`, "./internal/apikeys", "ToldBeforeAKeyEnds"},
	{"a key that was refused counts as used", "AK-01", "web/door/bearer.go",
		`		return vending.Grant{}, nil, d.refused(a.ctx, err)
	}
	d.usage.NoteKey(a.ctx, a.grant)`, `		if g, vends := d.config.Machine.Vend(a.ctx, a.principal); vends == nil {
			d.usage.NoteKey(a.ctx, g)
		}
		return vending.Grant{}, nil, d.refused(a.ctx, err)
	}`, "./web/keys", "EndsAndUses"},
}
