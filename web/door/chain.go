package door

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// rule is one question that a request is asked on its way in. The first that says no decides, and
// nothing after it is asked.
type rule struct {
	name  string // in an explanation
	where string // where the answer is decided: a file, or a page
	judge func(*Door, *attempt) error
	// moment marks a rule whose answer depends on what else is going on right now. An explanation
	// names it and does not ask it.
	moment bool
}

// attempt is a request on its way through a chain, with what the rules have found so far.
type attempt struct {
	ctx     context.Context
	request *http.Request
	route   Route
	path    string // what the path says of the workspace: its slug, unparsed; pages alone

	// supposed is the credential that an explanation asks about: nil for a real request. A real
	// request has its credential in the request.
	supposed *tenancy.Supposed

	selector  tenant.Selector
	token     string
	sealed    string
	tenant    tenant.Tenant         // of a page
	session   sessioncookie.Session // of a page, as it came
	renewed   sessioncookie.Session // of a page, as it is from now on
	principal tenancy.Principal     // zero for a supposed credential
	facts     tenancy.Facts
	proved    time.Time // when the caller last proved who they are; zero: never
	decided   string    // the rule of package tenancy that said no
	operator  tenancy.Operator
	call      tenancy.PlatformCall
	grant     vending.Grant
	done      func() // ends what the limits count; never nil
}

// chains are the rules of each policy, in order. They are what serves, and what is explained: there
// is no second list.
var chains = map[Policy][]rule{
	Public: {},
	API: {
		{"one bearer token", "web/door/bearer.go", (*Door).hasBearer, false},
		{"one tenant", "X-TenantId, or the host: web/door/host.go", (*Door).hasSelector, false},
		{"the address has not guessed too often", "web/door/limit.go", (*Door).mayGuess, true},
		{"a credential of the tenant", "internal/tenancy/admission.go", (*Door).judgeBearer, false},
		{"the route takes this kind", "web/routes.go", (*Door).judgeKind, false},
		{"the permission of the route", "internal/tenant/permission.go", (*Door).judgePermission, false},
		{"a person who has signed in, where the route asks for one", "web/door/own.go", (*Door).judgeOwn, false},
		{"proven within ten minutes, where the route asks for it", "web/door/fresh.go", (*Door).judgeFresh, false},
		{"the tenant's share", "web/door/limit.go", (*Door).takeShare, true},
		{"vending", "internal/vending", (*Door).vend, true},
	},
	Session: {
		{"one workspace", "the path: web/door/address.go", (*Door).hasPath, false},
		{"one session", "the browser's cookie: web/door/cookie.go", (*Door).hasCookie, false},
		{"the workspace is served", "internal/controlplane/registry", (*Door).judgeWorkspace, false},
		{"the session opens", "internal/sessioncookie/session.go", (*Door).openSession, false},
		{"no older, and no longer idle, than the workspace lets it", "the settings: internal/authpolicy/session.go", (*Door).judgeLimits, false},
		{"the tenant's share", "web/door/limit.go", (*Door).takeSessionsShare, true},
		{"a session of the tenant", "internal/tenancy/admission.go", (*Door).judgeSession, false},
		{"the permission of the route", "internal/tenant/permission.go", (*Door).judgePermission, false},
		{"proven within ten minutes, where the route asks for it", "web/door/fresh.go", (*Door).judgeFresh, false},
		{"vending", "internal/vending", (*Door).vend, true},
	},
	Operators: {
		{"one session of an operator", "the browser's cookie: web/door/cookie.go", (*Door).hasOperatorCookie, false},
		{"the session opens", "internal/sessioncookie/session.go", (*Door).openOperator, false},
		{"no older, and no longer idle, than an operator's session may be", "web/browser/store.go", (*Door).judgeOperatorLimits, false},
		{"an operator", "internal/tenancy/operator.go", (*Door).judgeOperator, true},
	},
	Platform: {
		{"one bearer token", "web/door/bearer.go", (*Door).hasBearer, false},
		{"a token that Google signed for the one account that calls here", "internal/tenancy/platformcall.go", (*Door).judgeCall, true},
	},
}

func init() { chains[APIKey] = chains[API] } // the kinds that a route takes are its policy's: see accepts

// accepts is which credentials a route of the policy takes, whatever a tenant's settings say.
func (p Policy) accepts() authpolicy.Set {
	switch p {
	case API:
		return authpolicy.Bearers()
	case APIKey:
		return authpolicy.SetOf(authpolicy.Key)
	}
	return 0
}

// enter asks every rule of the route's chain. It returns the error of the first that says no, after
// ending what the limits count.
func (d *Door) enter(a *attempt) error {
	a.done = func() {}
	for _, r := range chains[a.route.Policy] {
		if err := r.judge(d, a); err != nil {
			a.done()
			return err
		}
	}
	return nil
}

func (d *Door) hasBearer(a *attempt) (err error) {
	a.token, err = bearerToken(a.request)
	return err
}

func (d *Door) hasSelector(a *attempt) (err error) {
	a.selector, err = d.selector(a.request)
	return err
}

func (d *Door) mayGuess(a *attempt) error { return d.limiter.mayGuess(visit.AddressOf(a.ctx)) }

func (d *Door) judgeBearer(a *attempt) error {
	if a.supposed != nil {
		return d.suppose(a, a.selector)
	}
	p, err := d.config.Authenticator.Bearer(a.ctx, a.selector, a.token)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		d.limiter.guessed(visit.AddressOf(a.ctx))
	}
	if err != nil {
		return err
	}
	a.welcome(p)
	if v, ok := visit.Of(a.ctx); ok {
		v.Caller = &p
	}
	return nil
}

// judgeKind refuses a credential that the tenant accepts and the route does not take.
func (d *Door) judgeKind(a *attempt) error {
	if !a.route.Policy.accepts().Has(a.facts.Credential) {
		return authpolicy.ErrCredential
	}
	return nil
}

func (d *Door) judgePermission(a *attempt) error {
	if !a.facts.May(a.route.Permission) {
		return errForbidden
	}
	return nil
}

func (d *Door) takeShare(a *attempt) (err error) {
	return a.count(d.limiter.begin(a.principal.Tenant(), a.principal.User().String()))
}

func (d *Door) vend(a *attempt) (err error) {
	a.grant, err = d.config.Machine.Vend(a.ctx, a.principal)
	return err
}

func (d *Door) hasPath(a *attempt) error {
	slug, err := parsePath(a.path)
	a.selector = tenant.SelectSlug(slug)
	return err
}

func (d *Door) judgeWorkspace(a *attempt) (err error) {
	a.tenant, err = d.config.Authenticator.Tenant(a.ctx, a.selector)
	return err
}

func (d *Door) openSession(a *attempt) (err error) {
	a.session, err = d.browsers.Open(a.tenant, a.sealed)
	return err
}

func (d *Door) judgeLimits(a *attempt) error {
	return d.browsers.WithinLimits(a.ctx, a.tenant, a.session, d.config.Now())
}

func (d *Door) takeSessionsShare(a *attempt) error {
	return a.count(d.limiter.begin(a.tenant.ID, d.sessionOf(a.ctx, a.tenant, a.session)))
}

func (d *Door) judgeSession(a *attempt) error {
	if a.supposed != nil {
		return browser.Ended(d.suppose(a, tenant.SelectID(a.tenant.ID)))
	}
	renewed, p, err := d.browsers.Authenticate(a.ctx, a.tenant, a.session, d.config.Now())
	if err != nil {
		return err
	}
	a.renewed = renewed
	a.welcome(p)
	a.proved = a.session.Proved
	if v, ok := visit.Of(a.ctx); ok {
		v.Caller, v.Tenant = &p, &a.tenant
	}
	return nil
}

func (d *Door) openOperator(a *attempt) (err error) {
	a.session, err = d.browsers.OpenOperator(a.sealed)
	return err
}

func (d *Door) judgeOperatorLimits(a *attempt) error {
	return d.browsers.OperatorWithinLimits(a.session, d.config.Now())
}

func (d *Door) judgeOperator(a *attempt) (err error) {
	a.renewed, a.operator, err = d.browsers.AuthenticateOperator(a.ctx, a.session, d.config.Now())
	if v, ok := visit.Of(a.ctx); ok && err == nil {
		v.Operator = &a.operator
	}
	return err
}

// welcome notes whom the authenticator found.
func (a *attempt) welcome(p tenancy.Principal) {
	a.principal, a.facts, a.proved = p, p.Facts(), p.SignedIn()
}

// count notes what the limits count, until the request is done.
func (a *attempt) count(done func(), err error) error {
	if err == nil {
		a.done = done
	}
	return err
}

// suppose asks the rules of package tenancy about the supposed credential.
func (d *Door) suppose(a *attempt, s tenant.Selector) (err error) {
	a.facts, a.decided, err = d.config.Authenticator.Judge(a.ctx, s, *a.supposed)
	if !a.facts.Method.IsProgram() && a.supposed.Flaw != tenancy.Stale {
		a.proved = d.config.Now()
	}
	return err
}
