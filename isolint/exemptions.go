package isolint

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Exemption is a finding that somebody has put up with, and why:
//
//	//isolint:allow host the certificates that tokens are verified with are public
//
// It stands at the end of the line, or above it. One of the configuration (see Exempted) has the
// position of the first finding that it exempts.
type Exemption struct {
	Pos    token.Position
	Rule   Rule
	Reason string
}

const directive = "//isolint:"

type exemption struct {
	Exemption
	pos  token.Pos
	line int // that is exempt
	used bool
}

// collectExemptions reads a file's exemptions. A faulty one is a finding, and exempts nothing.
func (c *checker) collectExemptions(f *ast.File) {
	code := map[int]bool{} // lines on which something stands that is no comment
	ast.Inspect(f, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		case *ast.File:
			return true
		}
		code[c.line(n.Pos())] = true
		code[c.line(n.End())] = true
		return true
	})
	for _, group := range f.Comments {
		for _, comment := range group.List {
			text, ok := strings.CutPrefix(comment.Text, directive)
			if !ok {
				continue
			}
			fields := strings.Fields(text)
			switch {
			case len(fields) == 0 || fields[0] != "allow":
				c.found(comment.Pos(), Exemptions, "want %sallow, a rule and a reason", directive)
			case len(fields) == 1 || !Rule(fields[1]).known() || Rule(fields[1]) == Exemptions:
				c.found(comment.Pos(), Exemptions, "names no rule")
			case len(fields) == 2:
				c.found(comment.Pos(), Exemptions, "gives no reason")
			case Rule(fields[1]).ofRequests() && c.cfg.scoped(c.path):
				c.found(comment.Pos(), Exemptions, "nobody is exempt from rule %s in a request-scoped package", fields[1])
			default:
				line := c.line(comment.Pos())
				if !code[line] {
					line = c.line(group.End()) + 1
				}
				c.exemptions = append(c.exemptions, &exemption{
					Exemption: Exemption{
						Pos:    c.pass.Fset.PositionFor(comment.Pos(), false),
						Rule:   Rule(fields[1]),
						Reason: strings.Join(fields[2:], " "),
					},
					pos:  comment.Pos(),
					line: line,
				})
			}
		}
	}
}

// exempt reports whether an exemption covers a finding.
func (c *checker) exempt(f finding) bool {
	at := c.pass.Fset.PositionFor(f.pos, false)
	for _, e := range c.exemptions {
		if e.Rule == f.rule && e.line == at.Line && e.Pos.Filename == at.Filename {
			e.used = true
			return true
		}
	}
	return c.exemptByConfig(f)
}

// exemptByConfig reports whether the configuration exempts a finding. The first that an entry
// exempts is listed.
func (c *checker) exemptByConfig(f finding) bool {
	for i, e := range c.cfg.Exempt {
		if e.Path != c.path || e.Rule != f.rule || e.In != c.declaration(f.pos) {
			continue
		}
		if _, known := c.configured[i]; !known {
			c.configured[i] = Exemption{Pos: c.pass.Fset.PositionFor(f.pos, false), Rule: e.Rule, Reason: e.Reason}
		}
		return true
	}
	return false
}

// unusedConfig finds exemptions of the configuration that exempt nothing in this package.
func (c *checker) unusedConfig() {
	for i, e := range c.cfg.Exempt {
		if _, used := c.configured[i]; e.Path == c.path && !used {
			c.pass.Report(analysis.Diagnostic{
				Pos: c.pass.Files[0].Package, Category: string(Exemptions),
				Message: fmt.Sprintf("%s: the configuration exempts %s from rule %s, which it does not offend", Exemptions, e.In, e.Rule),
			})
		}
	}
}

// declaration is what a configuration calls the declaration of the package that pos is in.
func (c *checker) declaration(pos token.Pos) string {
	for _, f := range c.pass.Files {
		if !within(f, pos) {
			continue
		}
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if fn := c.pass.TypesInfo.Defs[decl.Name]; within(decl, pos) && fn != nil {
					return member(fn)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if within(spec, pos) {
						return specName(spec, pos)
					}
				}
			}
		}
	}
	return ""
}

// specName is the name that a specification declares; if there are several, the one whose value pos
// is in.
func specName(spec ast.Spec, pos token.Pos) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name
	case *ast.ValueSpec:
		for i, name := range spec.Names {
			if within(name, pos) || i < len(spec.Values) && within(spec.Values[i], pos) {
				return name.Name
			}
		}
		return spec.Names[0].Name
	}
	return ""
}

// line is where pos really is: a //line comment moves nothing.
func (c *checker) line(pos token.Pos) int { return c.pass.Fset.PositionFor(pos, false).Line }
