// Package gate runs isolint over a module and gives a verdict.
//
// It type-checks the packages that are asked for, and reads the types of all others from what the
// compiler has left, so it takes about as long as compiling those packages does. Tests are not
// loaded.
package gate

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/bulkhead-saas/bulkhead/isolint"
)

// Request says what to look at. A wrapper is known for one where it is used if the package that it
// is in is looked at too: look at all of a module.
type Request struct {
	Dir      string            // in the module
	Patterns []string          // of packages, as the go command takes them
	Tags     string            // build tags, separated by commas
	Replace  map[string][]byte // contents of files by absolute path; they may import what their package imports already
	Config   *isolint.Config
}

// Verdict is what was seen.
type Verdict struct {
	Findings   []Finding
	Exemptions []isolint.Exemption
	Stateful   []isolint.Package             // request-scoped, but for what they keep
	Packages   map[isolint.Standing][]string // import paths
}

// Finding is something that fails the build.
type Finding struct {
	Pos     token.Position
	Rule    string
	Message string
}

// OK reports whether the build may go on: something was looked at, and nothing was found.
func (v *Verdict) OK() bool { return len(v.Findings) == 0 && len(v.Packages[isolint.Looked]) > 0 }

const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
	packages.NeedModule | packages.NeedExportFile | packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax |
	packages.NeedTypesInfo

// Check looks at the packages. It returns an error if they cannot be loaded: what does not compile
// is not looked at, and so not passed. When all of a module is looked at, it also returns one if
// the configuration names what the module has not.
func Check(r Request) (*Verdict, error) {
	l, err := r.packages()
	if err != nil {
		return nil, err
	}
	if slices.Equal(r.Patterns, []string{"./..."}) {
		if err := l.current(r.Config); err != nil {
			return nil, fmt.Errorf("isolint: the configuration is not of this module:\n%w", err)
		}
	}
	return l.check(r.Config)
}

// loaded are packages that were type-checked, and those that were configured out.
type loaded struct {
	dir      string
	packages []*packages.Package
	named    map[string]bool // by the patterns; the others are what these import of the same module
	skipped  []string
}

func (r Request) packages() (*loaded, error) {
	l := &loaded{dir: r.Dir}
	paths, err := r.expand(l)
	if err != nil {
		return nil, err
	}
	if len(paths) > 0 {
		if l.packages, err = packages.Load(r.load(mode), paths...); err != nil {
			return nil, fmt.Errorf("isolint: %w", err)
		}
	}
	var faults []error
	packages.Visit(l.packages, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			faults = append(faults, e)
		}
	})
	if len(faults) > 0 {
		return nil, fmt.Errorf("isolint: packages do not compile:\n%w", errors.Join(faults...))
	}
	return l, nil
}

// check looks at them with a configuration that skips the same packages.
func (l *loaded) check(cfg *isolint.Config) (*Verdict, error) {
	v := &Verdict{Packages: map[isolint.Standing][]string{}, Stateful: cfg.Stateful}
	if len(l.skipped) > 0 {
		v.Packages[isolint.Skipped] = slices.Clone(l.skipped)
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{isolint.New(cfg)}, l.packages, nil)
	if err != nil {
		return nil, fmt.Errorf("isolint: %w", err)
	}
	for _, action := range graph.Roots {
		if !l.named[action.Package.PkgPath] {
			continue
		}
		if action.Err != nil {
			return nil, fmt.Errorf("isolint: %s: %w", action.Package.PkgPath, action.Err)
		}
		report := action.Result.(*isolint.Report)
		v.Packages[report.Standing] = append(v.Packages[report.Standing], action.Package.PkgPath)
		v.Exemptions = append(v.Exemptions, report.Exemptions...)
		for _, d := range action.Diagnostics {
			v.Findings = append(v.Findings, Finding{
				Pos: position(action.Package, d.Pos), Rule: d.Category, Message: d.Message,
			})
		}
	}
	v.sort(l.dir)
	return v, nil
}

// expand returns the packages that the patterns stand for, and what they import of the same module:
// what is known of a package comes from looking at those beneath it. Packages that are configured
// out are left out: to load them would be for nothing, and they need not even compile.
func (r Request) expand(l *loaded) (paths []string, err error) {
	const mode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	named, err := packages.Load(r.load(mode), r.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("isolint: %w", err)
	}
	l.named = make(map[string]bool, len(named))
	for _, p := range named {
		if r.Config.Skips(p.PkgPath) {
			l.skipped = append(l.skipped, p.PkgPath)
		} else {
			l.named[p.PkgPath] = true
		}
	}
	packages.Visit(named, nil, func(p *packages.Package) {
		ours := p.Module != nil && p.Module.Main
		if l.named[p.PkgPath] || ours && !r.Config.Skips(p.PkgPath) {
			paths = append(paths, p.PkgPath)
		}
	})
	return paths, nil
}

func (r Request) load(mode packages.LoadMode) *packages.Config {
	cfg := &packages.Config{Mode: mode, Dir: r.Dir, ParseFile: r.parse}
	if r.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + r.Tags}
	}
	return cfg
}

// parse reads a file. Replacing it here and not in the build leaves the build's results as they
// are: those of a build with other files would have to be made anew.
func (r Request) parse(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
	if text, ok := r.Replace[name]; ok {
		src = text
	}
	return parser.ParseFile(fset, name, src, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
}

// position is where pos really is, whatever a //line comment says; but in the file that cgo was
// given, not in the one that it made of it. That one may have been made for a copy of the package
// in another folder, from the build cache (-trimpath), and then its //line comments name that
// folder.
func position(in *packages.Package, pos token.Pos) token.Position {
	p := in.Fset.PositionFor(pos, false)
	if !strings.HasSuffix(p.Filename, ".go") || strings.HasSuffix(p.Filename, ".cgo1.go") {
		p = in.Fset.Position(pos)
		p.Filename = filepath.Join(in.Dir, filepath.Base(p.Filename))
	}
	return p
}

// sort puts everything in the order of files and lines, with file names as seen from dir.
func (v *Verdict) sort(dir string) {
	dir, err := filepath.Abs(dir)
	shorten := func(pos *token.Position) {
		if name, e := filepath.Rel(dir, pos.Filename); err == nil && e == nil {
			pos.Filename = name
		}
	}
	for i := range v.Findings {
		shorten(&v.Findings[i].Pos)
	}
	for i := range v.Exemptions {
		shorten(&v.Exemptions[i].Pos)
	}
	slices.SortFunc(v.Findings, func(a, b Finding) int { return cmp.Or(order(a.Pos, b.Pos), cmp.Compare(a.Message, b.Message)) })
	slices.SortFunc(v.Exemptions, func(a, b isolint.Exemption) int { return order(a.Pos, b.Pos) })
	for _, paths := range v.Packages {
		slices.Sort(paths)
	}
}

func order(a, b token.Position) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
