package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wallClocks are the files of production code that ask for the wall clock at a call, each with its
// reason. Everything else takes the time from its Grant (Now) or from its configuration.
var wallClocks = map[string]string{
	"internal/forwarding/forward.go":     "how much is left of a context, which ends by the wall clock",
	"internal/forwarding/servicea.go":    "Cloud Storage judges by the wall clock how old a signed request is",
	"internal/inspection/api/api.go":     "a connection's deadline is by the wall clock",
	"internal/inspection/api/content.go": "a connection's deadline is by the wall clock",
	"internal/vault/impersonation.go":    "Google judges by the wall clock how long its token is good",
	"internal/vault/key.go":              "Google judges by the wall clock how old a token is",
	"internal/vending/sign.go":           "Google's library stamps what it signs by the wall clock",
}

// TestOneClock finds calls that read the wall clock. To name time.Now without calling it is to
// choose a default, and is allowed where there is a configuration to choose it for.
func TestOneClock(t *testing.T) {
	used := map[string]bool{}
	for _, root := range []string{"internal", "web", "guard"} {
		files := 0
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, d fs.DirEntry, err error) error {
			name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || strings.HasSuffix(d.Name(), "test")):
				return filepath.SkipDir
			case d.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
				return nil
			}
			files++
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			for _, call := range clockCalls(parsed) {
				if used[name] = true; wallClocks[name] == "" {
					t.Errorf("%s:%d reads the wall clock: take the time from the Grant (g.Now) or from a Now in the configuration",
						name, set.Position(call.Pos()).Line)
				}
			}
			return nil
		})
		if err != nil || files == 0 {
			t.Fatalf("%s: %d files, %v", root, files, err)
		}
	}
	for name := range wallClocks {
		if !used[name] {
			t.Errorf("%s reads no wall clock any more: take it off the list", name)
		}
	}
}

// clockCalls returns the calls of time.Now, time.Since and time.Until.
func clockCalls(file *ast.File) (calls []*ast.CallExpr) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Now", "Since", "Until"}, f.Sel.Name) {
			return true
		}
		if from, ok := f.X.(*ast.Ident); ok && from.Name == "time" {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}
