package main

// vendingMutants are defects in what a caller may touch.
var vendingMutants = []mutant{
	{"a pooled tenant's root is the database", "TM-06", "internal/location/location.go",
		`Database: p.Database, Root: p.root, `, `Database: p.Database, `, "./internal/vending", "Pool|Reaching"},
	{"a viewer's own document is everybody's", "VE-06", "internal/location/location.go",
		`map[string]guard.Verbs{Profiles + "/" + user: own, Sessions + "/" + user: own}`,
		`map[string]guard.Verbs{Profiles + "/" + user: guard.Read, Sessions + "/" + user: own}
		s.Collections = map[string]guard.Verbs{Profiles: own, Sessions: 0}`, "./internal/vending", "TestProfile"},
	{"who has just signed in reads everything", "VE-01", "internal/location/location.go",
		`map[string]guard.Verbs{document: guard.Read}`, `map[string]guard.Verbs{document: guard.Read}
	s.All = guard.Read`, "./internal/vending", "SignIn|TestVend"},
	{"warm callers are known by their tenant alone", "TM-06", "internal/vending/caller.go",
		`return callerKey{
		p.User(), p.SignedIn().Unix(), p.IssuedAt().Unix(), p.Expires().Unix(), p.Role(), p.Scopes(), p.Method(), p.Way(), p.Factor(), p.Region(), p.Job(),
	}`,
		`return callerKey{region: p.Region(), role: p.Role()}`, "", "CallersAreKeptApart"},
	{"warm callers are known without their role", "TM-06", "internal/vending/caller.go",
		`p.Expires().Unix(), p.Role(), p.Scopes(), p.Method(), p.Way(), p.Factor(), p.Region(), p.Job(),`,
		`p.Expires().Unix(), 0, 0, 0, p.Way(), p.Factor(), p.Region(), p.Job(),`, "", "CallersAreKeptApart"},
	{"compartments are known by the cell", "TM-06", "internal/vending/machine.go",
		`	c := m.warm[id]
	m.mu.RUnlock()`, `	c := m.warm[id]
	for _, any := range m.warm {
		c = any
	}
	m.mu.RUnlock()`, "", "ConcurrentVends|TestVend|Reaching"},
	{"vends are not checked", "VE-01", "internal/vending/machine.go",
		`if err := p.Check(ctx); err != nil {`, `if err := p.Check(ctx); err != nil && p.Tenant().IsZero() {`, "", "TestVend|GrantsEnd|Zero"},
	{"grants in use outlive the right", "VE-03", "internal/vending/caller.go",
		`if err := c.principal.Check(ctx); err != nil {`, `if err := c.principal.Check(ctx); err != nil && c.home == nil {`, "", "GrantsEnd"},
	{"viewers are vended to as editors", "VE-06", "internal/vending/caller.go",
		`			scope = place.ReadOnly(p.User().String())`, `			scope = place.ReadWrite()`, "", "TestVend"},
	{"the account in the vault may be anybody's", "VE-04", "internal/vending/compartment.go",
		` || f.AccountEmail() != location.AccountOf(c.cell.Project, c.tenant) {`, ` {`, "", "Misfiled|BundleAgrees"},
	{"the tenant in the vault may be anybody", "VE-04", "internal/vault/location.go",
		`case f.Tenant != id.String(), f.Region`, `case f.Region`, "./internal/vending", "Misfiled|BundleAgrees"},
	{"the region in the vault is not compared", "VE-04", "internal/vault/location.go",
		`f.Region != int64(cell.Region), `, ``, "./internal/vending", "Misfiled|BundleAgrees"},
	{"a silo may name any database", "VE-04", "internal/vault/location.go",
		` && f.Database == own.Database && f.Bucket == own.Bucket:
		return own, nil`, ` && f.Bucket == own.Bucket:
		own.Database = f.Database
		return own, nil`, "./internal/vending", "BundleAgrees|Cells"},
	{"a silo may name any bucket", "VE-04", "internal/vault/location.go",
		` && f.Database == own.Database && f.Bucket == own.Bucket:
		return own, nil`, ` && f.Database == own.Database:
		own.Bucket = f.Bucket
		return own, nil`, "./internal/vending", "BundleAgrees|Cells"},
	{"the platform's database may be a pool's", "VE-04", "internal/vault/location.go",
		`, f.Database == location.PlatformDatabase:`, `:`, "./internal/vending", "Cells"},
	{"a withdrawn key goes on", "VE-03", "internal/vending/compartment.go",
		`			c.key.Store(nil)
			m.forget(c)`, `			m.forget(c)`, "", "Withdrawn|Misfiled"},
	{"key files name any token endpoint", "VE-04", "internal/vault/key.go",
		`	case f.TokenURI != tokenURI:`, `	case f.TokenURI == "":`, "./internal/vending", "ParseKey"},
	{"key files of any project", "VE-04", "internal/vault/key.go",
		`	case f.ProjectID != project:`, `	case f.ProjectID == "":`, "./internal/vending", "ParseKey"},
	{"a tenant is vended from a cell of another region", "TM-01", "internal/vending/cells.go",
		`	if cell.Region != p.Region() {`, `	if cell.Region == 0 {`, "", "Cell|Region|BundleAgrees"},
	{"one tenant's rows push out another's", "LG-01", "internal/controlplane/ledger/queue.go",
		`key := laneKey{r.Tenant, r.Alert}`, `key := laneKey{"", false}`, "", "."},
	{"repeats are not summed", "LG-01", "internal/controlplane/ledger/queue.go",
		`; summed && known != nil {`, `; summed && known != nil && r.Tenant == "" {`, "", "."},
	{"one bad row costs the batch", "LG-01", "internal/controlplane/ledger/write.go",
		`if err != nil && len(batch) > 1 && ofARow(err) {`, `if err != nil && len(batch) > 1000 && ofARow(err) {`, "", "."},
	{"a repeat opens a closed alert again", "LG-01", "internal/controlplane/ledger/write.go",
		`	if j.stored {`, `	if j.stored && j.row.ID == "" {`, "", "."},
	{"a download is of whatever is there", "UP-01", "internal/vending/sign.go",
		`		"generation":                   {strconv.FormatInt(generation, 10)},
	}}`, `	}}
	_ = strconv.FormatInt(generation, 10)`, "./internal/uploads", "TestRepository"},
	{"a deleted file can be sent again", "UP-01", "internal/uploads/delete.go",
		`return r.empty(ctx, id)`, `return r.remove(ctx, id)`, "", "TestRepository"},
	{"what nobody signed stays", "UP-01", "internal/uploads/complete.go",
		`if err := r.unstick(ctx, id, attrs); err != nil {`, `if err := error(nil); err != nil {`, "", "TestRepository"},
	{"a tenant's limits are not asked", "UP-01", "internal/uploads/repository.go",
		`return settings.takes(size, contentType)`, `_ = settings.takes(size, contentType)
	return nil`, "", "TestSettings"},
	{"a withheld file is given out", "UP-01", "internal/uploads/repository.go",
		`if settings.Withholds(u) {`, `if settings.Withholds(u) && u.ID.IsZero() {`, "", "TestSettings"},
	{"a file with any verdict is given out", "UP-01", "internal/uploads/settings.go",
		`u.Inspection.Progress != Clean`, `u.Inspection.Progress != Clean && u.Inspection.Progress != Opaque`, "", "TestSettings"},
	{"settings that cannot be read demand nothing", "UP-01", "internal/uploads/settings.go",
		`		return Settings{}, unreadableSettings("form")`, `		return Settings{}, nil`, "", "TestSettings"},
	{"a former admin sets what is demanded of files", "UP-01", "web/settings/files.go",
		`	if err := users.NewRepository(g).Authorize(ctx, tenant.SettingsManage); err != nil {`, `	if err := error(nil); err != nil && users.ErrForbidden != nil {`, "", "FormerAdmins"},
	{"a quota is not asked", "UP-01", "internal/uploads/quota.go",
		`	case n > quota-used && n > 0:`, `	case n > quota-used && n > 1<<40:`, "", "TestQuota$"},
	{"a part of a quota is not bounded", "UP-01", "internal/uploads/quota.go",
		` && now <= part(quota, i) {`, ` {`, "", "TestQuota$"},
	{"parts count while more is used than the quota", "UP-01", "internal/uploads/quota.go",
		`	if used > quota {`, `	if used > quota && quota == 0 {`, "", "TestQuota$"},
	{"a deleted file keeps its room", "UP-01", "internal/uploads/record.go",
		`r.count(tx, id, now.whole().Size-was.whole().Size)`, `r.count(tx, id, 0)`, "", "QuotaIsGivenBack"},
	{"a file that never came keeps its room", "UP-01", "internal/uploads/settle.go",
		`r.count(tx, id, -size)`, `r.count(tx, id, 0)`, "", "QuotaIsGivenBack"},
	{"a count is replaced while it changes", "UP-01", "internal/uploads/quota.go",
		`			if !snap.UpdateTime.Equal(before[i].UpdateTime) {`, `			if snap == before[i] {`, "", "Recount"},
	{"a setting is changed without an entry of the audit", "UP-01", "internal/location/location.go",
		`Users, Identities, Settings}`, `Users, Identities}`, "./internal/uploads", "TestSettings"},
	{"denials are not alerts", "TM-01", "internal/vending/caller.go",
		`r.Alert = errors.Is(err, ErrForeign)`, `r.Alert = errors.Is(err, nil)`, "", "Reaching"},
	{"a tenant's admins read the whole ledger", "TM-01", "internal/tenancy/ownledger.go",
		`	q.Tenant = p.Tenant()
`, ``, "./web", "TestHouse/ledger"},
	{"anybody of a tenant reads its ledger", "AD-01", "internal/tenancy/ownledger.go",
		`if !p.May(tenant.AccessRead) || p.Tenant().IsZero() {`, `if p.Tenant().IsZero() {`, "./internal/vending", "Ledger"},
}
