package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/request.md names functions as folder.Name or folder.(*Type).Name. Each must exist.
func TestFunctionsOfARequestExist(t *testing.T) {
	page, err := os.ReadFile("../docs/request.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z]+(?:/[a-z]+)*)\\.(\\(\\*?\\w+\\)\\.)?(\\w+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 25 {
		t.Fatalf("the page names only %d functions", len(named))
	}
	declared := map[string]map[string]bool{}
	for _, m := range named {
		dir, function := m[1], m[2]+m[3]
		if declared[dir] == nil {
			declared[dir] = functionsOf(t, filepath.Join("..", dir))
		}
		if !declared[dir][function] {
			t.Errorf("docs/request.md names %s.%s, which does not exist: say what a request passes instead", dir, function)
		}
	}
}

// functionsOf returns the functions and methods that a folder's package declares.
func functionsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				all[receiver(f)+f.Name.Name] = true
			}
		}
	}
	return all
}

// receiver returns "(*Type)." or "(Type)." for a method, and "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	switch of := f.Recv.List[0].Type.(type) {
	case *ast.Ident:
		return "(" + of.Name + ")."
	case *ast.StarExpr:
		if name, ok := of.X.(*ast.Ident); ok {
			return "(*" + name.Name + ")."
		}
	}
	return ""
}
