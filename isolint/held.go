package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// held knows which expressions of a file hold a value of some types: by their own type, or, where
// the type does not tell, because they are a function that refers to one, or an interface that was
// assigned one.
type held struct {
	info  *types.Info
	types *carriers
	vars  map[types.Object]bool // local variables, of a function or an interface type, that hold one
}

func (c *checker) holds(f *ast.File, carriers *carriers) *held {
	h := &held{info: c.pass.TypesInfo, types: carriers, vars: map[types.Object]bool{}}
	h.follow(f)
	return h
}

// follow finds the local variables.
func (h *held) follow(root ast.Node) {
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
func (h *held) assign(lhs, rhs ast.Expr) bool {
	id, ok := ast.Unparen(lhs).(*ast.Ident)
	if !ok {
		return false
	}
	obj := h.info.ObjectOf(id)
	if obj == nil || h.vars[obj] || h.types.carries(obj.Type()) || !h.value(rhs) {
		return false
	}
	h.vars[obj] = true
	return true
}

// value reports whether an expression holds one.
func (h *held) value(e ast.Expr) bool {
	tv, ok := h.info.Types[e]
	if ok && (tv.IsType() || tv.IsNil() || tv.IsBuiltin()) {
		return false
	}
	if h.types.carries(tv.Type) {
		return true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := h.info.ObjectOf(e)
		return obj != nil && (h.vars[obj] || h.types.carries(obj.Type()))
	case *ast.FuncLit:
		return h.captured(e)
	case *ast.SelectorExpr: // a method value holds its receiver
		s := h.info.Selections[e]
		return s != nil && s.Kind() == types.MethodVal && h.value(e.X)
	case *ast.UnaryExpr:
		return e.Op == token.AND && h.value(e.X)
	case *ast.CompositeLit:
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			if h.value(elt) {
				return true
			}
		}
	case *ast.CallExpr:
		if h.info.Types[e.Fun].IsType() { // a conversion
			return len(e.Args) == 1 && h.value(e.Args[0])
		}
		if h.info.Types[e.Fun].IsBuiltin() { // append
			return slices.ContainsFunc(e.Args, h.value)
		}
		fn, _ := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		if fn == nil || len(e.Args) != 3 {
			return false
		}
		obj, _ := h.info.Uses[fn.Sel].(*types.Func)
		return obj != nil && obj.FullName() == "context.WithValue" && (h.value(e.Args[0]) || h.value(e.Args[2]))
	}
	return false
}

// captured reports whether a function refers to one that was declared outside of it.
func (h *held) captured(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := h.info.Uses[id].(*types.Var)
			found = found || isVar && !v.IsField() && !within(lit, v.Pos()) && (h.vars[v] || h.types.carries(v.Type()))
		}
		return !found
	})
	return found
}

// detached reports whether a call that runs on its own is given one: as an argument, as the
// receiver, or by what the function refers to. Arguments are evaluated before it starts, so what is
// taken out of one is not it.
func (h *held) detached(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if h.value(arg) {
			return true
		}
	}
	return h.value(call.Fun)
}
