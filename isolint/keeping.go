package isolint

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/bulkhead-saas/bulkhead/isolint/internal/holding"
)

// keeps is a fact of a function: the parameters, of functions or of anything, that it runs on its
// own, or stores.
type keeps struct{ Params []int }

func (*keeps) AFact() {}

func (*keeps) String() string { return "keeps what it is given" }

// spreadKeeping finds the functions that keep what they are given, through each other too.
func (c *checker) spreadKeeping(files []*ast.File) {
	for changed := true; changed; {
		changed = false
		for _, f := range files {
			for _, decl := range f.Decls {
				if decl, ok := decl.(*ast.FuncDecl); ok && decl.Body != nil {
					changed = c.markKeeping(decl) || changed
				}
			}
		}
	}
}

// markKeeping gives the function the fact. It reports whether that is new.
func (c *checker) markKeeping(decl *ast.FuncDecl) bool {
	fn, ok := c.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	known := new(keeps)
	c.pass.ImportObjectFact(fn, known)
	var params []int
	i := -1
	for param := range fn.Signature().Params().Variables() {
		i++
		if slices.Contains(known.Params, i) || tellsNothing(param.Type()) && c.keptIn(decl, param) {
			params = append(params, i)
		}
	}
	if len(params) == len(known.Params) {
		return false
	}
	c.pass.ExportObjectFact(fn, &keeps{params})
	return true
}

// tellsNothing reports whether values of a type can hold anything: functions, any, and slices of
// those.
func tellsNothing(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Slice); ok {
		t = s.Elem()
	}
	empty, ok := t.Underlying().(*types.Interface)
	return ok && empty.Empty() || isFunc(t)
}

// keptIn reports whether a function's body lets a parameter outlive the call.
func (c *checker) keptIn(decl *ast.FuncDecl, param *types.Var) (kept bool) {
	h := holding.Of(c.pass.TypesInfo, decl.Body, param)
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			kept = kept || h.Detached(n.Call)
		case *ast.SendStmt:
			kept = kept || h.Expr(n.Value)
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				_, plain := ast.Unparen(lhs).(*ast.Ident)
				if len(n.Rhs) == len(n.Lhs) && (!plain || c.packageVar(lhs) != nil) {
					kept = kept || h.Expr(n.Rhs[i])
				}
			}
		case *ast.CallExpr:
			_, found := c.keeping(n, h)
			kept = kept || found
		}
		return !kept
	})
	return kept
}

// keeping returns the function that a call hands one over to, for good.
func (c *checker) keeping(call *ast.CallExpr, h *holding.Values) (fn *types.Func, ok bool) {
	fn = c.callee(call)
	if fn == nil || fn.Pkg() == nil {
		return nil, false
	}
	if slices.Contains(detached, fn.Pkg().Path()+"."+member(fn)) {
		return fn, slices.ContainsFunc(call.Args, h.Expr)
	}
	fact := new(keeps)
	if !c.pass.ImportObjectFact(fn.Origin(), fact) {
		return nil, false
	}
	last := fn.Signature().Params().Len() - 1
	for i, arg := range call.Args {
		if slices.Contains(fact.Params, min(i, last)) && h.Expr(arg) {
			return fn, true
		}
	}
	return nil, false
}
