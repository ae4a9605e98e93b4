// Package compiletest holds programs to not compiling.
//
// A type that only its own package can make is a lock, and what locks is the compiler. Its tests
// are programs that must be refused: at the line that says so, and nowhere else, so that none is
// refused for the wrong reason.
package compiletest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// MustNotCompile type-checks each Go file in folder as a package of its own. The files may import
// the package path, and what that imports. A comment of the form // want "pattern" "pattern" says
// which errors its line must have; a line without one must have none.
func MustNotCompile(t *testing.T, folder, path string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	lookup := exports(t, path)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".go"), func(t *testing.T) { mustNotCompile(t, file, lookup) })
	}
}

func mustNotCompile(t *testing.T, file string, lookup importer.Lookup) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int][]string{}
	cfg := types.Config{
		Importer: importer.ForCompiler(fset, "gc", lookup),
		Error: func(err error) {
			e := err.(types.Error)
			got[fset.Position(e.Pos).Line] = append(got[fset.Position(e.Pos).Line], e.Msg)
		},
	}
	cfg.Check("evil", fset, []*ast.File{parsed}, nil)
	want := wants(t, fset, parsed)
	if len(want) == 0 {
		t.Fatal("the program says no // want")
	}
	for line, messages := range got {
		if len(messages) != len(want[line]) {
			t.Errorf("line %d: %q, want %d errors", line, messages, len(want[line]))
		}
	}
	for line, patterns := range want {
		all := strings.Join(got[line], "\n")
		for _, p := range patterns {
			if !p.MatchString(all) {
				t.Errorf("line %d: errors %q, want %v", line, all, p)
			}
		}
	}
}

// exports finds the compiled form of a package and of all it imports.
func exports(t *testing.T, path string) importer.Lookup {
	t.Helper()
	var stderr bytes.Buffer
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", path)
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(files[path])
	}
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// wants reads the comments of the form // want "pattern" "pattern".
func wants(t *testing.T, fset *token.FileSet, f *ast.File) map[int][]*regexp.Regexp {
	t.Helper()
	want := map[int][]*regexp.Regexp{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			text, ok := strings.CutPrefix(c.Text, "// want ")
			if !ok {
				continue
			}
			for _, q := range quoted.FindAllString(text, -1) {
				pattern, err := strconv.Unquote(q)
				if err != nil {
					t.Fatal(err)
				}
				line := fset.Position(c.Pos()).Line
				want[line] = append(want[line], regexp.MustCompile(pattern))
			}
		}
	}
	return want
}
