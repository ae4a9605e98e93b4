package main

// sessionMutants are defects of how long sessions last, who ends them, and who must prove again who
// they are.
var sessionMutants = []mutant{
	{"a tenant's limits are not asked at the door", "SX-01", "web/door/chain.go",
		`return d.browsers.WithinLimits(a.ctx, a.tenant, a.session, d.config.Now())`, `return nil`, "./web", "WhichRuleRefuses"},
	{"a session outlasts its tenant's limits", "SX-01", "web/browser/store.go",
		`if limits.Over(session.Created, session.Seen, now) {`, `if limits.Idle == 0 {`, "./web", "LimitsOfSessions"},
	{"a tenant's limit may be longer than the platform's", "SX-01", "internal/authpolicy/session.go",
		`if set > 0 && set < most {`, `if set > 0 {`, "", "SessionLimits"},
	{"limits that are too long are taken", "SX-01", "internal/authpolicy/session.go",
		`s.IdleMinutes > int(MaxIdle/time.Minute) || `, ``, "", "SessionSettings"},
	{"a viewer reads where others are signed in", "AD-01", "internal/location/location.go",
		`s.Collections[Sessions] = 0`, `s.Collections[Sessions] = guard.Read`, "./internal/sessions", "TestRecords"},
	{"a viewer ends another's session", "AD-01", "internal/signout/signout.go",
		`	if p.User() == u {
		return nil
	}`, `	if p.Role() != 0 {
		return nil
	}`, "./web/sessions", "WhoMayAskAndEnd"},
	{"ending all leaves what has no record", "SX-01", "internal/signout/signout.go",
		`		if err := dir.RevokeRefreshTokens(ctx, u.String()); err != nil {
			return people.Unavailable("revoke refresh tokens", err)
		}
`, `		_ = dir
`, "./web/sessions", "OwnSessions"},
	{"another's session is ended and the audit says nothing", "AD-01", "internal/signout/signout.go",
		`	if u == g.Principal().User() {
		return end(ctx)
	}`, `	if !u.IsZero() {
		return end(ctx)
	}`, "./web/sessions", "AnothersSessions"},
	{"an old proof is as good as a new one on pages", "SX-01", "web/door/chain.go",
		`	a.proved = a.session.Proved
`, `	a.proved = d.config.Now()
`, "./web", "SensitiveChanges|EverySensitive"},
	{"over the API any sign-in is a fresh proof", "SX-01", "web/door/fresh.go",
		`if !a.route.Fresh || `, `if !a.route.Fresh || a.route.Policy == API || `, "./web", "FreshProofOverTheAPI"},
	{"a password proves whose session began at a provider", "SX-01", "internal/signin/prove.go",
		` || !p.Way().Provider().IsZero() {`, ` {`, "./web/signin", "ProvingWho"},
	{"a provider need not say when somebody signed in", "SX-01", "internal/tenancy/provider.go",
		`	if e == ProveAtProvider {`, `	if e == "" {`, "./web/signin", "ProvingWho"},
	{"whoever signs in at the provider proves who one is", "SX-01", "internal/federation/prove.go",
		`err == nil && login.User != v.principal.User():`, `err == nil && login.User.IsZero():`, "./web/signin", "ProvingWho"},
	{"another person is shown what was typed", "SX-01", "web/browser/held.go",
		`mine := held.User == "" || held.User == p.User().String()`, `mine := held.User == "" || !p.User().IsZero()`, "./web", "MiddleOfAForm"},
	{"secrets that were typed are kept", "SX-04", "web/browser/held.go",
		`if !isSecret(name) {`, `if name != "" {`, "./web", "MiddleOfAForm"},
}
