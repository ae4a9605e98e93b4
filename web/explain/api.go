package explain

import (
	"context"
	"net/url"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

type explainInput struct {
	Route      string `query:"route" required:"true" maxLength:"200" doc:"As the route table has it: GET /t/:tenant/files."`
	Credential string `query:"credential" enum:"none,session,token,key,access,person,operator-session" default:"session"`
	Flaw       string `query:"flaw" enum:"right,malformed,expired,foreign,stale" default:"right" doc:"What is wrong with the credential."`
	Role       string `query:"role" enum:"viewer,editor,admin" default:"viewer" doc:"Of who holds it."`
	Factor     string `query:"factor" enum:"none,proven" default:"none" doc:"The second factor of the session or of the ID token."`
}

// Rule is what one rule says of a request.
type Rule struct {
	Name    string `json:"name"`
	Where   string `json:"where" doc:"Where it is decided."`
	Outcome string `json:"outcome" enum:"passed,refused,depends on the moment,not asked"`
	Detail  string `json:"detail,omitempty" doc:"The rule within that decided."`
}

type explainOutput struct {
	Body struct {
		Allowed bool   `json:"allowed"`
		Policy  string `json:"policy" doc:"Of the route."`
		Status  int    `json:"status,omitempty" doc:"Of the refusal."`
		Code    string `json:"code,omitempty" doc:"Likewise."`
		Detail  string `json:"detail,omitempty" doc:"Likewise, in a sentence."`
		Rules   []Rule `json:"rules" maxItems:"20" doc:"In the order in which they are asked."`
	}
}

// API says who gets in at a route of the caller's own tenant.
func (f Feature) API() api.Operation {
	return api.NewOperation("Say who gets in at a route, and which rule decides", f.api).Described(api.Doc{
		Says:  "It asks the rules that serve, for a caller who is not there. Nothing is done.",
		Query: url.Values{"route": {"GET /t/:tenant/files"}, "credential": {"session"}, "role": {"viewer"}}.Encode(),
		Answers: `{"allowed":true,"policy":"session","status":0,"rules":[` + `{"name":"one workspace","where":"the path: web/door/address.go","outcome":"passed"}` +
			`,{"name":"one session","where":"the browser's cookie: web/door/cookie.go","outcome":"passed"}` +
			`,{"name":"the workspace is served","where":"internal/controlplane/registry","outcome":"passed"}` +
			`,{"name":"the session opens","where":"internal/sessioncookie/session.go","outcome":"passed"}` +
			`,{"name":"no older, and no longer idle, than the workspace lets it","where":"the settings: internal/authpolicy/session.go","outcome":"passed"}` +
			`,{"name":"the tenant's share","where":"web/door/limit.go","outcome":"depends on the moment"}` +
			`,{"name":"a session of the tenant","where":"internal/tenancy/admission.go","outcome":"passed"}` +
			`,{"name":"the permission of the route","where":"internal/tenant/permission.go","outcome":"passed"}` +
			`,{"name":"proven within ten minutes, where the route asks for it","where":"web/door/fresh.go","outcome":"passed"}` +
			`,{"name":"vending","where":"internal/vending","outcome":"depends on the moment"}` + `]}`,
	})
}

func (f Feature) api(ctx context.Context, _ vending.Grant, in *explainInput) (*explainOutput, error) {
	of, ok := door.Selected(ctx)
	if !ok {
		return nil, tenant.ErrTenantDenied
	}
	q, err := Asked{Route: in.Route, Credential: in.Credential, Flaw: in.Flaw, Role: in.Role, Factor: in.Factor}.question(ctx, of)
	if err != nil {
		return nil, err
	}
	e, err := door.Explain(ctx, q)
	if err != nil {
		return nil, err
	}
	out := new(explainOutput)
	b := &out.Body
	b.Allowed, b.Policy, b.Rules = !e.Refused, string(q.Route.Policy), []Rule{}
	b.Status, b.Code, b.Detail = e.Refusal.Status, e.Refusal.Code, e.Refusal.Sentence
	for _, s := range e.Steps {
		b.Rules = append(b.Rules, Rule{Name: s.Name, Where: s.Where, Outcome: string(s.Outcome), Detail: s.Detail})
	}
	return out, nil
}
