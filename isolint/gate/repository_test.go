package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// TestRepository breaks this repository on purpose, a line at a time, and looks at it with the configuration that is
// committed: each line must be found, in the file that it was put into. Nothing is written.
func TestRepository(t *testing.T) {
	cfg, config, err := isolint.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(config)
	seeds := []struct{ name, file, imports, code, want string }{
		{
			"a client of its own", "internal/uploads/repository.go",
			`import seeded "cloud.google.com/go/storage"`,
			`var _, _ = seeded.NewClient(nil)`,
			"client: storage.NewClient makes storage.Client",
		},
		{
			"the platform's key", "internal/identity/claims.go",
			`import seeded "github.com/bulkhead-saas/bulkhead/internal/platform"`,
			`var _, _ = seeded.Open(nil, seeded.Config{})`,
			"wrapper: platform.Open is not for this package",
		},
		{
			"every tenant's records", "internal/identity/errors.go",
			`import seeded "github.com/bulkhead-saas/bulkhead/internal/platform"`,
			`func leakRegistry(p *seeded.Platform) any { return p.Registry() }`,
			"wrapper: platform.Platform.Registry is not for this package",
		},
		{
			"the metadata server", "web/routes.go",
			`import seeded "net/http"`,
			`var _, _ = seeded.Get("http://metadata.google.internal/computeMetadata/v1/")`,
			"host: google.internal",
		},
		{
			"a context in a goroutine", "web/door/table.go",
			`import seeded "github.com/labstack/echo/v4"`,
			`func leakContext(c seeded.Context) { go func() { _ = c.Path() }() }`,
			"context: a goroutine is given",
		},
		{
			"a grant for the next request", "web/door/visit.go",
			`import seeded "github.com/bulkhead-saas/bulkhead/internal/vending"`,
			`var leakedGrants map[string]seeded.Grant`,
			"keep: package variable leakedGrants",
		},
		{
			"Firestore by hand", "internal/controlplane/registry/registry.go",
			`import seeded "cloud.google.com/go/firestore"`,
			`func leakClient(v any) { _ = v.(*seeded.Client) }`,
			"assert: firestore.Client is looked for",
		},
	}
	replace := map[string][]byte{}
	for _, seed := range seeds {
		file := filepath.Join(root, seed.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clause := "\npackage " + filepath.Base(filepath.Dir(file)) + "\n"
		before, after, ok := strings.Cut("\n"+string(text), clause)
		if !ok {
			t.Fatalf("no package clause in %s", file)
		}
		replace[file] = []byte(before + clause + seed.imports + "\n" + after + "\n" + seed.code + "\n")
	}
	verdict, err := gate.Check(gate.Request{
		Dir: root, Patterns: []string{"./internal/...", "./web/..."}, Replace: replace, Config: cfg,
	})
	if err != nil {
		t.Fatal(err)
	}
	if verdict.OK() {
		t.Error("the verdict is that all is well")
	}
	found := map[string][]string{}
	for _, f := range verdict.Findings {
		found[f.Pos.Filename] = append(found[f.Pos.Filename], f.Message)
	}
	for _, seed := range seeds {
		if got := found[seed.file]; len(got) != 1 || !strings.HasPrefix(got[0], seed.want) {
			t.Errorf("%s: findings %q in %s, want one: %q", seed.name, got, seed.file, seed.want)
		}
		delete(found, seed.file)
	}
	if len(found) > 0 {
		t.Errorf("findings elsewhere: %q", found)
	}
}

// What the committed configuration names is there. A package that was renamed would else be looked at by nobody's will, and
// a skipped one that is made anew would be skipped.
func TestConfigurationIsCurrent(t *testing.T) {
	cfg, file, err := isolint.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/bulkhead-saas/bulkhead/"
	for _, p := range append(cfg.Allowed, cfg.Skipped...) {
		folder := strings.TrimSuffix(strings.TrimPrefix(p.Path, module), "/...")
		if info, err := os.Stat(filepath.Join(filepath.Dir(file), folder)); err != nil || !info.IsDir() {
			t.Errorf("%s: no such package", p.Path)
		}
		for _, production := range []string{
			"cmd/server", "internal/app", "internal/identity", "internal/lifecycle/onboarding", "internal/tenancy", "internal/uploads",
			"internal/users", "web", "web/door", "web/files", "web/view",
		} {
			if isolint.Match(p.Path, module+production) {
				t.Errorf("%s is production code, and not looked at", production)
			}
		}
	}
}
