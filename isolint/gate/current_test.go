package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// TestStaleConfiguration looks at a module with a configuration in which every member names
// something that the module does not have: whoever renames a type must not lose its protection in
// silence.
func TestStaleConfiguration(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":       "module example.com/shop\n\ngo 1.24\n",
		"shop.go":      "package shop\n\ntype Grant struct{ tenant string }\n\nfunc (g Grant) Tenant() string { return g.tenant }\n",
		"web/web.go":   "package web\n\nfunc Show() {}\n",
		"skip/skip.go": "package skip\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look := func(patterns []string, text string) error {
		t.Helper()
		cfg, err := isolint.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = gate.Check(gate.Request{Dir: dir, Patterns: patterns, Config: cfg})
		return err
	}
	const stale = `{
		"allowed": [{"path": "example.com/shop/a", "reason": "r"}],
		"skipped": [{"path": "example.com/shop/b", "reason": "r"}, {"path": "example.com/shop/skip", "reason": "r"}],
		"restricted": [{"of": "example.com/shop", "objects": ["Grant.Role"], "to": ["example.com/shop/c"], "reason": "r"}],
		"kept": ["example.com/shop.Principal"],
		"request": ["example.com/shop/web.Request"],
		"requestScoped": [{"path": "example.com/shop/d/..."}],
		"stateful": [{"path": "example.com/shop/d/e", "reason": "r"}],
		"processWide": ["example.com/shop/web.site"],
		"immutable": ["example.com/shop/f.Rates"],
		"answers": [{"path": "example.com/shop/g", "verbs": ["example.com/shop/web.site.show"], "reason": "r"}],
		"exempt": [{"path": "example.com/shop/web", "rule": "host", "in": "Endpoint", "reason": "r"}]
	}`
	err := look([]string{"./..."}, stale)
	if err == nil {
		t.Fatal("a stale configuration is taken")
	}
	for _, want := range []string{
		"allowed: there is no package example.com/shop/a",
		"skipped: there is no package example.com/shop/b",
		"restricted: package example.com/shop has no Grant.Role",
		"restricted: there is no package example.com/shop/c",
		"kept: package example.com/shop has no Principal",
		"request: package example.com/shop/web has no Request",
		"requestScoped: there is no package example.com/shop/d/...",
		"stateful: there is no package example.com/shop/d/e",
		"processWide: package example.com/shop/web has no site",
		"immutable: there is no package example.com/shop/f",
		"answers: there is no package example.com/shop/g",
		"answers: package example.com/shop/web has no site.show",
		"exempt: package example.com/shop/web has no Endpoint",
	} {
		if !strings.Contains(err.Error(), want+"\n") && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q is not among\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 13 {
		t.Errorf("%d faults, want 13:\n%v", n, err)
	}

	// Of a part of the module that cannot be told.
	if err := look([]string{"./web"}, `{"kept": ["example.com/shop.Principal"]}`); err != nil {
		t.Error(err)
	}
	if err := look([]string{"./..."}, `{
		"skipped": [{"path": "example.com/shop/skip/...", "reason": "r"}],
		"restricted": [{"of": "example.com/shop", "objects": ["Grant", "Grant.Tenant", "Grant.tenant"], "to": ["example.com/shop/web"], "reason": "r"}],
		"kept": ["example.com/shop.Grant", "example.com/other.Grant"],
		"requestScoped": [{"path": "example.com/shop/web/..."}],
		"answers": [{"path": "example.com/shop/web", "verbs": ["example.com/shop/web.Show"], "reason": "r"}]
	}`); err != nil {
		t.Error(err)
	}
}
