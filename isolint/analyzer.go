package isolint

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/bulkhead-saas/bulkhead/isolint/internal/holding"
)

const doc = `keep Google credentials and clients where they belong

A package that is not configured to may not construct a Google client, find a credential, name a host of Google's, go
around the type system, or keep what belongs to a request. See the documentation of package isolint.`

// Report is what the analyzer says of a package besides its findings.
type Report struct {
	Standing   Standing
	Exemptions []Exemption
}

// Standing is how the configuration has a package treated.
type Standing int

const (
	Looked  Standing = iota + 1 // every file that is no test was looked at
	Allowed                     // it may construct clients
	Skipped                     // it is configured out
	Empty                       // it holds nothing but tests
)

// New returns the analyzer with a configuration. Its result is a *Report.
func New(cfg *Config) *analysis.Analyzer {
	return analyzer(func() (*Config, error) { return cfg, nil })
}

// FromFile returns the analyzer for a program that a build tool starts once for each package, as
// "go vet -vettool" does. It reads the file that its flag "config" names, otherwise the one of the
// module that the package is in.
func FromFile() *analysis.Analyzer {
	var file string
	a := analyzer(func() (*Config, error) {
		if file != "" {
			return Read(file)
		}
		cfg, _, err := Find(".")
		return cfg, err
	})
	a.Flags.StringVar(&file, "config", "", "absolute path of the configuration (default: isolint.json beside go.mod)")
	return a
}

func analyzer(configure func() (*Config, error)) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "isolint",
		Doc:        doc,
		URL:        "https://pkg.go.dev/github.com/bulkhead-saas/bulkhead/isolint",
		FactTypes:  []analysis.Fact{new(reaches), new(keeps), new(effects), new(lasting)},
		ResultType: reflect.TypeFor[*Report](),
		Run: func(pass *analysis.Pass) (any, error) {
			cfg, err := configure()
			if err != nil {
				return nil, err
			}
			c := &checker{pass: pass, cfg: cfg, path: plainPath(pass.Pkg.Path()), configured: map[int]Exemption{}}
			return c.run(), nil
		},
	}
}

// checker looks at one package.
type checker struct {
	pass       *analysis.Pass
	cfg        *Config
	path       string
	findings   []finding
	exemptions []*exemption
	configured map[int]Exemption // those of the configuration that were used, by their place in it

	// In request-scoped packages: types that hold what was vended, what belongs to a request on the
	// wire, or either; and the package's process-wide types.
	nearKept, ofWire, ofRequest *holding.Types
	lasting                     []*types.Named
}

type finding struct {
	pos  token.Pos
	rule Rule
	text string
}

func (c *checker) found(pos token.Pos, rule Rule, format string, args ...any) {
	c.findings = append(c.findings, finding{pos, rule, fmt.Sprintf(format, args...)})
}

func (c *checker) run() *Report {
	if c.sensitive(c.path) {
		return &Report{Standing: Empty} // Google's own: judged where it is used
	}
	files := c.files()
	switch {
	case c.cfg.allowed(c.path):
		c.spreadKeeping(files)
		return &Report{Standing: Allowed} // likewise
	case c.cfg.Skips(c.path):
		return &Report{Standing: Skipped}
	case len(files) == 0:
		return &Report{Standing: Empty}
	}
	c.spread(files)
	c.spreadKeeping(files)
	c.surroundings(files)
	request, kept := c.requestTypes(), c.keptTypes()
	for _, f := range files {
		c.collectExemptions(f)
		c.imports(f)
		c.comments(f)
		c.uses(f)
		c.types(f)
		c.strings(f)
		c.retention(f, request, kept)
		c.foreignVariables(f)
	}
	c.requestScope(files)
	c.answering(files)
	return &Report{Standing: Looked, Exemptions: c.report()}
}

// files are those that end up in a program and that somebody wrote. A file is a test by its real
// name, not by what a //line comment calls it.
func (c *checker) files() []*ast.File {
	return slices.DeleteFunc(slices.Clone(c.pass.Files), func(f *ast.File) bool {
		if c.byCgo(f) {
			made := filepath.Base(c.pass.Fset.Position(f.Package).Filename) // of what: cgo says it in a //line comment
			return !strings.HasSuffix(made, ".go") || strings.HasPrefix(made, "_cgo_")
		}
		return strings.HasSuffix(c.pass.Fset.File(f.FileStart).Name(), "_test.go")
	})
}

// report reports what nobody has exempted, and returns the exemptions that did something.
func (c *checker) report() []Exemption {
	var used []Exemption
	slices.SortStableFunc(c.findings, func(a, b finding) int { return cmp.Compare(a.pos, b.pos) })
	c.findings = slices.Compact(c.findings)
	for _, f := range c.findings {
		if c.cfg.off(f.rule) || f.rule != Exemptions && c.exempt(f) {
			continue
		}
		c.pass.Report(analysis.Diagnostic{Pos: f.pos, Category: string(f.rule), Message: string(f.rule) + ": " + f.text})
	}
	for _, e := range c.exemptions {
		if e.used {
			used = append(used, e.Exemption)
			continue
		}
		c.pass.Report(analysis.Diagnostic{
			Pos: e.pos, Category: string(Exemptions),
			Message: fmt.Sprintf("%s: nothing here offends rule %s", Exemptions, e.Rule),
		})
	}
	for _, e := range c.configured {
		used = append(used, e)
	}
	c.unusedConfig()
	return used
}
