package isolint

import (
	"go/ast"
	"go/token"
	"strings"
)

// Exemption is a finding that somebody has put up with, and why:
//
//	//isolint:allow host the certificates that tokens are verified with are public
//
// It stands at the end of the line, or above it.
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
	return false
}

// line is where pos really is: a //line comment moves nothing.
func (c *checker) line(pos token.Pos) int { return c.pass.Fset.PositionFor(pos, false).Line }
