package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bulkhead-saas/bulkhead/web/api"
)

// problemsOf returns the codes of the refusals of an operation: what its route and its form can be
// refused for, and what d says.
func problemsOf(route Route, op *huma.Operation, d api.Doc) []string {
	codes := []string{"malformed", "tenant_denied", "misdirected", "unsupported_media_type", "too_many_requests", "internal", "unavailable"}
	add := func(when bool, more ...string) {
		if when {
			codes = append(codes, more...)
		}
	}
	has := func(name, in string) bool {
		return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return (name == "" || p.Name == name) && p.In == in })
	}
	add(!route.Public, "unauthenticated", "forbidden", "credential_refused", "sign_in_way", "second_factor_required")
	add(op.Method != http.MethodGet, "cross_origin")
	add(op.RequestBody != nil, "body_too_large", "timeout")
	add(op.RequestBody != nil || has("", "query") || route.Created, "invalid")
	add(has("", "path"), "not_found")
	add(has("cursor", "query"), "bad_cursor")
	add(route.Fresh, "reauthentication_required")
	add(route.Created, "idempotency_key_reused", "request_running")
	add(has("If-Match", "header"), "stale")
	return append(codes, d.Problems...)
}

// addProblem adds a problem to what the description says that an operation answers.
func addProblem(shared *huma.Components, route Route, op *huma.Operation, code string, known []*api.Problem) error {
	i := slices.IndexFunc(known, func(p *api.Problem) bool { return p.Code == code })
	if i < 0 {
		return fmt.Errorf("web: %s answers with the problem %s, of which no row knows", route.Name, code)
	}
	problem := known[i]
	status := strconv.Itoa(problem.Status)
	r := op.Responses[status]
	if r == nil {
		r = &huma.Response{Description: problem.Title + ".", Content: map[string]*huma.MediaType{api.ProblemType: {
			Schema: op.Responses["default"].Content[api.ProblemType].Schema, Examples: map[string]*huma.Example{},
		}}}
		op.Responses[status] = r
	}
	r.Content[api.ProblemType].Examples[code] = &huma.Example{Ref: "#/components/examples/" + code}
	if shared.Examples == nil {
		shared.Examples = map[string]*huma.Example{}
	}
	shared.Examples[code] = &huma.Example{Summary: problem.Detail, Value: problem}
	return nil
}
