package web_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

const (
	// released is the description of the last release. A release replaces it: see CHANGELOG.md.
	released = "testdata/openapi-released.json"
	// accepted are the changes since then that break clients and were decided on, one a line.
	accepted = "testdata/openapi-breaking.txt"
)

// TestNothingBreaks: no client of the last release meets a change that breaks it, but those that
// were decided on.
func TestNothingBreaks(t *testing.T) {
	before, err := os.ReadFile(released)
	fail(t, err)
	text, err := os.ReadFile(accepted)
	fail(t, err)
	var known []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known = append(known, line)
		}
	}
	found := breaking(t, before, description(newSite(t)))
	for _, change := range found {
		if !slices.Contains(known, change) {
			t.Errorf("breaks clients: %s", change)
		}
	}
	for _, line := range known {
		if !slices.Contains(found, line) {
			t.Errorf("%s lists what breaks nothing: %s", accepted, line)
		}
	}
}

// breaking returns the changes from one description to another that break clients, as oasdiff names
// them.
func breaking(t *testing.T, before, after []byte) (all []string) {
	t.Helper()
	read := func(description []byte) *load.SpecInfo {
		t.Helper()
		s, err := load.NewSpecInfoFromData(openapi3.NewLoader(), description, "openapi.json")
		fail(t, err)
		return s
	}
	differences, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), read(before), read(after))
	fail(t, err)
	inEnglish := checker.NewDefaultLocalizer()
	for _, c := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), differences, sources) {
		if c.IsBreaking() {
			all = append(all, strings.TrimSpace(c.GetOperation()+" "+c.GetPath()+": "+c.GetUncolorizedText(inEnglish)))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestBreakingIsNoticed: what TestNothingBreaks relies on notices changes that break clients, names
// them, and lets others be.
func TestBreakingIsNoticed(t *testing.T) {
	now := description(newSite(t))
	for what, c := range map[string]struct {
		change func(t *testing.T, d map[string]any)
		says   string // "": it breaks nobody
	}{
		"nothing": {func(*testing.T, map[string]any) {}, ""},
		"another sentence": {func(t *testing.T, d map[string]any) {
			member[map[string]any](t, d, "paths", "/api/v1/users/{id}", "get")["summary"] = "Another"
		}, ""},
		"a role that nobody is told of any more": {func(t *testing.T, d map[string]any) {
			role := member[map[string]any](t, d, "components", "schemas", "User", "properties", "role")
			role["enum"] = member[[]any](t, role, "enum")[1:]
		}, ""},
		"an operation goes": {func(t *testing.T, d map[string]any) {
			delete(member[map[string]any](t, d, "paths", "/api/v1/uploads/{id}/complete"), "post")
		}, "POST /api/v1/uploads/{id}/complete: "},
		"a member of an answer goes": {func(t *testing.T, d map[string]any) {
			delete(member[map[string]any](t, d, "components", "schemas", "User", "properties"), "email")
		}, "GET /api/v1/users/{id}: "},
		"a parameter is required": {func(t *testing.T, d map[string]any) {
			member[map[string]any](t, d, "paths", "/api/v1/users", "get", "parameters", "1")["required"] = true
		}, "GET /api/v1/users: "},
		"a status is another": {func(t *testing.T, d map[string]any) {
			answers := member[map[string]any](t, d, "paths", "/api/v1/users/{id}", "get", "responses")
			answers["201"] = answers["200"]
			delete(answers, "200")
		}, "GET /api/v1/users/{id}: "},
		"a credential is needed": {func(t *testing.T, d map[string]any) {
			member[map[string]any](t, d, "paths", "/api/v1/token", "post")["security"] = []any{map[string]any{"bearer": []any{}}}
		}, "POST /api/v1/token: "},
		"a shorter text is taken": {func(t *testing.T, d map[string]any) {
			member[map[string]any](t, d, "components", "schemas", "AddAppInputBody", "properties", "code")["maxLength"] = 1
		}, "POST /api/v1/account/app: "},
	} {
		t.Run(what, func(t *testing.T) {
			var d map[string]any
			fail(t, json.Unmarshal(now, &d))
			c.change(t, d)
			after, err := json.Marshal(d)
			fail(t, err)
			got := breaking(t, now, after)
			if (len(got) > 0) != (c.says != "") || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, c.says) }) && c.says != "" {
				t.Errorf("breaks %q, want one that begins with %q", got, c.says)
			}
		})
	}
}

// member is what stands in a JSON value at a path of names and positions.
func member[T any](t *testing.T, v any, path ...string) T {
	t.Helper()
	for _, name := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			n, err := strconv.Atoi(name)
			fail(t, err)
			v = in[n]
		}
	}
	found, ok := v.(T)
	if !ok {
		t.Fatalf("the description has no %v", path)
	}
	return found
}
