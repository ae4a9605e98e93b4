package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// isArray reports whether a schema is that of a list.
func isArray(s *apiSchema) bool {
	switch of := s.Type.(type) {
	case string:
		return of == "array"
	case []any:
		return slices.Contains(of, any("array"))
	}
	return false
}

// takesCursor reports whether an operation is asked for a part of a list.
func (op *apiOperation) takesCursor() bool {
	names := []string{}
	for _, p := range op.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return slices.Contains(names, "cursor") && slices.Contains(names, "limit")
}

// unbounded returns the lists of an answer that have no end: neither pages nor a bound.
func unbounded(doc *apiDocument, op *apiOperation) (names []string) {
	_, media := op.answer()
	s := doc.schema(media.Schema)
	if s == nil {
		return nil
	}
	for name, member := range s.Properties {
		member = doc.schema(member)
		paged := op.takesCursor() && s.Properties["next"] != nil
		if isArray(member) && !paged && member.MaxItems == 0 && strings.HasPrefix(op.OperationID, "list") {
			names = append(names, name)
		} else if isArray(member) && !paged && member.MaxItems == 0 && member.Items != nil && doc.schema(member.Items).Properties != nil {
			names = append(names, name)
		}
	}
	return names
}

// TestListsComeInPages: an operation that lists takes a cursor and answers with the next, or says
// how many there can be.
func TestListsComeInPages(t *testing.T) {
	doc, lists := readDocument(t, newSite(t)), 0
	for _, op := range doc.all() {
		if op.takesCursor() {
			lists++
		}
		if names := unbounded(doc, op); len(names) > 0 {
			t.Errorf("%s %s answers with lists that have neither a cursor nor a bound: %v", op.Method, op.Path, names)
		}
	}
	if lists < 6 {
		t.Errorf("only %d operations list in pages", lists)
	}
	list := doc.Paths["/api/v1/users"]["get"]
	list.Parameters = nil
	if len(unbounded(doc, list)) == 0 {
		t.Error("a list without a cursor is not noticed")
	}
}

// listed returns what identifies the items of a page, and the next.
func listed(t *testing.T, doc *apiDocument, op *apiOperation, body map[string]any) (ids []string, next string) {
	t.Helper()
	for name, v := range body {
		switch v := v.(type) {
		case string:
			next = v
		case []any:
			for _, item := range v {
				id, ok := item.(map[string]any)["id"].(string)
				if !ok { // a folder has none
					id = item.(map[string]any)["path"].(string)
				}
				ids = append(ids, id)
			}
		default:
			t.Fatalf("%s answers with %s, which is no page", op.Path, name)
		}
	}
	return ids, next
}

// again makes another of what the example of a creating operation makes.
func (s *stage) again(t *testing.T, op *apiOperation) {
	t.Helper()
	body, err := json.Marshal(op.RequestBody.Content["application/json"].Example)
	fail(t, err)
	if w := s.Call("POST", op.Path, string(body), s.admin); w.Code != http.StatusCreated {
		t.Errorf("POST %s: %d %s", op.Path, w.Code, w.Body)
	}
}

// TestEveryListIsWalked walks each list page by page, one item at a time, and finds each item once.
// A cursor that was not given out for the list is refused.
func TestEveryListIsWalked(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	s := &stage{House: h, admin: h.Bearer(t, h.Acme.Admin, "acme")}
	for range 3 {
		s.signIn(t, h.Acme.Admin)
	}
	doc, theirs := readDocument(t, h.Handler), h.Bearer(t, h.Globex.Admin, "globex")
	cursors := map[string]string{}
	read := func(op *apiOperation, as func(*http.Request), query string) ([]string, string) {
		w := s.Call("GET", strings.ReplaceAll(op.Path, "{id}", h.Acme.Admin.ID.String())+"?"+query, "", as)
		return listed(t, doc, op, webtest.Read[map[string]any](t, w, http.StatusOK))
	}
	for _, op := range doc.all() {
		if !op.takesCursor() {
			continue
		}
		if op.Path == "/api/v1/binned-uploads" { // nothing is made there
			for range 3 {
				binned(t, s, new(prepared))
			}
		}
		if op.Path == "/api/v1/folders" {
			s.inFolders(t, "invoices", "letters/2026", "plans")
		}
		if make := doc.Paths[op.Path]["post"]; make != nil {
			for range 3 {
				s.again(t, make)
			}
		}
		whole, next := read(op, s.admin, "limit=200")
		if op.Path == "/api/v1/access" { // each request adds to it
			whole, next = whole[:min(len(whole), 4)], ""
		}
		if len(whole) < 3 || next != "" {
			t.Errorf("%s lists %d, and has a next: %v", op.Path, len(whole), next != "")
			continue
		}
		var walked []string
		at, from := "", 0
		for range 500 {
			page, next := read(op, s.admin, "limit=1&cursor="+url.QueryEscape(at))
			if at = next; len(page) > 1 {
				t.Errorf("%s: a page of one has %d", op.Path, len(page))
			}
			if walked = append(walked, page...); at == "" {
				break
			}
			cursors[op.Path] = at
		}
		if op.Path == "/api/v1/access" { // from where the whole list began
			from = max(0, slices.Index(walked, whole[0]))
			walked = walked[from:min(len(walked), from+len(whole))]
		}
		if diff := cmp.Diff(whole, walked); diff != "" {
			t.Errorf("%s: the whole (-) and page by page (+):\n%s", op.Path, diff)
		}
	}
	_, foreign := read(doc.Paths["/api/v1/users"]["get"], theirs, "limit=1")
	for _, op := range doc.all() {
		if !op.takesCursor() {
			continue
		}
		refused := map[string]string{"no cursor": "x", "half a cursor": cursors[op.Path][:len(cursors[op.Path])-1], "globex's": foreign, "too long": strings.Repeat("a", 9000)}
		for path, cursor := range cursors {
			if path != op.Path && !(strings.HasSuffix(path, "/sessions") && strings.HasSuffix(op.Path, "/sessions")) { // the admin's own are the admin's
				refused["that of "+path] = cursor
			}
		}
		for what, cursor := range refused {
			w := s.Call("GET", strings.ReplaceAll(op.Path, "{id}", h.Acme.Admin.ID.String())+"?cursor="+url.QueryEscape(cursor), "", s.admin)
			webtest.WantProblem(t, op.Path+" with "+what, w, http.StatusBadRequest, "bad_cursor")
		}
	}
}
