package storage

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	raw "google.golang.org/api/storage/v1"
)

// The resources of Google's API, as the generated client knows them: what a selection of fields may
// name.
var (
	ofBuckets        = reflect.TypeFor[raw.Buckets]()
	ofOneBucket      = reflect.TypeFor[raw.Bucket]()
	ofObjects        = reflect.TypeFor[raw.Objects]()
	ofObject         = reflect.TypeFor[raw.Object]()
	ofRewrite        = reflect.TypeFor[raw.RewriteResponse]()
	ofPolicy         = reflect.TypeFor[raw.Policy]()
	ofPermissions    = reflect.TypeFor[raw.TestIamPermissionsResponse]()
	ofNotifications  = reflect.TypeFor[raw.Notifications]()
	ofNotification   = reflect.TypeFor[raw.Notification]()
	ofServiceAccount = reflect.TypeFor[raw.ServiceAccount]()
)

// selection is the part of an answer that the query parameter fields asks for: by name, and within
// each. nil is all.
//
// https://cloud.google.com/storage/docs/json_api#partial-response
type selection map[string]selection

// selectFields reads the query parameter of an answer of that type.
func selectFields(fields string, of reflect.Type) (selection, error) {
	p := selectionParser{rest: fields}
	if !p.list(nil) || p.rest != "" {
		return nil, invalidSelection(fields)
	}
	sel := selection{}
	for _, path := range p.paths {
		sel.add(path)
	}
	if bad, ok := sel.check(of); !ok {
		return nil, invalidSelection(bad)
	}
	return sel, nil
}

func invalidSelection(what string) *refusal {
	e := refuseWith(http.StatusBadRequest, "invalidParameter", "InvalidArgument", "Invalid field selection %s", what)
	e.location = "fields"
	return e
}

// selectionParser reads "kind,items(id,name),items/metadata" as four paths.
type selectionParser struct {
	rest  string
	paths [][]string
}

// list reads paths that go on from one.
func (p *selectionParser) list(from []string) bool {
	for {
		if !p.item(from) {
			return false
		}
		if !p.take(",") {
			return true
		}
	}
}

func (p *selectionParser) item(from []string) bool {
	path := slices.Clone(from)
	for {
		n := strings.IndexAny(p.rest+",", ",/()")
		name := strings.TrimSpace(p.rest[:n])
		if name == "" {
			return false
		}
		path, p.rest = append(path, name), p.rest[n:]
		switch {
		case p.take("/"):
			continue
		case p.take("("):
			return p.list(path) && p.take(")")
		}
		p.paths = append(p.paths, path)
		return true
	}
}

func (p *selectionParser) take(token string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, token)
	return ok
}

// add selects what is at the end of the path.
func (s selection) add(path []string) {
	within, named := s[path[0]]
	switch {
	case named && within == nil: // all of it is selected already
	case len(path) == 1:
		s[path[0]] = nil
	default:
		if !named {
			within = selection{}
			s[path[0]] = within
		}
		within.add(path[1:])
	}
}

// check reports whether every name is one of the type's; bad is one that is not.
func (s selection) check(of reflect.Type) (bad string, ok bool) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	for name, within := range s {
		if name == "*" && of.Kind() == reflect.Struct {
			continue // each member that has such members
		}
		member, ok := memberOf(of, name)
		if !ok {
			return name, false
		}
		if bad, ok := within.check(member); !ok {
			return bad, false
		}
	}
	return "", true
}

// memberOf is the type of the member of that name.
func memberOf(of reflect.Type, name string) (reflect.Type, bool) {
	switch of.Kind() {
	case reflect.Map:
		return of.Elem(), true
	case reflect.Struct:
		for i := range of.NumField() {
			tag, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if tag == name && tag != "-" {
				return of.Field(i).Type, true
			}
		}
	}
	return nil, false
}

// of leaves in a JSON value what was selected.
func (s selection) of(v jsontext.Value) (jsontext.Value, error) {
	if s == nil {
		return v, nil
	}
	switch v.Kind() {
	case '[':
		var list []jsontext.Value
		if err := json.Unmarshal(v, &list); err != nil {
			return nil, err
		}
		for i := range list {
			var err error
			if list[i], err = s.of(list[i]); err != nil {
				return nil, err
			}
		}
		return json.Marshal(list)
	case '{':
		var all fields
		if err := json.Unmarshal(v, &all); err != nil {
			return nil, err
		}
		kept := fields{}
		for name, member := range all {
			within, ok := s[name]
			if !ok {
				if within, ok = s["*"]; !ok {
					continue
				}
			}
			if within != nil && member.Kind() != '{' && member.Kind() != '[' {
				continue // it has no members
			}
			var err error
			if kept[name], err = within.of(member); err != nil {
				return nil, err
			}
		}
		return json.Marshal(kept, json.Deterministic(true))
	}
	return v, nil
}
