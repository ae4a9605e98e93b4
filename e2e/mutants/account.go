package main

// accountMutants are defects in letters, and in what people do to their own accounts.
var accountMutants = []mutant{
	{"asking for a mail reads them", "AD-03", "internal/vending/errand.go",
		`	tenancy.AskForMail: {map[string]guard.Verbs{
		location.Mails: guard.Append,`, `	tenancy.AskForMail: {map[string]guard.Verbs{
		location.Mails: guard.Append | guard.Read,`, "", "ErrandsByMail"},
	{"who tells a person reads the letters", "AD-03", "internal/vending/errand.go",
		`	tenancy.TellPerson: {map[string]guard.Verbs{
		location.Mails: guard.Append,`, `	tenancy.TellPerson: {map[string]guard.Verbs{
		location.Mails: guard.Append | guard.Read,`, "", "ErrandsByMail"},
	{"anybody has letters written to people", "AD-03", "internal/tenancy/mail.go",
		`by.Role() != tenant.Admin || by.Method() != BySession && by.Method() != ByBearer`,
		`by.Method() != BySession && by.Method() != ByBearer`, "./internal/vending", "ErrandsByMail"},
	{"one's own account is everybody's", "AD-03", "internal/vending/caller.go",
		`scope = place.Person(errand.collections, user, errand.person, errand.private)`,
		`_, scope = user, place.ReadWrite()`, "", "ErrandsByMail"},
	{"a bearer has an errand of a browser", "AD-03", "internal/tenancy/provider.go",
		`if p.Method() != BySession || p.Role() == 0`, `if p.Role() == 0`, "./web/signin", "ErrandsAreForWhoMay"},
	{"an API key has an account of its own", "AD-03", "internal/tenancy/self.go",
		`if p.Method() != BySession && p.Method() != ByBearer || p.Role() == 0 {`, `if p.Role() == 0 {`,
		"./internal/vending", "ErrandsByMail"},
	{"a session that has ended acts for its person", "AD-03", "internal/tenancy/self.go",
		`return p.Check(ctx)`, `return ctx.Err()`, "./web", "WhoActsForThemselves"},
	{"an issuer's token changes what is a person's own", "AD-03", "web/door/own.go",
		`if a.route.Own && a.facts.Credential != authpolicy.Token {`, `if a.route.Own && a.facts.Credential == authpolicy.Key {`, "./web", "WhoActsForThemselves"},
	{"what was answered is in reach of every errand of one's own", "AD-03", "internal/vending/errand.go",
		`	tenancy.OwnAccount: {map[string]guard.Verbs{
		location.Mails: guard.Append,`, `	tenancy.OwnAccount: {map[string]guard.Verbs{
		location.Idempotency: guard.Read, location.Mails: guard.Append,`, "", "ErrandsByMail"},
	{"a repeat shows recovery codes", "SX-01", "web/signin/ownapi.go",
		`c.RecoveryCodes, c.Note = nil, "This was done`, `c.Note = "This was done`, "./web/signin", "OwnAppOverTheAPI"},
	{"an old sign-in erases its account", "SX-01", "web/routes.go",
		`f.account.EraseAPI(), door.Own, door.Fresh)`, `f.account.EraseAPI(), door.Own)`, "./web/account", "EraseOwnAccountOverTheAPI"},
	{"a code is good for ever", "SX-01", "internal/account/codes.go",
		` || !now.Before(m.Expires) {`, ` || m.Expires.IsZero() {`, "", "CodesEnd"},
	{"a code is good twice", "SX-01", "internal/account/address.go",
		`{ return tx.Delete(codeRef(g, code)) }`, `{ return nil }`, "./web/account", "ChangeAddress"},
	{"a new password ends no session", "AD-03", "internal/people/account.go",
		`if err := s.revocations.RevokeUser(ctx, p.Tenant(), p.User()); err != nil {`,
		`if err := ctx.Err(); err != nil {`, "./web/account", "ForgottenPassword|ChangePassword"},
	{"an address needs no password", "AD-03", "internal/account/address.go",
		`	if _, _, _, err := s.present(ctx, g, present); err != nil {
		return err
	}
	p, err := s.authenticator.Own(ctx, g.Principal(), tenancy.OwnAccount)`,
		`	p, err := s.authenticator.Own(ctx, g.Principal(), tenancy.OwnAccount)`, "./web/account", "ChangeAddress"},
	{"the last admin erases themselves", "RP-05", "internal/users/own.go",
		`		if before.activeAdmin() {`, `		if before.Role == 0 {`, "./web/account", "EraseOwnAccount"},
	{"second factors outlive an erasure", "SX-04", "internal/account/address.go",
		`[]string{location.Sessions, location.Factors}`, `[]string{location.Sessions}`, "./web/account", "ErasureLeavesNothing"},
	{"what is noted of a session outlives an erasure", "SX-04", "internal/people/follow.go",
		`sessions.ForgetAll(ctx, g, id); err != nil {`, `sessions.Forget(ctx, g, id); err != nil {`, "./web/account", "ErasureLeavesNothing"},
	{"whoever has an address already is written to", "AD-03", "internal/account/letters.go",
		`		return mail.Letter{}, mail.ErrNobody // somebody has it already, and learns nothing`, ``, "./web/account", "ChangeAddress"},
	{"a letter is sent again and again", "EV-04", "internal/mail/postman.go",
		`return n, r.Sent || !now.Before(r.Expires), nil`, `return n, !now.Before(r.Expires), nil`, "./internal/mail", "SentOnce"},
}
