package main

// doorMutants are defects at the front door: pages, the API, and their sessions.
var doorMutants = []mutant{
	{"of two bearer tokens the first wins", "TM-02", "web/door/bearer.go",
		`if len(values) != 1 {`, `if len(values) == 0 {`, "./web", "TestHouse/what_does_not|EveryRouteRefusesAnonymous"},
	{"the API asks for no permission", "AD-01", "web/door/bearer.go",
		`if !p.May(needed) {`, `if !p.May(needed) && needed == "" {`, "./web", "TestHouse/every_route"},
	{"pages ask for no permission", "AD-01", "web/door/page.go",
		`if !p.May(needed) {`, `if !p.May(needed) && needed == "" {`, "./web", "TestHouse/every_route"},
	{"of two session cookies the last wins", "SX-01", "web/door/cookie.go",
		`case len(found) > 1:`, `case len(found) > 9:`, "", "ReadCookie"},
	{"other sites act for our users", "SX-03", "web/door/middleware.go",
		`if err := d.origin.Check(c.Request()); err != nil {`, `if err := d.origin.Check(c.Request()); err != nil && d == nil {`, "./web", "OtherSites"},
	{"whoever asks for another tenant is not recorded", "TM-01", "web/door/bearer.go",
		`d.refused(ctx, err)`, `err`, "./web", "TestHouse/ledger"},
	{"one tenant's requests count for all", "RE-01", "web/door/limit.go",
		`t, ok := l.tenants.Get(id)`, `id = tenancy.ID{}
	t, ok := l.tenants.Get(id)`, "./web", "TestHouse/neighbours"},
	{"a session opens for every tenant", "SX-01", "internal/identity/sessions.go",
		`return []byte("bulkhead session\x00" + id.String())`, `return []byte("bulkhead session\x00")`, "", "SessionOpensFor"},
	{"the role of the token, not of the record", "AD-03", "internal/identity/signin.go",
		`if u.Role == p.Role() {`, `if u.ID == p.User() {`, "", "RoleChange"},
	{"a disabled person signs in", "AD-03", "internal/identity/service.go",
		`case u.Status != users.Active:`, `case u.Status == "":`, "", "SetDisabled|HalfADisabling"},
}
