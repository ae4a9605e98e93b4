package isolint

import (
	"go/ast"
	"go/parser"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// surroundings looks at what the compiler is given besides the files that were parsed.
func (c *checker) surroundings(files []*ast.File) {
	at := files[0].Package
	for _, f := range files {
		if c.byCgo(f) {
			c.found(f.Package, Bypass, "the package uses cgo")
		}
	}
	for _, name := range c.pass.OtherFiles {
		switch ext := strings.ToLower(filepath.Ext(name)); ext {
		case ".s", ".c", ".cc", ".cpp", ".cxx", ".m", ".f", ".f90", ".syso", ".swig", ".swigcxx":
			c.found(at, Bypass, "%s is not written in Go", filepath.Base(name))
		}
	}
	for _, name := range c.pass.IgnoredFiles {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			c.unseen(name, files)
		}
	}
}

// byCgo reports whether cgo has made the file: of one that imports "C", or all by itself. Tools
// call such files by names that no file of a package has.
func (c *checker) byCgo(f *ast.File) bool {
	name := filepath.Base(c.pass.Fset.File(f.FileStart).Name())
	return !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".cgo1.go") || strings.HasPrefix(name, "_cgo_")
}

// unseen finds a file that this build leaves out: with other tags it would be compiled, and nobody
// would have looked.
func (c *checker) unseen(name string, files []*ast.File) {
	at := files[0].Package
	if f, err := parser.ParseFile(c.pass.Fset, name, nil, parser.ParseComments|parser.PackageClauseOnly); err == nil {
		c.collectExemptions(f)
		at = f.Package
	}
	c.found(at, Unseen, "%s is not part of this build, so it was not looked at", filepath.Base(name))
}

// imports finds the packages that need not be used to be wrong.
func (c *checker) imports(f *ast.File) {
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // it would not compile
		}
		for _, b := range banned {
			if Match(b.path, path) && !(path == "unsafe" && c.byCgo(f)) { // that is how cgo replaces "C"
				c.found(spec.Pos(), b.rule, "import of %s", path)
			}
		}
		if c.cfg.Skips(path) {
			c.found(spec.Pos(), Import, "package %s is configured out: it is not for programs", path)
		}
	}
}

var linkDirectives = []string{"//go:linkname", "//go:cgo_", "//go:wasmimport", "//go:noescape", "//go:nosplit", "//go:uintptr"}

// comments finds directives to the compiler that get around the language, and key files that are
// embedded.
func (c *checker) comments(f *ast.File) {
	for _, group := range f.Comments {
		for _, comment := range group.List {
			if slices.ContainsFunc(linkDirectives, func(d string) bool { return strings.HasPrefix(comment.Text, d) }) {
				word, _, _ := strings.Cut(comment.Text, " ")
				c.found(comment.Pos(), Bypass, "%s goes around the language", word)
			}
			patterns, ok := strings.CutPrefix(comment.Text, "//go:embed ")
			if ok && slices.ContainsFunc(strings.Fields(patterns), keyFile.MatchString) {
				c.found(comment.Pos(), Key, "a file that is called like a key is embedded")
			}
		}
	}
}
