package isolint

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// strings looks into every string constant, as a whole: one that is put together of several is one.
func (c *checker) strings(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			if n.Tag != nil {
				c.text(n.Tag, n.Tag.Value)
			}
		case ast.Expr:
			v := c.pass.TypesInfo.Types[n].Value
			if v == nil || v.Kind() != constant.String {
				return true
			}
			if !c.judgedElsewhere(n) {
				c.text(n, constant.StringVal(v))
			}
			return false
		}
		return true
	})
}

func (c *checker) text(at ast.Node, text string) {
	lower := strings.ToLower(text)
	for _, list := range [][]string{hosts, c.cfg.Hosts} {
		for _, host := range list {
			if strings.Contains(lower, host) {
				c.found(at.Pos(), Host, "%s", host)
				return
			}
		}
	}
	for _, w := range words {
		if strings.Contains(text, w.text) {
			c.found(at.Pos(), w.rule, "%q", w.text)
			return
		}
	}
}

// judgedElsewhere reports whether an expression is the name of a constant whose declaration is
// looked at too: in this package, or in another one of the module that is neither allowed nor
// skipped.
func (c *checker) judgedElsewhere(e ast.Expr) bool {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	default:
		return false
	}
	obj, ok := c.pass.TypesInfo.Uses[id].(*types.Const)
	if !ok {
		return c.pass.TypesInfo.Defs[id] != nil // its value stands beside it
	}
	path := plainPath(obj.Pkg().Path())
	if obj.Pkg() == c.pass.Pkg {
		return true
	}
	m := c.pass.Module
	return m != nil && Match(m.Path+"/...", path) && !c.cfg.allowed(path) && !c.cfg.Skips(path)
}
