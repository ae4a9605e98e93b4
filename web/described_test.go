package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// apiDocument is the API's description as a client reads it.
type apiDocument struct {
	Paths      map[string]map[string]*apiOperation `json:"paths"`
	Components struct {
		Schemas  map[string]*apiSchema `json:"schemas"`
		Examples map[string]struct {
			Summary string         `json:"summary"`
			Value   map[string]any `json:"value"`
		} `json:"examples"`
	} `json:"components"`
}

type apiOperation struct {
	Method, Path string `json:"-"`

	OperationID string     `json:"operationId"`
	Summary     string     `json:"summary"`
	Description string     `json:"description"`
	Given       string     `json:"x-given"`
	Deprecated  bool       `json:"deprecated"`
	Security    []any      `json:"security"`
	Parameters  []apiParam `json:"parameters"`
	RequestBody struct {
		Content map[string]apiMedia `json:"content"`
	} `json:"requestBody"`
	Responses map[string]apiResponse `json:"responses"`
}

type apiParam struct {
	Name    string `json:"name"`
	In      string `json:"in"`
	Example any    `json:"example"`
}

type apiResponse struct {
	Headers map[string]any      `json:"headers"`
	Content map[string]apiMedia `json:"content"`
}

type apiMedia struct {
	Schema   *apiSchema `json:"schema"`
	Example  any        `json:"example"`
	Examples map[string]struct {
		Ref string `json:"$ref"`
	} `json:"examples"`
}

type apiSchema struct {
	Ref        string                `json:"$ref"`
	Type       any                   `json:"type"`
	Format     string                `json:"format"`
	Properties map[string]*apiSchema `json:"properties"`
	Items      *apiSchema            `json:"items"`
	Additional any                   `json:"additionalProperties"`
	MaxItems   int                   `json:"maxItems"`
}

// readDocument reads the description of a site.
func readDocument(t *testing.T, site http.Handler) *apiDocument {
	t.Helper()
	doc := new(apiDocument)
	fail(t, json.Unmarshal(description(site), doc))
	for path, item := range doc.Paths {
		for method, op := range item {
			op.Method, op.Path = strings.ToUpper(method), path
		}
	}
	return doc
}

// all returns the operations, by path and method.
func (d *apiDocument) all() (all []*apiOperation) {
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			all = append(all, d.Paths[path][method])
		}
	}
	return all
}

// schema follows a reference.
func (d *apiDocument) schema(s *apiSchema) *apiSchema {
	if s != nil && s.Ref != "" {
		return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// answer returns the one status that is no refusal, and its body; a nil schema for none.
func (op *apiOperation) answer() (status string, body apiMedia) {
	for s, r := range op.Responses {
		if strings.HasPrefix(s, "2") {
			return s, r.Content["application/json"]
		}
	}
	return "", apiMedia{}
}

// problems returns the codes of the refusals.
func (op *apiOperation) problems() (codes []string) {
	for _, r := range op.Responses {
		codes = append(codes, slices.Collect(maps.Keys(r.Content["application/problem+json"].Examples))...)
	}
	return codes
}
