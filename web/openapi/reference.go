package openapi

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bulkhead-saas/bulkhead/web/api"
)

// Operation is an operation of the API as its description has it, for people to read.
type Operation struct {
	ID         string // what generated clients call it
	Method     string
	Path       string
	Summary    string
	Says       string // what it does, and what it wants
	Given      string // what its example is based on
	Request    string // its example, as HTTP has it
	Response   string // what that is answered with
	Public     bool   // it takes no credential
	Deprecated bool
	Asks       []Field // parameters, and members of the body
	Answers    []Answer
}

// Answer is what an operation answers with.
type Answer struct {
	Status string // "200", or "default": a refusal
	Says   string
	Codes  []string // of its problems
	Fields []Field
}

// Field is a value of a request or of an answer.
type Field struct {
	Name     string // "body.name", "users[].id"
	In       string // "path", "query", "header" or "body"
	Type     string
	Required bool
	Says     string
	Choices  []string // what it can be; nil: anything of its type
}

// Operations returns the operations of a description, by their paths.
func Operations(doc *huma.OpenAPI) []Operation {
	var all []Operation
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		} {
			if op != nil {
				all = append(all, readOperation(doc.Components.Schemas, method, path, op))
			}
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all
}

func readOperation(schemas huma.Registry, method, path string, op *huma.Operation) Operation {
	d := Operation{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Public: len(op.Security) == 0, Deprecated: op.Deprecated,
		Says: op.Description, Request: requestText(method, path, op), Response: responseText(op),
	}
	d.Given, _ = op.Extensions[givenMember].(string)
	for _, p := range op.Parameters {
		f := fieldOf(p.Name, p.In, p.Schema, p.Required)
		f.Says = cmp.Or(p.Description, f.Says)
		d.Asks = append(d.Asks, f)
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			d.Asks = append(d.Asks, fieldsOf(schemas, media.Schema, "", "body", 0)...)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		a := Answer{Status: status, Says: r.Description}
		for _, media := range r.Content {
			if media.Examples != nil { // of problems: their form is that of the default
				a.Codes = slices.Sorted(maps.Keys(media.Examples))
				continue
			}
			a.Fields = append(a.Fields, fieldsOf(schemas, media.Schema, "", "body", 0)...)
		}
		for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
			f := fieldOf(name, "header", r.Headers[name].Schema, false)
			f.Says = cmp.Or(r.Headers[name].Description, f.Says)
			a.Fields = append(a.Fields, f)
		}
		d.Answers = append(d.Answers, a)
	}
	return d
}

// Problem is a kind of refusal, for people to read.
type Problem struct {
	Code    string
	Status  int
	Says    string
	Example string
}

// Problems returns the known problems for people to read, by status and code.
func Problems(known []*api.Problem) (all []Problem) {
	for _, p := range known {
		all = append(all, Problem{p.Code, p.Status, p.Detail, indented(p)})
	}
	slices.SortFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// deepest is how deep members within members are followed.
const deepest = 4

// fieldsOf returns the members of an object, and theirs after each.
func fieldsOf(schemas huma.Registry, s *huma.Schema, within, in string, depth int) (all []Field) {
	s = resolved(schemas, s)
	if s == nil || depth > deepest {
		return nil
	}
	if s.Type == huma.TypeArray {
		return fieldsOf(schemas, s.Items, within+"[]", in, depth+1)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		member := resolved(schemas, s.Properties[name])
		called := name
		if within != "" {
			called = strings.TrimPrefix(within+"."+name, ".")
		}
		f := fieldOf(called, in, member, slices.Contains(s.Required, name))
		f.Says = cmp.Or(s.Properties[name].Description, f.Says)
		all = append(all, f)
		all = append(all, fieldsOf(schemas, member, called, in, depth+1)...)
	}
	return all
}

func resolved(schemas huma.Registry, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func fieldOf(name, in string, s *huma.Schema, required bool) Field {
	f := Field{Name: name, In: in, Required: required}
	if s == nil {
		return f
	}
	f.Type, f.Says = s.Type, s.Description
	if s.Type == huma.TypeArray {
		f.Type = "list"
	}
	if s.Format != "" {
		f.Type += " (" + s.Format + ")"
	}
	for _, e := range s.Enum {
		f.Choices = append(f.Choices, fmt.Sprint(e))
	}
	return f
}
