package main

import "slices"

// sayOtherwise are the mutants of the door that change what an explanation says, by name. Each is
// tried a second time, with the test of the words alone.
var sayOtherwise = map[string]bool{
	"the API asks for no permission":            true,
	"pages ask for no permission":               true,
	"a route for API keys takes any credential": true,
	"an explanation skips a rule":               true,
	"settings are not asked":                    true,
	"an operator's session is of any age":       true,
}

// sayTheSame are the others of them, and why an explanation says of them what it always says.
var sayTheSame = map[string]string{
	"of two bearer tokens the first wins":             malformedRequest,
	"host and header may select two tenants":          malformedRequest,
	"pages are served on every tenant's host":         malformedRequest,
	"of two session cookies the last wins":            malformedRequest,
	"any host is served":                              malformedRequest,
	"a query may name something twice":                malformedRequest,
	"credentials may stand in the address":            malformedRequest,
	"headers may look like the selector":              malformedRequest,
	"a request may have two lengths":                  malformedRequest,
	"an old request may have codings":                 malformedRequest,
	"other sites act for our users":                   otherSite,
	"other sites act where a browser says so":         otherSite,
	"whoever asks for another tenant is not recorded": recorded,
	"another tenant's cookie is not known for it":     recorded,
	"one tenant's requests count for all":             ofTheMoment,
	"who reaches across pays for nothing":             ofTheMoment,
	"one caller has the tenant's rate":                ofTheMoment,
	"one caller has the tenant's places":              ofTheMoment,
	"guesses from one address are not counted":        ofTheMoment,
	"a session opens for every tenant":                "the cookie says whose it is, and that is compared, too",
	"the role of the token, not of the record":        beforeTheDoor,
	"a disabled person signs in":                      beforeTheDoor,
	"an account of the address is adopted":            beforeTheDoor,
	"an outage is no session":                         behindTheDoor,
	"one attempt makes two keys":                      behindTheDoor,
	"a tenant's attempt is another's":                 behindTheDoor,
}

const (
	malformedRequest = "an explanation is about a request of one form, which is sound"
	otherSite        = "it is about a request of our own pages"
	recorded         = "it says who gets in, and not what is recorded of it"
	ofTheMoment      = "limits depend on the moment: it names them and does not ask them"
	beforeTheDoor    = "it is about a credential that somebody has, and not about how they came by it"
	behindTheDoor    = "it ends where the handler begins"
)

// wordMutants are those that change the words, to be noticed by the words.
func wordMutants() (all []mutant) {
	for _, m := range slices.Concat(doorMutants, tenancyMutants) {
		if sayOtherwise[m.name] {
			m.name, m.pkg, m.run = m.name+", in an explanation", "./web", "^TestWordsOf"
			all = append(all, m)
		}
	}
	return all
}

// doorMutants are defects at the front door: pages, the API, and their sessions.
var doorMutants = []mutant{
	{"of two bearer tokens the first wins", "TM-02", "web/door/bearer.go",
		`if len(values) != 1 {`, `if len(values) == 0 {`, "./web", "TestHouse/what_does_not|EveryRouteRefusesAnonymous"},
	{"the API asks for no permission", "AD-01", "web/door/chain.go",
		`		{"the permission of the route", "internal/tenant/permission.go", (*Door).judgePermission, false},
		{"a person who has signed in`, `		{"a person who has signed in`, "./web", "TestHouse/every_route"},
	{"pages ask for no permission", "AD-01", "web/door/chain.go",
		`		{"the permission of the route", "internal/tenant/permission.go", (*Door).judgePermission, false},
		{"proven within ten minutes, where the route asks for it", "web/door/fresh.go", (*Door).judgeFresh, false},
		{"vending"`, `		{"proven within ten minutes, where the route asks for it", "web/door/fresh.go", (*Door).judgeFresh, false},
		{"vending"`, "./web", "TestHouse/every_route"},
	{"a route for API keys takes any credential", "AK-01", "web/door/chain.go",
		`		{"the route takes this kind", "web/routes.go", (*Door).judgeKind, false},
`, ``, "./web", "TestHouse/every_route"},
	{"an explanation skips a rule", "AD-01", "web/door/explain.go",
		`case r.moment:`, `case r.moment, r.name == "the permission of the route":`, "./web", "Explanations"},
	{"an operator's session is of any age", "SX-01", "web/browser/store.go",
		`> tenancy.OperatorSession || now.Sub(session.Seen) > operatorIdle {`, `> 100*tenancy.OperatorSession {`, "./web", "Explanations"},
	{"host and header may select two tenants", "TM-02", "web/door/host.go",
		`(len(values) != 1 || values[0] != slug.String())`, `len(values) > 9`, "./web", "TestHouse/hosts"},
	{"pages are served on every tenant's host", "TM-02", "web/door/host.go",
		`	default: // of another workspace, or of none
		return false, errHost`, `	default: // of another workspace, or of none
		return false, nil`, "./web", "TestHouse/hosts"},
	{"of two session cookies the last wins", "SX-01", "web/browser/cookie.go",
		`case len(found) > 1:`, `case len(found) > 9:`, "", "ReadCookie"},
	{"other sites act for our users", "SX-03", "web/httpserver/origin.go",
		`if origin != own {`, `if origin == "" {`, "./web", "OtherSites"},
	{"whoever asks for another tenant is not recorded", "TM-01", "web/door/bearer.go",
		`d.refused(a.ctx, err)`, `err`, "./web", "TestHouse/ledger"},
	{"one tenant's requests count for all", "RE-01", "web/door/limit.go",
		`t, ok := l.tenants.Get(id)`, `id = tenant.ID{}
	t, ok := l.tenants.Get(id)`, "./web", "TestHouse/neighbours"},
	{"a session opens for every tenant", "SX-01", "internal/sessioncookie/session.go",
		`return []byte("bulkhead session\x00" + id.String())`, `return []byte("bulkhead session\x00")`, "", "SessionOpensFor"},
	{"the role of the token, not of the record", "AD-03", "internal/signin/signin.go",
		`if u.Role == p.Role() {`, `if u.ID == p.User() {`, "./internal/people", "RoleChange"},
	{"any host is served", "TM-02", "web/door/host.go",
		`	case !ok:
		return false, errHost`, `	case !ok:
		return false, nil`, "./web", "StrictRequests"},
	{"a query may name something twice", "TM-02", "web/httpserver/query.go",
		`if len(of) > 1 {`, `if len(of) > 9 {`, "./web", "StrictRequests"},
	{"credentials may stand in the address", "TF-06", "web/httpserver/query.go",
		`if credentialFields[strings.ToLower(name)] {`, `if credentialFields[strings.ToUpper(name)] {`, "./web", "StrictRequests"},
	{"headers may look like the selector", "TM-02", "web/door/host.go",
		`if name != tenantHeader && looksLikeSelector(name) {`, `if name == "" {`, "./web", "StrictRequests"},
	{"other sites act where a browser says so", "SX-03", "web/httpserver/origin.go",
		`if site != "same-origin" && site != "none" {`, `if site == "" {`, "./web", "OtherSites"},
	{"a request may have two lengths", "HT-01", "web/httpserver/framing.go",
		`case f.hasCoding && (f.hasLength || f.old):`, `case f.hasCoding && f.old:`, "", "Fram|Ambiguous"},
	{"an old request may have codings", "HT-01", "web/httpserver/framing.go",
		`case f.hasCoding && (f.hasLength || f.old):`, `case f.hasCoding && f.hasLength:`, "", "Fram|Ambiguous"},
	{"who reaches across pays for nothing", "RE-01", "web/door/limit.go",
		`	if limit != nil {`, `	if limit != nil && ctx == nil {`, "./web", "TestHouse/reaching"},
	{"one caller has the tenant's rate", "RE-01", "web/door/limit.go",
		`bucket(l.limits.Rate / 2)`, `bucket(l.limits.Rate)`, "", "OneCallersRate"},
	{"one caller has the tenant's places", "RE-01", "web/door/limit.go",
		` || t.callers[caller] >= (l.limits.InFlight+1)/2 {`, ` {`, "", "OneCallerLeavesRoom"},
	{"guesses from one address are not counted", "RE-01", "web/door/limit.go",
		`if guesses := l.at(address); guesses != nil && guesses.TokensAt(l.now()) < 1 {`, `if address == "" {`, "./web", "TestHouse/strangers"},
	{"an outage is no session", "AD-03", "web/browser/end.go",
		`if err == nil || nothingToEnd(err) {`, `if err == nil || c != nil {`, "./web", "SignOut|TestHouse"},
	{"another tenant's cookie is not known for it", "TM-01", "internal/sessioncookie/session.go",
		`return fmt.Errorf("%w: %w", errUnopened, &tenancy.MismatchError{Tenant: owner, User: subject(session.ID), Asked: asked})`,
		`_ = tenancy.MismatchError{User: subject(session.ID)}
	return errUnopened`, "./web", "TestHouse/reaching"},
	{"an account of the address is adopted", "AD-04", "internal/people/add.go",
		`	if firebaseauth.IsEmailAlreadyExists(err) {
		if err := s.evict(ctx, a); err != nil {
			return users.User{}, err
		}
		account, err = a.account(ctx)
	}`, `	if firebaseauth.IsEmailAlreadyExists(err) {
		account, err = a.dir.GetUserByEmail(ctx, a.email)
	}`, "", "AddUser"},
	{"one attempt makes two keys", "AK-01", "internal/apikeys/names.go",
		`if once == "" {`, `if t.IsZero() || once != "" {`, "", "OneAttempt"},
	{"a tenant's attempt is another's", "AK-01", "internal/apikeys/names.go",
		`"API key\x00" + t.String() + "\x00" + once`, `"API key\x00" + once`, "", "OneAttempt"},
	{"a disabled person signs in", "AD-03", "internal/people/service.go",
		`case u.Status != users.Active:`, `case u.Status == "":`, "", "SetDisabled|HalfADisabling"},
}
