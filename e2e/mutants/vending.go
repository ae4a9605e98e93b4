package main

const vendingDir = "internal/vending/"

// vendingMutants are defects in what a caller may touch.
var vendingMutants = []mutant{
	{"documents by a prefix of the root", "VE-02", vendingDir + "scope.go",
		`return ok && len(rest) > 1 && rest[0] == '/' && !dotted(rest)`, `return ok && len(rest) > 1 && !dotted(rest)`, "", "Guard"},
	{"dots in the names of documents", "VE-02", vendingDir + "scope.go",
		`return ok && len(rest) > 1 && rest[0] == '/' && !dotted(rest)`, `return ok && len(rest) > 1 && rest[0] == '/'`, "", "Guard"},
	{"any object of a shared bucket", "VE-02", vendingDir + "scope.go",
		`return ok && s.bucket != "" &&`, `return (ok || s.prefix != "") && s.bucket != "" &&`, "", "Guard|Pool"},
	{"who has just signed in reads everybody's record", "VE-01", vendingDir + "scope.go",
		`		return name == s.only
`, `		return beneath(s.root, name)
`, "", "GuardSignIn"},
	{"a pooled tenant's root is the database", "TM-06", vendingDir + "place.go",
		`		s.root += "/" + p.root
`, `		s.root += ""
`, "", "Guard|Pool|Reaching"},
	{"the guard does not compare databases", "VE-06", vendingDir + "guard_firestore.go",
		`	if name != s.database {`, `	if name == "" {`, "", "GuardFirestore"},
	{"the guard does not look at batch reads", "VE-06", vendingDir + "guard_firestore.go",
		`	for _, name := range m.GetDocuments() {
		if err := s.checkDocument(name); err != nil {
			return err
		}
	}
	return s.checkNewTransaction(m.GetNewTransaction())`, `	return s.checkNewTransaction(m.GetNewTransaction())`, "", "GuardFirestore"},
	{"the guard does not look at what is listened to", "VE-06", vendingDir + "guard_firestore.go",
		`		return s.checkParent(target.Query.GetParent())`, `		return nil`, "", "GuardFirestore"},
	{"the guard lets unknown methods pass", "VE-06", vendingDir + "guard_firestore.go",
		`	check, ok := firestoreRules[method]
	if !ok {
		return refuse(ErrDenied, "method %s is not on the list", method)
	}`, `	check, ok := firestoreRules[method]
	if !ok {
		return nil
	}`, "", "GuardFirestore"},
	{"viewers write", "VE-06", vendingDir + "guard_firestore.go",
		`		if s.readOnly {
			return refuse(ErrReadOnly, "a write to %q", name)`, `		if s.readOnly && name == "" {
			return refuse(ErrReadOnly, "a write to %q", name)`, "", "GuardReadOnly"},
	{"viewers write objects", "VE-06", vendingDir + "guard_storage.go",
		`if s.readOnly && req.Method != http.MethodGet`, `if s.only != "" && req.Method != http.MethodGet`, "", "GuardStorageReadOnly"},
	{"buckets by a prefix", "VE-02", vendingDir + "guard_storage.go",
		`	return strings.CutPrefix(rest, "/o")`, `	_, rest, ok = strings.Cut(rest, "/o")
	return rest, ok`, "", "GuardStorage"},
	{"credentials go to any host", "IF-01", vendingDir + "guard_storage.go",
		`u.Host != origin.Host || `, ``, "", "GuardStorage"},
	{"code brings an authorization of its own", "VE-06", vendingDir + "guard_metadata.go",
		`case "x-goog-api-client", "x-goog-is-transaction":`, `case "x-goog-api-client", "x-goog-is-transaction", "authorization":`, "", "GuardMetadata"},
	{"the routing header may name others", "VE-06", vendingDir + "guard_metadata.go",
		`if v != s.database {`, `if v == "" {`, "", "GuardMetadata"},
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
		`		made.scope = c.place.scope(true)`, `		made.scope = c.place.scope(false)`, "", "TestVend"},
	{"the account in the vault may be anybody's", "VE-04", vendingDir + "compartment.go",
		` || f.account() != AccountOf(c.cell.Project, c.tenant) {`, ` {`, "", "Misfiled|BundleAgrees"},
	{"the tenant in the vault may be anybody", "VE-04", vendingDir + "compartment.go",
		`case f.Tenant != id.String(), f.Region`, `case f.Region`, "", "Misfiled|BundleAgrees"},
	{"the region in the vault is not compared", "VE-04", vendingDir + "compartment.go",
		`f.Region != int64(cell.Region), `, ``, "", "Misfiled|BundleAgrees"},
	{"a silo may be where the pool is", "VE-04", vendingDir + "compartment.go",
		`case f.Isolation == string(tenancy.Silo) && !pooled:`, `case f.Isolation == string(tenancy.Silo) && (!pooled || pooled):`, "", "Misfiled|BundleAgrees|Pool"},
	{"the platform's database may be a tenant's", "VE-04", vendingDir + "compartment.go",
		`, f.Database == PlatformDatabase:`, `:`, "", "Misfiled|BundleAgrees"},
	{"a withdrawn key goes on", "VE-03", vendingDir + "compartment.go",
		`			c.key.Store(nil)
			m.forget(c)`, `			m.forget(c)`, "", "Withdrawn|Misfiled"},
	{"key files name any token endpoint", "VE-04", vendingDir + "key.go",
		`	case f.TokenURI != tokenURI:`, `	case f.TokenURI == "":`, "", "ParseKey"},
	{"key files of any project", "VE-04", vendingDir + "key.go",
		`	case f.ProjectID != project:`, `	case f.ProjectID == "":`, "", "ParseKey"},
	{"another caller's transaction in a shared database", "TM-06", vendingDir + "tickets.go",
		`	if _, ok := t.given.Get(ticket); !ok {`, `	if _, ok := t.given.Get(ticket); !ok && what == "" {`, "", "Pool|Ticket|Guard"},
	{"a tenant is vended from a cell of another region", "TM-01", vendingDir + "cells.go",
		`	if cell.Region != p.Region() {`, `	if cell.Region == 0 {`, "", "Cell|Region|BundleAgrees"},
	{"denials are not alerts", "TM-01", vendingDir + "caller.go",
		`r.Reason, r.Alert = reason(err), errors.Is(err, ErrForeign)`, `r.Reason, r.Alert = reason(err), errors.Is(err, nil)`, "", "Reaching"},
	{"a tenant's admins read the whole ledger", "TM-01", vendingDir + "ledger_read.go",
		`	q.Tenant = g.Tenant()
`, ``, "./web", "TestHouse/ledger"},
	{"anybody of a tenant reads its ledger", "AD-01", vendingDir + "ledger_read.go",
		`if !p.May(tenant.AccessRead) || p.Tenant().IsZero() {`, `if p.Tenant().IsZero() {`, "", "Ledger"},
}
