package door

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// problemURI is the type of a problem (RFC 9457, section 3.1.1): the place on the page for people
// where it is explained.
func problemURI(origin, code string) string { return origin + "/api/docs#problem-" + code }

// originOf is that of the site that a request came to.
func originOf(ctx context.Context) string {
	if v, ok := visitOf(ctx); ok {
		return v.table.door.origin
	}
	return ""
}

// refusals are all that can be said, each code once, with the sentence that is true of all its
// cases.
func refusals(rows []Row) (all []Refusal) {
	general := []Refusal{
		Malformed(), NotFound(), Forbidden(), Invalid(), noCredential, tenantDenied, notAllowed, tooLarge, unsupported, unavailable,
		ofStatus(http.StatusRequestTimeout), unknown,
	}
	for _, r := range rows {
		general = append(general, r.Refusal)
	}
	for _, r := range general {
		if !slices.ContainsFunc(all, func(o Refusal) bool { return o.Code == r.Code }) {
			all = append(all, r)
		}
	}
	return all
}

// problemsOf returns the codes of the refusals of an operation: what its route and its form can be
// refused for, and what d says.
func problemsOf(route Route, op *huma.Operation, d Doc) []string {
	codes := []string{"malformed", "tenant_denied", "misdirected", "unsupported_media_type", "too_many_requests", "internal", "unavailable"}
	add := func(when bool, more ...string) {
		if when {
			codes = append(codes, more...)
		}
	}
	has := func(name, in string) bool {
		return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return (name == "" || p.Name == name) && p.In == in })
	}
	add(route.Policy != Public, "unauthenticated", "forbidden", "credential_refused", "sign_in_way", "second_factor_required")
	add(route.Method != http.MethodGet, "cross_origin")
	add(op.RequestBody != nil, "body_too_large", "timeout")
	add(op.RequestBody != nil || has("", "query") || route.Created, "invalid")
	add(has("", "path"), "not_found")
	add(has("cursor", "query"), "bad_cursor")
	add(route.Fresh, notFresh)
	add(route.Created, "idempotency_key_reused", "request_running")
	add(has("If-Match", "header"), "stale")
	return append(codes, d.Problems...)
}

// addProblem adds a refusal to what the description says that an operation answers.
func (t *Table) addProblem(route Route, op *huma.Operation, code string) {
	i := slices.IndexFunc(t.known, func(r Refusal) bool { return r.Code == code })
	if i < 0 {
		t.faults = append(t.faults, fmt.Errorf("web: %s answers with the problem %s, of which no row knows", route.name(), code))
		return
	}
	refusal := t.known[i]
	status := strconv.Itoa(refusal.Status)
	r := op.Responses[status]
	if r == nil {
		r = &huma.Response{Description: http.StatusText(refusal.Status) + ".", Content: map[string]*huma.MediaType{problemType: {
			Schema: op.Responses["default"].Content[problemType].Schema, Examples: map[string]*huma.Example{},
		}}}
		op.Responses[status] = r
	}
	r.Content[problemType].Examples[code] = &huma.Example{Ref: "#/components/examples/" + code}
	shared := t.api.OpenAPI().Components
	if shared.Examples == nil {
		shared.Examples = map[string]*huma.Example{}
	}
	shared.Examples[code] = &huma.Example{Summary: refusal.Sentence, Value: refusal.example(t.door.origin)}
}

// example is the refusal as an example of the description.
func (r Refusal) example(origin string) *problem {
	return r.problem(origin, "KZ3WYIQ6PTBNU7R5MXDCAOEFLG")
}
