package main

const vendingDir = "internal/vending/"

// vendingMutants are defects in what a caller may touch.
var vendingMutants = []mutant{
	{"a pooled tenant's root is the database", "TM-06", vendingDir + "place.go",
		`Database: p.database, Root: p.root, `, `Database: p.database, `, "", "Pool|Reaching"},
	{"a viewer's own document is everybody's", "VE-06", vendingDir + "place.go",
		`map[string]guard.Verbs{profiles + "/" + user: guard.Read | guard.Write}`,
		`map[string]guard.Verbs{profiles + "/" + user: guard.Read}
		s.Collections = map[string]guard.Verbs{profiles: guard.Read | guard.Write}`, "", "TestProfile"},
	{"who has just signed in reads everything", "VE-01", vendingDir + "place.go",
		`map[string]guard.Verbs{document: guard.Read}`, `map[string]guard.Verbs{document: guard.Read}
	s.All = guard.Read`, "", "SignIn|TestVend"},
	{"warm callers are known by their tenant alone", "TM-06", vendingDir + "caller.go",
		`return callerKey{p.User(), p.SignedIn().Unix(), p.IssuedAt().Unix(), p.Expires().Unix(), p.Role(), p.Method(), p.Region()}`,
		`return callerKey{region: p.Region(), role: p.Role()}`, "", "CallersAreKeptApart"},
	{"warm callers are known without their role", "TM-06", vendingDir + "caller.go",
		`p.Expires().Unix(), p.Role(), p.Method(), p.Region()}`, `p.Expires().Unix(), 0, 0, p.Region()}`, "", "CallersAreKeptApart"},
	{"compartments are known by the cell", "TM-06", vendingDir + "machine.go",
		`	c := m.warm[id]
	m.mu.RUnlock()`, `	c := m.warm[id]
	for _, any := range m.warm {
		c = any
	}
	m.mu.RUnlock()`, "", "ConcurrentVends|TestVend|Reaching"},
	{"vends are not checked", "VE-01", vendingDir + "machine.go",
		`if err := p.Check(ctx); err != nil {`, `if err := p.Check(ctx); err != nil && p.Tenant().IsZero() {`, "", "TestVend|GrantsEnd|Zero"},
	{"grants in use outlive the right", "VE-03", vendingDir + "caller.go",
		`if err := c.principal.Check(ctx); err != nil {`, `if err := c.principal.Check(ctx); err != nil && c.home == nil {`, "", "GrantsEnd"},
	{"viewers are vended to as editors", "VE-06", vendingDir + "caller.go",
		`		scope = c.place.readOnly(p.User().String())`, `		scope = c.place.readWrite()`, "", "TestVend"},
	{"the account in the vault may be anybody's", "VE-04", vendingDir + "compartment.go",
		` || f.account() != AccountOf(c.cell.Project, c.tenant) {`, ` {`, "", "Misfiled|BundleAgrees"},
	{"the tenant in the vault may be anybody", "VE-04", vendingDir + "compartment.go",
		`case f.Tenant != id.String(), f.Region`, `case f.Region`, "", "Misfiled|BundleAgrees"},
	{"the region in the vault is not compared", "VE-04", vendingDir + "compartment.go",
		`f.Region != int64(cell.Region), `, ``, "", "Misfiled|BundleAgrees"},
	{"a silo may name any database", "VE-04", vendingDir + "compartment.go",
		` && f.Database == own.database && f.Bucket == own.bucket:
		return own, nil`, ` && f.Bucket == own.bucket:
		own.database = f.Database
		return own, nil`, "", "BundleAgrees|Cells"},
	{"a silo may name any bucket", "VE-04", vendingDir + "compartment.go",
		` && f.Database == own.database && f.Bucket == own.bucket:
		return own, nil`, ` && f.Database == own.database:
		own.bucket = f.Bucket
		return own, nil`, "", "BundleAgrees|Cells"},
	{"the platform's database may be a pool's", "VE-04", vendingDir + "compartment.go",
		`, f.Database == PlatformDatabase:`, `:`, "", "Cells"},
	{"a withdrawn key goes on", "VE-03", vendingDir + "compartment.go",
		`			c.key.Store(nil)
			m.forget(c)`, `			m.forget(c)`, "", "Withdrawn|Misfiled"},
	{"key files name any token endpoint", "VE-04", vendingDir + "key.go",
		`	case f.TokenURI != tokenURI:`, `	case f.TokenURI == "":`, "", "ParseKey"},
	{"key files of any project", "VE-04", vendingDir + "key.go",
		`	case f.ProjectID != project:`, `	case f.ProjectID == "":`, "", "ParseKey"},
	{"a tenant is vended from a cell of another region", "TM-01", vendingDir + "cells.go",
		`	if cell.Region != p.Region() {`, `	if cell.Region == 0 {`, "", "Cell|Region|BundleAgrees"},
	{"denials are not alerts", "TM-01", vendingDir + "caller.go",
		`r.Reason, r.Alert = reason(err), errors.Is(err, ErrForeign)`, `r.Reason, r.Alert = reason(err), errors.Is(err, nil)`, "", "Reaching"},
	{"a tenant's admins read the whole ledger", "TM-01", vendingDir + "ledger_read.go",
		`	q.Tenant = g.Tenant()
`, ``, "./web", "TestHouse/ledger"},
	{"anybody of a tenant reads its ledger", "AD-01", vendingDir + "ledger_read.go",
		`if !g.Principal().Role().Includes(tenancy.Admin) || g.Tenant().IsZero() {`, `if g.Tenant().IsZero() {`, "", "Ledger"},
}
