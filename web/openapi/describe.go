package openapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/web/api"
)

// Route is what the route table says of an operation.
type Route struct {
	Name       string          // its method and path
	Wants      string          // who may call it, in a sentence
	Public     bool            // anyone may call it
	Fresh      bool            // its caller has proven lately who they are
	Created    bool            // it answers with 201
	Deprecated api.Deprecation // zero: it stays
}

// exampleTag is the version in the If-Match of examples.
const exampleTag = `"7"`

// Describe adds what d says to the description of an operation that is registered in doc. known are
// all problems that can be answered, as examples. It returns every fault of what is said.
func Describe(doc *huma.OpenAPI, route Route, described huma.Operation, d api.Doc, known []*api.Problem) error {
	op := operationOf(doc.Paths[described.Path], described.Method)
	if op == nil {
		return fmt.Errorf("web: %s is not described", route.Name)
	}
	op.Description = joined(d.Says, route.Wants, ends(route.Deprecated))
	if d.Given != "" {
		op.Extensions = map[string]any{givenMember: d.Given}
	}
	faults := exemplify(route, op, d)
	for _, code := range problemsOf(route, op, d) {
		faults = append(faults, addProblem(doc.Components, route, op, code, known))
	}
	return errors.Join(faults...)
}

// givenMember is the member of an operation that says what its example is based on.
const givenMember = "x-given"

func operationOf(p *huma.PathItem, method string) *huma.Operation {
	if p == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: p.Get, http.MethodPost: p.Post, http.MethodPut: p.Put, http.MethodPatch: p.Patch, http.MethodDelete: p.Delete,
	}[method]
}

func joined(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}

func ends(d api.Deprecation) string {
	if d == (api.Deprecation{}) {
		return ""
	}
	return "It is deprecated, and goes on " + d.Sunset.UTC().Format("2 January 2006") + ": see " + d.Link + "."
}

// exemplify writes the example of d into the description, and returns what is wrong with it.
func exemplify(route Route, op *huma.Operation, d api.Doc) (faults []error) {
	note := func(err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("web: the example of %s: %w", route.Name, err))
		}
	}
	said, err := url.ParseQuery(d.Query)
	note(err)
	for _, p := range op.Parameters {
		switch {
		case p.Name == "X-TenantId":
			p.Example = "acme"
		case p.Name == "If-Match":
			p.Example = exampleTag
		case p.Name == "Idempotency-Key":
			p.Example = "1f0c-" + op.OperationID
		case p.In == "path" && d.ID != "":
			p.Example = d.ID
		case p.In == "query" && said.Has(p.Name):
			p.Example = exampleOf(p.Schema, said.Get(p.Name))
		}
	}
	if op.RequestBody != nil && d.Asks != nil {
		for _, media := range op.RequestBody.Content {
			media.Example, err = exampleBody(d.Asks)
			note(err)
		}
	}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") && d.Answers != nil {
			for _, media := range r.Content {
				media.Example, err = exampleBody(d.Answers)
				note(err)
			}
		}
	}
	return faults
}

// exampleOf is a value of a query as its schema types it.
func exampleOf(s *huma.Schema, value string) any {
	if n, err := strconv.Atoi(value); err == nil && s != nil && s.Type == huma.TypeInteger {
		return n
	}
	return value
}

// exampleBody is v as JSON.
func exampleBody(v any) (plain any, err error) {
	var text jsontext.Value
	if s, ok := v.(string); ok {
		text = jsontext.Value(s)
	} else if text, err = json.Marshal(v, json.Deterministic(true)); err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &plain)
	return plain, err
}
