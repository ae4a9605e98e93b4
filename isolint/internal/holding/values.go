package holding

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Values knows which expressions of a piece of source hold one of some types: by their own type,
// or, where the type does not tell, because they are a function that refers to one, or an interface
// that was assigned one.
type Values struct {
	info  *types.Info
	types *Types
	vars  map[types.Object]bool // local variables, of a function or an interface type, that hold one
}

// In returns which expressions below root hold one of these types.
func In(info *types.Info, root ast.Node, t *Types) *Values {
	h := &Values{info, t, map[types.Object]bool{}}
	h.follow(root)
	return h
}

// Of returns which expressions below root hold the value of a variable.
func Of(info *types.Info, root ast.Node, v *types.Var) *Values {
	h := &Values{info, NewTypes(func(*types.Named) bool { return false }), map[types.Object]bool{v: true}}
	h.follow(root)
	return h
}

// Type reports whether values of a type hold one.
func (h *Values) Type(t types.Type) bool { return h.types.Hold(t) }

// follow finds the local variables.
func (h *Values) follow(root ast.Node) {
	for again := true; again; {
		again = false
		ast.Inspect(root, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if len(n.Lhs) == len(n.Rhs) {
					for i, lhs := range n.Lhs {
						again = h.assign(lhs, n.Rhs[i]) || again
					}
				}
			case *ast.RangeStmt:
				if n.Value != nil {
					again = h.assign(n.Value, n.X) || again
				}
			case *ast.ValueSpec:
				if len(n.Names) == len(n.Values) {
					for i, name := range n.Names {
						again = h.assign(name, n.Values[i]) || again
					}
				}
			}
			return true
		})
	}
}

// assign notes that a local variable holds what is assigned to it. It reports whether that is new.
func (h *Values) assign(lhs, rhs ast.Expr) bool {
	id, ok := ast.Unparen(lhs).(*ast.Ident)
	if !ok {
		return false
	}
	obj := h.info.ObjectOf(id)
	if obj == nil || h.vars[obj] || h.types.Hold(obj.Type()) || !h.Expr(rhs) {
		return false
	}
	h.vars[obj] = true
	return true
}

// Expr reports whether an expression holds one.
func (h *Values) Expr(e ast.Expr) bool {
	tv, ok := h.info.Types[e]
	if ok && (tv.IsType() || tv.IsNil() || tv.IsBuiltin()) {
		return false
	}
	if h.types.Hold(tv.Type) {
		return true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := h.info.ObjectOf(e)
		return obj != nil && (h.vars[obj] || h.types.Hold(obj.Type()))
	case *ast.FuncLit:
		return h.Captured(e)
	case *ast.SelectorExpr: // a method value holds its receiver
		s := h.info.Selections[e]
		return s != nil && s.Kind() == types.MethodVal && h.Expr(e.X)
	case *ast.UnaryExpr:
		return e.Op == token.AND && h.Expr(e.X)
	case *ast.CompositeLit:
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			if h.Expr(elt) {
				return true
			}
		}
	case *ast.CallExpr:
		if h.info.Types[e.Fun].IsType() { // a conversion
			return len(e.Args) == 1 && h.Expr(e.Args[0])
		}
		if h.info.Types[e.Fun].IsBuiltin() { // append
			return slices.ContainsFunc(e.Args, h.Expr)
		}
		fn, _ := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		if fn == nil || len(e.Args) != 3 {
			return false
		}
		obj, _ := h.info.Uses[fn.Sel].(*types.Func)
		return obj != nil && obj.FullName() == "context.WithValue" && (h.Expr(e.Args[0]) || h.Expr(e.Args[2]))
	}
	return false
}

// Captured reports whether a function refers to one that was declared outside of it.
func (h *Values) Captured(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := h.info.Uses[id].(*types.Var)
			found = found || isVar && !v.IsField() && !within(lit, v.Pos()) && (h.vars[v] || h.types.Hold(v.Type()))
		}
		return !found
	})
	return found
}

// Detached reports whether a call that runs on its own is given one: as an argument, as the
// receiver, or by what the function refers to. Arguments are evaluated before it starts, so what is
// taken out of one is not it.
func (h *Values) Detached(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if h.Expr(arg) {
			return true
		}
	}
	return h.Expr(call.Fun)
}

func within(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
