package isolint

import (
	"go/ast"
	"go/types"
)

// reaches is a fact of a function or a variable: what it does, or holds, is what the packages that
// use it may not.
type reaches struct{ What string }

func (*reaches) AFact() {}

func (r *reaches) String() string { return "reaches " + r.What }

// spread finds the package's functions and variables that reach a client or a credential, through
// each other too, and tells the packages that import it. That is also done for uses that are
// exempt: an exemption is for one package.
func (c *checker) spread(files []*ast.File) {
	for changed := true; changed; {
		changed = false
		for _, f := range files {
			for _, decl := range f.Decls {
				changed = c.spreadDecl(decl) || changed
			}
		}
	}
}

func (c *checker) spreadDecl(decl ast.Decl) bool {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		changed := c.mark(c.pass.TypesInfo.Defs[decl.Name], decl.Body)
		ast.Inspect(decl, func(n ast.Node) bool {
			if assign, ok := n.(*ast.AssignStmt); ok {
				for i, rhs := range assign.Rhs {
					for _, lhs := range assign.Lhs[i:min(len(assign.Lhs), i+1+len(assign.Lhs)-len(assign.Rhs))] {
						changed = c.mark(c.packageVar(lhs), rhs) || changed
					}
				}
			}
			return true
		})
		return changed
	case *ast.GenDecl:
		changed := false
		for _, spec := range decl.Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range spec.Names {
					for _, value := range spec.Values {
						changed = c.mark(c.pass.TypesInfo.Defs[name], value) || changed
					}
				}
			}
		}
		return changed
	}
	return false
}

// mark gives obj the fact if something in n reaches. It reports whether that is new.
func (c *checker) mark(obj types.Object, n ast.Node) bool {
	if obj == nil || c.pass.ImportObjectFact(obj, new(reaches)) {
		return false
	}
	what := c.reached(n)
	if what == "" {
		return false
	}
	c.pass.ExportObjectFact(obj, &reaches{What: what})
	return true
}

func (c *checker) reached(root ast.Node) (what string) {
	if root == nil || root == (*ast.BlockStmt)(nil) {
		return ""
	}
	ast.Inspect(root, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || what != "" {
			return what == ""
		}
		obj := c.pass.TypesInfo.Uses[id]
		if obj == nil || obj.Pkg() == nil {
			return true
		}
		if obj.Pkg() == c.pass.Pkg {
			fact := new(reaches)
			if c.pass.ImportObjectFact(origin(obj), fact) {
				what = fact.What
			}
			return true
		}
		switch rule, why, bad := c.judge(obj); {
		case !bad:
		case rule == Client, rule == Sign, rule == Credential:
			what = qualified(obj)
		case rule == Wrapper && c.restrictedIn(obj) == nil: // a restricted type is found where it is used
			what = why
		}
		return true
	})
	return what
}

// packageVar is the package variable that an expression names, with whatever is selected in it; nil
// if there is none.
func (c *checker) packageVar(e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return variable(c.pass.TypesInfo.Uses[x])
		case *ast.SelectorExpr:
			if v := variable(c.pass.TypesInfo.Uses[x.Sel]); v != nil {
				return v
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// variable is obj if it is a package variable.
func variable(obj types.Object) types.Object {
	if obj != nil && obj.Pkg() != nil && isVariable(obj) {
		return obj
	}
	return nil
}
