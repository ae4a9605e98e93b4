package door

import (
	"context"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// Kind is a kind of credential that an explanation can ask about.
type Kind string

// The kinds.
const (
	NoCredential    Kind = "none"
	BrowserSession  Kind = "session"          // a browser's session in a workspace
	IDToken         Kind = "token"            // an ID token, sent to the API
	APIKeyKind      Kind = "key"              // an API key, sent to the API
	AccessToken     Kind = "access"           // an access token of the tenant's own issuer, sent to the API
	PersonToken     Kind = "person"           // an access token of that issuer that stands for a person
	OperatorSession Kind = "operator-session" // a browser's session as an operator
)

// Question asks who gets in at a route: somebody with this credential, for this workspace.
type Question struct {
	Route     Route
	Workspace tenant.Slug
	Kind      Kind
	Flaw      tenancy.Flaw // what is wrong with the credential
	Role      tenant.Role  // of who holds it
	Factor    bool         // its session has proven a second factor
}

// Step is what one rule says.
type Step struct {
	Name    string
	Where   string // where it is decided
	Outcome Outcome
	Detail  string // the rule within that decided; "" if there is none
}

// Outcome is what a rule says of a request.
type Outcome string

// The outcomes.
const (
	Passed   Outcome = "passed"
	Refused  Outcome = "refused"
	Moment   Outcome = "depends on the moment"
	NotAsked Outcome = "not asked"
)

// Explanation says whether a request gets in, and what each rule said. It is made by asking the
// rules of the chain that serves.
type Explanation struct {
	Steps   []Step
	Refused bool
	Refusal Refusal // zero unless Refused
}

// Explain asks the chain of the question's route about a credential that nobody holds. Nothing is
// counted against anybody, recorded or vended. ErrUnavailable if what a rule asks could not be
// read.
func (t *Table) Explain(ctx context.Context, q Question) (Explanation, error) {
	a, err := t.door.rehearse(ctx, q)
	if err != nil {
		return Explanation{}, err
	}
	var e Explanation
	for _, r := range chains[q.Route.Policy] {
		step := Step{Name: r.name, Where: r.where}
		switch {
		case e.Refused:
			step.Outcome = NotAsked
		case r.moment:
			step.Outcome = Moment
		default:
			if err := r.judge(t.door, a); err != nil {
				refusal := t.Refuse(err)
				if refusal.Status >= http.StatusInternalServerError {
					return Explanation{}, err
				}
				step.Outcome, step.Detail = Refused, a.decided
				e.Refused, e.Refusal = true, refusal
				break
			}
			step.Outcome = Passed
		}
		e.Steps = append(e.Steps, step)
	}
	return e, nil
}

// Explain is Table.Explain, for a handler: the rules are those of the table that its request came
// through.
func Explain(ctx context.Context, q Question) (Explanation, error) {
	t, ok := tableOf(ctx)
	if !ok {
		return Explanation{}, tenant.Invalid("explanation outside a request")
	}
	return t.Explain(ctx, q)
}

// RoutesOf returns the lines of the table that a request came through.
func RoutesOf(ctx context.Context) []Route {
	t, ok := tableOf(ctx)
	if !ok {
		return nil
	}
	return t.Routes()
}

// Selected returns the workspace of a request of the API, by its name in addresses. ok is false
// outside such a request.
func Selected(ctx context.Context) (_ tenant.Slug, ok bool) {
	v, ok := visit.Of(ctx)
	if !ok || v.Caller == nil {
		return tenant.Slug{}, false
	}
	through, ok := tableOf(ctx)
	if !ok {
		return tenant.Slug{}, false
	}
	t, err := through.door.config.Authenticator.Tenant(ctx, tenant.SelectID(v.Caller.Tenant()))
	return t.Slug, err == nil
}

// supposedToken stands where a bearer token would. It is none.
const supposedToken = "supposed"

// rehearse makes the request that the question is about, as far as one can without a credential.
func (d *Door) rehearse(ctx context.Context, q Question) (*attempt, error) {
	r, err := http.NewRequestWithContext(ctx, q.Route.Method, "/", http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Host = d.host
	if q.Workspace != (tenant.Slug{}) {
		r.Header[tenantHeader] = []string{q.Workspace.String()}
	}
	a := &attempt{ctx: ctx, request: r, route: q.Route, path: q.Workspace.String(), done: func() {}}
	a.supposed = &tenancy.Supposed{Flaw: q.Flaw, Role: q.Role}
	if q.Factor {
		a.supposed.Factor = authpolicy.ByCode() // each counts as much as the others
	}
	switch q.Kind {
	case NoCredential:
	case BrowserSession:
		a.supposed.Method = tenancy.BySession
		err = d.rehearseSession(a, q)
	case OperatorSession:
		a.supposed.Method = tenancy.BySession
		seal := d.config.Sessions.SealOperator
		if q.Flaw == tenancy.Foreign {
			seal = func(s sessioncookie.Session) (string, error) { return d.config.Sessions.Seal(tenant.NewID(), s) }
		}
		var sealed string
		sealed, err = seal(d.supposedSession(q.Flaw))
		r.Header.Set("Cookie", browser.OperatorCookie+"="+flawed(sealed, q.Flaw))
	case IDToken:
		a.supposed.Method = tenancy.ByBearer
	case APIKeyKind:
		a.supposed.Method = tenancy.ByAPIKey
	case AccessToken:
		a.supposed.Method = tenancy.ByAccess
	case PersonToken:
		a.supposed.Method = tenancy.ByPersonToken
	default:
		return nil, tenant.Invalid("kind of credential")
	}
	if a.supposed.Method != 0 && a.supposed.Method != tenancy.BySession {
		r.Header.Set("Authorization", "Bearer "+supposedToken)
	}
	return a, err
}

// rehearseSession gives the request a cookie of the workspace.
func (d *Door) rehearseSession(a *attempt, q Question) error {
	id := tenant.NewID() // of nobody: where the workspace is not served, its rule says so
	if t, err := d.config.Authenticator.Tenant(a.ctx, tenant.SelectSlug(q.Workspace)); err == nil && q.Flaw != tenancy.Foreign {
		id = t.ID
	}
	sealed, err := d.config.Sessions.Seal(id, d.supposedSession(q.Flaw))
	a.request.Header.Set("Cookie", browser.CookieName(q.Workspace)+"="+flawed(sealed, q.Flaw))
	return err
}

// supposedSession is a session in which there are no tokens.
func (d *Door) supposedSession(f tenancy.Flaw) sessioncookie.Session {
	now := d.config.Now()
	if f == tenancy.Expired {
		now = now.Add(-tenant.MaxSession - time.Hour)
	}
	return sessioncookie.Session{Created: now, Seen: now, Proved: now}
}

// flawed is the sealed session, or what is none.
func flawed(sealed string, f tenancy.Flaw) string {
	if f == tenancy.Malformed {
		return supposedToken
	}
	return sealed
}
