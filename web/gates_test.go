package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// The gates of this file look at the source, so that they know a feature that nobody has told them
// of.

const module = "github.com/bulkhead-saas/bulkhead/"

// front are the folders of web that features stand on: the door, and what it is made of.
var front = []string{"api", "browser", "door", "httpserver", "openapi", "signinform", "usage", "visit"}

// kit are the folders of web that are no feature.
var kit = append([]string{"assets", "view", "webtest"}, front...)

// featureFolders returns the folders of web that are features: all but the kit.
func featureFolders(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(kit, e.Name()) && e.Name() != "testdata" {
			names = append(names, e.Name())
		}
	}
	if len(names) < 7 {
		t.Fatalf("only %d features", len(names))
	}
	return names
}

// TestEveryFeatureIsWired: a folder of web is a feature whose rows and notices are in the table.
func TestEveryFeatureIsWired(t *testing.T) {
	var wired []string
	for _, f := range web.Features() {
		wired = append(wired, strings.TrimPrefix(reflect.TypeOf(f).PkgPath(), module+"web/"))
	}
	for _, name := range featureFolders(t) {
		if !slices.Contains(wired, name) {
			t.Errorf("web/%s is not wired: add it to features, features.all and Deps.features in web/web.go", name)
		}
	}
}

// TestEveryObjectHasAKind: the stories of isolation can ask each route for an object of another
// tenant.
func TestEveryObjectHasAKind(t *testing.T) {
	found := 0
	for _, r := range web.Routes() {
		if r.Policy != door.Session && r.Policy != door.API && r.Policy != door.APIKey {
			continue
		}
		if _, ok := webtest.KindOf(t, r); ok {
			found++
		}
	}
	if found < 10 {
		t.Errorf("only %d routes name an object: the test looks at the wrong place", found)
	}
}

// parsed is a Go file with the import paths of the packages that it names.
type parsed struct {
	path    string
	file    *ast.File
	imports map[string]string // by the name that the file uses
}

func parseFolder(t *testing.T, dir string, tests bool) []parsed {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no source, %v", dir, err)
	}
	var all []parsed
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") != tests {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		p := parsed{path, file, map[string]string{}}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			name := imported[strings.LastIndexByte(imported, '/')+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			p.imports[name] = imported
		}
		all = append(all, p)
	}
	return all
}

// silent are errors that no handler returns, and why.
var silent = map[string]string{
	"ErrNoRoom":      "of onboarding alone",
	"ErrConflict":    "of onboarding alone",
	"ErrNotIsolated": "of onboarding alone",
	"ErrLost":        "of workers alone",
	"ErrGiveUp":      "of workers alone",
	"ErrNoParts":     "package uploads says it in its own words, which have a row",
	"ErrParts":       "package uploads looks at the parts again",
}

// TestEverySentinelHasARow: each error that a package behind a handler exports, and each of web's
// own, has a row. The packages are those that web imports: nobody keeps a list.
func TestEverySentinelHasARow(t *testing.T) {
	rows, behind := map[string]bool{}, map[string]bool{}
	own := map[string]string{} // web's own sentinels, and where they are declared
	for _, dir := range append(featureFolders(t), front...) {
		self := module + "web/" + dir
		for _, p := range parseFolder(t, dir, false) {
			for _, imported := range p.imports {
				if strings.HasPrefix(imported, module+"internal/") {
					behind[strings.TrimPrefix(imported, module)] = true
				}
			}
			for _, name := range errorVariables(p.file) {
				own[self+"."+name] = p.path
			}
			for _, name := range rowErrors(p, self) {
				rows[name] = true
			}
		}
	}
	if len(behind) < 5 || len(rows) < 30 {
		t.Fatalf("only %d packages and %d rows found: the test looks at the wrong place", len(behind), len(rows))
	}
	for dir := range behind {
		for _, p := range parseFolder(t, filepath.Join("..", dir), false) {
			for _, name := range errorVariables(p.file) {
				if !ast.IsExported(name) || rows[module+dir+"."+name] {
					continue
				}
				if _, ok := silent[name]; !ok {
					t.Errorf("%s.%s has no row: add {Err: %s.%s, Refusal: …} to Refusals of the feature in web that returns it",
						dir, name, filepath.Base(dir), name)
				}
			}
		}
	}
	for name, path := range own {
		if !rows[name] {
			t.Errorf("%s: %s has no row: add one to Refusals", path, name[strings.LastIndexByte(name, '.')+1:])
		}
	}
}

// errorVariables returns the names of a file's package-level errors.
func errorVariables(file *ast.File) []string {
	var names []string
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			for _, ident := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(ident.Name, "Err") || strings.HasPrefix(ident.Name, "err") {
					names = append(names, ident.Name)
				}
			}
		}
	}
	return names
}

// rowErrors returns the errors that the file's rows are for, as "import path.Name".
func rowErrors(p parsed, self string) []string {
	var names []string
	ast.Inspect(p.file, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if key, ok := kv.Key.(*ast.Ident); !ok || key.Name != "Err" {
			return true
		}
		switch v := kv.Value.(type) {
		case *ast.Ident:
			names = append(names, self+"."+v.Name)
		case *ast.SelectorExpr:
			if pkg, ok := v.X.(*ast.Ident); ok {
				names = append(names, p.imports[pkg.Name]+"."+v.Sel.Name)
			}
		}
		return true
	})
	return names
}

// TestEveryPageHasASample: each component that a handler answers with is in the samples of its
// feature, and so in all tests of pages.
func TestEveryPageHasASample(t *testing.T) {
	found := 0
	for _, dir := range featureFolders(t) {
		components := map[string]bool{} // and whether a handler names them
		for _, p := range parseFolder(t, dir, false) {
			if !strings.HasSuffix(p.path, "_templ.go") {
				continue
			}
			for _, decl := range p.file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
					components[f.Name.Name] = false
				}
			}
		}
		if len(components) == 0 {
			continue
		}
		for _, p := range parseFolder(t, dir, false) {
			if strings.HasSuffix(p.path, "_templ.go") {
				continue
			}
			for name := range calls(p.file, "") {
				if _, ok := components[name]; ok {
					components[name] = true
				}
			}
		}
		samples := map[string]bool{}
		for _, p := range parseFolder(t, dir, true) {
			if calls(p.file, "viewtest")["Check"] {
				for name := range calls(p.file, dir) {
					samples[name] = true
				}
			}
		}
		for name, answered := range components {
			if !answered {
				continue
			}
			found++
			if !samples[name] {
				t.Errorf("web/%s: the page %s is in no sample: add it to a test of the folder that calls viewtest.Check, "+
					"as web/people/samples_test.go does", dir, name)
			}
		}
	}
	if found < 12 {
		t.Errorf("only %d pages found: the test looks at the wrong place", found)
	}
}

// calls returns the names of the functions that the file calls, of the package that it names pkg;
// "" is its own.
func calls(file *ast.File, pkg string) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			if pkg == "" {
				names[f.Name] = true
			}
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok && pkg != "" && x.Name == pkg {
				names[f.Sel.Name] = true
			}
		}
		return true
	})
	return names
}
