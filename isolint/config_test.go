package isolint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/isolint"
)

func TestParse(t *testing.T) {
	got, err := isolint.Parse([]byte(`{
		"allowed": [{"path": "example.com/vending", "reason": "vends"}],
		"restricted": [{"of": "example.com/vending", "objects": ["Open"], "to": ["example.com/app"], "reason": "wires"}],
		"kept": ["example.com/vending.Grant"],
		"requestScoped": [{"path": "example.com/web/..."}],
		"stateful": [{"path": "example.com/web/limits", "reason": "counts"}],
		"processWide": ["example.com/web.table"],
		"immutable": ["example.com/money.Rates"],
		"answers": [{"path": "example.com/web", "verbs": ["example.com/web.site.show"], "reason": "renders"}],
		"exempt": [{"path": "example.com/pay", "rule": "host", "in": "Endpoint", "reason": "customers pay there"}],
		"off": [{"rule": "file", "reason": "it serves files"}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &isolint.Config{
		Allowed: []isolint.Package{{Path: "example.com/vending", Reason: "vends"}},
		Restricted: []isolint.Restriction{{
			Of: "example.com/vending", Objects: []string{"Open"}, To: []string{"example.com/app"}, Reason: "wires",
		}},
		Kept:          []string{"example.com/vending.Grant"},
		RequestScoped: []isolint.Package{{Path: "example.com/web/..."}},
		Stateful:      []isolint.Package{{Path: "example.com/web/limits", Reason: "counts"}},
		ProcessWide:   []string{"example.com/web.table"},
		Immutable:     []string{"example.com/money.Rates"},
		Answers: []isolint.Answers{{
			Path: "example.com/web", Verbs: []string{"example.com/web.site.show"}, Reason: "renders",
		}},
		Exempt: []isolint.Exempted{{
			Path: "example.com/pay", Rule: isolint.Host, In: "Endpoint", Reason: "customers pay there",
		}},
		Off: []isolint.Off{{Rule: isolint.File, Reason: "it serves files"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not an object":          {`[]`, "unmarshal JSON array"},
		"two values":             {`{} {}`, "after top-level value"},
		"unknown member":         {`{"allow": []}`, `unknown object member name "allow"`},
		"other case":             {`{"Allowed": []}`, `unknown object member name "Allowed"`},
		"member twice":           {`{"kept": ["a/b.C"], "kept": []}`, "duplicate object member name"},
		"no path":                {`{"allowed": [{"reason": "r"}]}`, "want an import path"},
		"relative path":          {`{"skipped": [{"path": "./...", "reason": "r"}]}`, "want an import path"},
		"allowed below":          {`{"allowed": [{"path": "a/...", "reason": "r"}]}`, "allowed one by one"},
		"allowed, no reason":     {`{"allowed": [{"path": "a"}]}`, "package a: no reason"},
		"skipped, blank reason":  {`{"skipped": [{"path": "a", "reason": " "}]}`, "package a: no reason"},
		"restriction of nothing": {`{"restricted": [{"objects": ["A"], "reason": "r"}]}`, "want a package, objects"},
		"restriction, no object": {`{"restricted": [{"of": "a", "to": ["b"], "reason": "r"}]}`, "want a package, objects"},
		"restriction, no reason": {`{"restricted": [{"of": "a", "objects": ["A"]}]}`, "restriction of a: no reason"},
		"type without a package": {`{"kept": ["Grant"]}`, `type "Grant"`},
		"package without a type": {`{"request": ["example.com/a"]}`, `type "example.com/a"`},
		"every host":             {`{"hosts": [""]}`, "an empty string"},
		"every package":          {`{"sensitive": [""]}`, "an empty string"},
		"no such rule":           {`{"off": [{"rule": "clients", "reason": "r"}]}`, `no rule "clients"`},
		"rule of exemptions":     {`{"off": [{"rule": "exemption", "reason": "r"}]}`, `no rule "exemption"`},
		"off, no reason":         {`{"off": [{"rule": "host"}]}`, "rule host: no reason"},
		"off in a scope": {
			`{"requestScoped": [{"path": "a"}], "off": [{"rule": "state", "reason": "r"}]}`, "rule state holds",
		},
		"scope of nothing":      {`{"requestScoped": [{"reason": "r"}]}`, `requestScoped ""`},
		"scope that is allowed": {`{"allowed": [{"path": "a", "reason": "r"}], "requestScoped": [{"path": "a"}]}`, "not looked at"},
		"scope that is skipped": {`{"skipped": [{"path": "a/...", "reason": "r"}], "requestScoped": [{"path": "a/b"}]}`, "not looked at"},
		"stateful, no scope":    {`{"stateful": [{"path": "a", "reason": "r"}]}`, "not request-scoped"},
		"stateful below":        {`{"requestScoped": [{"path": "a/..."}], "stateful": [{"path": "a/...", "reason": "r"}]}`, "one by one"},
		"stateful, no reason":   {`{"requestScoped": [{"path": "a/..."}], "stateful": [{"path": "a/b"}]}`, "stateful a/b: no reason"},
		"answers of nothing":    {`{"answers": [{"verbs": ["a.B"], "reason": "r"}]}`, "want a package"},
		"answers of no name":    {`{"answers": [{"path": "a", "verbs": [""], "reason": "r"}]}`, "names of functions"},
		"answers, no reason":    {`{"answers": [{"path": "a", "verbs": ["a.B"]}]}`, "answers of a: no reason"},
		"exempt everywhere":     {`{"exempt": [{"path": "a/...", "rule": "host", "in": "A", "reason": "r"}]}`, "want one package"},
		"exempt everything":     {`{"exempt": [{"path": "a", "rule": "host", "reason": "r"}]}`, "the name of a declaration"},
		"exempt from no rule":   {`{"exempt": [{"path": "a", "rule": "hosts", "in": "A", "reason": "r"}]}`, `no rule "hosts"`},
		"exempt, no reason":     {`{"exempt": [{"path": "a", "rule": "host", "in": "A"}]}`, "exempt a: no reason"},
		"exempt in a scope": {
			`{"requestScoped": [{"path": "a/..."}], "exempt": [{"path": "a/b", "rule": "state", "in": "A", "reason": "r"}]}`,
			"nobody is exempt from rule state",
		},
		"process-wide, no package": {`{"processWide": ["site"]}`, `"site"`},
		"immutable, no name":       {`{"immutable": ["example.com/a"]}`, `"example.com/a"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := isolint.Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestParseReportsAllFaults(t *testing.T) {
	_, err := isolint.Parse([]byte(`{"allowed": [{"path": "a"}], "kept": ["Grant"], "hosts": [""]}`))
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v, want three faults", err)
	}
}

// A module's configuration is its own: one further up is not taken for it.
func TestFind(t *testing.T) {
	outer := t.TempDir()
	inner := filepath.Join(outer, "inner")
	deep := filepath.Join(inner, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(outer, isolint.FileName), `{"hosts": ["outer"]}`)
	write(t, filepath.Join(inner, "go.mod"), "module example.com/inner\n")
	cfg, file, err := isolint.Find(deep)
	if err != nil || file != "" || len(cfg.Hosts) != 0 {
		t.Errorf("got %v from %q, %v; want nothing", cfg, file, err)
	}
	write(t, filepath.Join(inner, isolint.FileName), `{"hosts": ["inner"]}`)
	cfg, file, err = isolint.Find(deep)
	if err != nil || file != filepath.Join(inner, isolint.FileName) || !cmp.Equal(cfg.Hosts, []string{"inner"}) {
		t.Errorf("got %v from %q, %v", cfg, file, err)
	}
	write(t, filepath.Join(inner, isolint.FileName), `{`)
	if _, _, err := isolint.Find(deep); err == nil {
		t.Error("a faulty file is as good as none")
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/b/...", "a/b", true},
		{"a/b/...", "a/b/c/d", true},
		{"a/b/...", "a/bc", false},
		{"a/b/...", "a", false},
	} {
		if got := isolint.Match(c.pattern, c.path); got != c.want {
			t.Errorf("Match(%q, %q) = %t", c.pattern, c.path, got)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
