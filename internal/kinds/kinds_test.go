package kinds_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/kinds"
	"github.com/bulkhead-saas/bulkhead/internal/location"
)

// TestKinds pins each kind of job that touches people, the audit or files. A new one is decided
// here. A kind that touches nothing but a feature's own collections is decided by its row.
func TestKinds(t *testing.T) {
	common := []string{location.Users, location.Audit, location.Profiles, location.Uploads}
	got := map[string]string{}
	for name, purpose := range kinds.Purposes() {
		if !queue.IsKind(name) {
			t.Errorf("%q is no name of a kind", name)
		}
		if len(purpose.Collections) == 0 && purpose.Objects == 0 {
			t.Errorf("%s touches nothing", name)
		}
		if purpose.Objects != 0 || slices.ContainsFunc(common, func(c string) bool { return purpose.Collections[c] != 0 }) {
			got[name] = purpose.String()
		}
	}
	want := map[string]string{
		"identity-follow": "job: sessions write, users read",
		"identity-add":    "job: users read",
		"users-compare":   "job: users read",
		"apikey-ends":     "job: apikeys read, mails append, users read",

		"domain-check":       "job: audit append",
		"enforcement-revert": "job: audit append",

		"mail-send": "job: codes append, mails read+write, users read",

		"object-arrived":   "job: uploads read+write, objects read+write",
		"inspection-moved": "job: uploads read+write, objects read+write",
		"file-opened":      "job: uploads read, objects read",
		"uploads-settle":   "job: uploads read+write, usage read+write, objects read+write",
		"bin-empty":        "job: uploads read+write, usage read+write, objects read+write",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds of job (-pinned +table): what does a new one touch?\n%s", diff)
	}
}

// TestEveryIntentHasAKind: what a package intends by a constant of its own is in the table.
func TestEveryIntentHasAKind(t *testing.T) {
	found := 0
	err := filepath.WalkDir("..", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return err
		}
		constants, intended := map[string]string{}, map[string]bool{}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool { return collect(n, constants, intended) })
		}
		for name := range intended {
			found++
			kind, ok := constants[name]
			if _, known := kinds.Purposes()[kind]; !ok || !known {
				t.Errorf("%s intends jobs of the kind %q, which is not in kinds: add it in internal/kinds/kinds.go",
					"internal/"+filepath.ToSlash(strings.TrimPrefix(dir, "../")), kind)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("%d intents found in %v, %v", found, slices.Sorted(maps.Keys(kinds.Purposes())), err)
	}
}

// collect notes the constants of a file, and the names by which it calls Intend.
func collect(n ast.Node, constants map[string]string, intended map[string]bool) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				if lit, ok := n.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					constants[name.Name], _ = strconv.Unquote(lit.Value)
				}
			}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Intend" || f.Sel.Name == "IntendAt") {
			if kind, ok := n.Args[1].(*ast.Ident); ok {
				intended[kind.Name] = true
			}
		}
	}
	return true
}
