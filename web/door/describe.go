package door

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Doc is what the description says of an operation beside its form: a sentence or two, one example,
// and the problems that are its own. The example is sent by the suite, and must be answered as it
// says: see web/examples_test.go.
type Doc struct {
	Says  string // what it does, and what whoever calls it should know
	Given string // what was done before the example is sent; "" if nothing needs to be

	ID      string // the identifier in the path
	Query   string // "limit=1"
	Asks    any    // the body that is sent; text is JSON as it stands; nil: none
	Answers any    // the body that is answered, likewise

	// Problems are the codes of the refusals that the operation's route does not tell of: those of
	// its feature.
	Problems []string
}

// Formats of values that are new each time. What has another format, or none, is in an answer as an
// example says it.
const (
	FormatID     = "id"     // an identifier that somebody has made up
	FormatSecret = "secret" // a credential, a code or a signed address
	FormatCursor = "cursor" // the next of a list
	FormatCount  = "count"  // how much or how often, up to now
)

// exampleTag is the version in the If-Match of examples.
const exampleTag = `"7"`

// document adds what d says to the description of an operation that is registered.
func (t *Table) document(route Route, described huma.Operation, d Doc) {
	op := operationOf(t.api.OpenAPI().Paths[described.Path], described.Method)
	if op == nil {
		t.faults = append(t.faults, fmt.Errorf("web: %s is not described", route.name()))
		return
	}
	op.Description = joined(d.Says, wants(route), ends(route.Deprecated))
	if d.Given != "" {
		op.Extensions = map[string]any{givenMember: d.Given}
	}
	t.exemplify(route, op, d)
	for _, code := range problemsOf(route, op, d) {
		t.addProblem(route, op, code)
	}
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

// wants says who may call a route.
func wants(r Route) string {
	switch {
	case r.Policy == Public:
		return "It takes no credential."
	case r.Policy == APIKey:
		return "It takes an API key with the scope " + string(r.Permission) + ", and nothing else."
	case r.Own && r.Fresh:
		return "It takes the ID token of somebody's own sign-in, of the last ten minutes, and nothing else."
	case r.Own:
		return "It takes the ID token of somebody's own sign-in, and nothing else."
	case r.Fresh:
		return "It wants the permission " + string(r.Permission) + ", and a sign-in of the last ten minutes."
	}
	return "It wants the permission " + string(r.Permission) + "."
}

func ends(d Deprecation) string {
	if d == (Deprecation{}) {
		return ""
	}
	return "It is deprecated, and goes on " + d.Sunset.UTC().Format("2 January 2006") + ": see " + d.Link + "."
}

// exemplify writes the example of d into the description.
func (t *Table) exemplify(route Route, op *huma.Operation, d Doc) {
	said, err := url.ParseQuery(d.Query)
	t.note(route, err)
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
			media.Example = t.exampleBody(route, d.Asks)
		}
	}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") && d.Answers != nil {
			for _, media := range r.Content {
				media.Example = t.exampleBody(route, d.Answers)
			}
		}
	}
}

// exampleOf is a value of a query as its schema types it.
func exampleOf(s *huma.Schema, value string) any {
	if n, err := strconv.Atoi(value); err == nil && s != nil && s.Type == huma.TypeInteger {
		return n
	}
	return value
}

// exampleBody is v as JSON.
func (t *Table) exampleBody(route Route, v any) any {
	var text jsontext.Value
	if s, ok := v.(string); ok {
		text = jsontext.Value(s)
	} else {
		var err error
		text, err = json.Marshal(v, json.Deterministic(true))
		t.note(route, err)
	}
	var plain any
	t.note(route, json.Unmarshal(text, &plain))
	return plain
}

// note keeps what is wrong with what a feature says of a route.
func (t *Table) note(route Route, err error) {
	if err != nil {
		t.faults = append(t.faults, fmt.Errorf("web: the example of %s: %w", route.name(), err))
	}
}
