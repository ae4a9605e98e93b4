package e2e_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bulkhead-saas/bulkhead/"

// pkg is one package as `go list` describes it.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// layers lists our packages from the top down: a package imports only from layers below its own.
var layers = [][]string{
	{"cmd/server", "cmd/dev"},
	{"internal/app"},
	{"web"},
	{"internal/onboarding", "internal/identity"},
	{"internal/users", "internal/uploads", "internal/audit"},
	{"internal/vending"},
	{"internal/tenancy", "guard"},
}

func TestLayers(t *testing.T) {
	rank := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			rank[module+name] = i + 1
		}
	}
	for _, p := range list(t) {
		from, ranked := rank[p.ImportPath]
		if !ranked {
			continue
		}
		for _, imported := range p.Imports {
			if to, ok := rank[imported]; ok && to <= from {
				t.Errorf("%s imports %s: arrows run down only", short(p.ImportPath), short(imported))
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	ours := func(p string) bool { return strings.HasPrefix(p, module) }
	within := func(name string) func(string) bool {
		return func(p string) bool { return p == module+name || strings.HasPrefix(p, module+name+"/") }
	}
	google := func(p string) bool {
		return strings.HasPrefix(p, "cloud.google.com/") || strings.HasPrefix(p, "firebase.google.com/") ||
			strings.HasPrefix(p, "google.golang.org/")
	}
	// Packages whose names end in "test" are scaffolding for tests; TestTestPackages keeps them there.
	scaffolding := func(p string) bool { return ours(p) && strings.HasSuffix(p, "test") }

	for _, rule := range []struct {
		says      string
		who, whom func(string) bool
		deep      bool // also through other packages
	}{
		{"users never reaches uploads", within("internal/users"), within("internal/uploads"), true},
		{"uploads never reaches users", within("internal/uploads"), within("internal/users"), true},
		{"uploads never reaches forwarding", within("internal/uploads"), within("internal/forwarding"), true},
		{"web imports no Google package", within("web"), google, false},
		{"tenancy reaches nothing else of ours", func(p string) bool { return p == module+"internal/tenancy" },
			func(p string) bool { return ours(p) && !within("internal/tenancy")(p) }, true},
		{"localcloud imports nothing else of ours", within("localcloud"),
			func(p string) bool { return ours(p) && !within("localcloud")(p) }, true},
		{"guard imports nothing else of ours", within("guard"),
			func(p string) bool { return ours(p) && !within("guard")(p) }, true},
		{"isolint imports nothing else of ours", within("isolint"),
			func(p string) bool { return ours(p) && !within("isolint")(p) }, true},
		{"localcloud is linked into cmd/dev and cmd/localcloud only",
			func(p string) bool {
				return ours(p) && !within("localcloud")(p) && !within("cmd/dev")(p) && !within("cmd/localcloud")(p) && !scaffolding(p)
			}, within("localcloud"), true},
	} {
		for _, p := range list(t) {
			imports := p.Imports
			if rule.deep {
				imports = p.Deps
			}
			if !rule.who(p.ImportPath) {
				continue
			}
			if i := slices.IndexFunc(imports, rule.whom); i >= 0 {
				t.Errorf("%s: %s -> %s", rule.says, short(p.ImportPath), short(imports[i]))
			}
		}
	}
}

// Packages that exist for tests are imported by tests, and by each other, only.
func TestTestPackages(t *testing.T) {
	for _, p := range list(t) {
		if strings.HasSuffix(p.ImportPath, "test") {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module) && strings.HasSuffix(imported, "test") {
				t.Errorf("%s imports %s outside its tests", short(p.ImportPath), short(imported))
			}
		}
	}
}

func short(path string) string { return strings.TrimPrefix(path, module) }

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list names only %d packages: the rules would hold of nothing", len(packages))
	}
	return packages
}
