package isolint

import (
	"go/ast"
	"go/types"
)

// uses judges every name in a file that stands for something declared elsewhere. It does not matter
// what is done with it: a constructor that is passed on, stored, instantiated or reflected upon is
// named as well as one that is called.
func (c *checker) uses(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if obj := c.pass.TypesInfo.Uses[id]; obj != nil {
			if rule, why, bad := c.judge(obj); bad {
				c.found(id.Pos(), rule, "%s", why)
			}
		}
		return true
	})
}

// types finds client types where they can only be used to forge a client, or to dig one out of an
// interface.
func (c *checker) types(f *ast.File) {
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.Ident:
			c.instance(n)
		case *ast.CallExpr:
			c.conversion(n)
			c.reflection(n)
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				c.assertion(n.Type)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				if c.pass.TypesInfo.Types[e].IsType() {
					c.assertion(e)
				}
			}
		}
		if e, ok := n.(ast.Expr); ok && c.byValue(e, stack) {
			c.found(e.Pos(), Value, "%s is named without a pointer: a client is vended, not made", c.name(e))
		}
		stack = append(stack, n)
		return true
	})
}

// byValue reports whether an expression is a client's struct type, and what surrounds it not a
// pointer to it.
func (c *checker) byValue(e ast.Expr, stack []ast.Node) bool {
	tv := c.pass.TypesInfo.Types[e]
	if !tv.IsType() || !c.isClient(tv.Type) || types.IsInterface(tv.Type) || len(stack) == 0 {
		return false
	}
	switch parent := stack[len(stack)-1].(type) {
	case *ast.StarExpr:
		return false
	case *ast.SelectorExpr:
		return parent.Sel != e // that of package.Type is part of it; of Type.Method it is the type
	case *ast.IndexExpr: // a type argument: an instance of a function is judged there
		return parent.X == e || c.pass.TypesInfo.Types[parent.X].IsType()
	case *ast.CaseClause:
		return false // an assertion
	}
	return true
}

// instance finds a client type among the type arguments of a function, given or inferred.
func (c *checker) instance(id *ast.Ident) {
	inst, ok := c.pass.TypesInfo.Instances[id]
	if _, isFunc := c.pass.TypesInfo.Uses[id].(*types.Func); !ok || !isFunc {
		return
	}
	for arg := range inst.TypeArgs.Types() {
		if t := c.guarded(arg); t != nil {
			c.found(id.Pos(), Assert, "%s is instantiated with %s", id.Name, typeName(arg))
		}
	}
}

// conversion finds T(x) where T is a client or a pointer to one.
func (c *checker) conversion(call *ast.CallExpr) {
	if tv := c.pass.TypesInfo.Types[call.Fun]; tv.IsType() {
		if t := namedOf(tv.Type); t != nil && c.isClient(t) && !types.IsInterface(t) {
			c.found(call.Pos(), Value, "conversion to %s", typeName(tv.Type))
		}
	}
}

// reflection finds clients and grants that are handed to package reflect.
func (c *checker) reflection(call *ast.CallExpr) {
	obj := c.callee(call)
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != "reflect" {
		return
	}
	for _, arg := range call.Args {
		if t := c.guarded(c.pass.TypesInfo.TypeOf(arg)); t != nil {
			c.found(arg.Pos(), Assert, "%s is taken apart by reflection", typeName(t))
		}
	}
}

func (c *checker) assertion(e ast.Expr) {
	if t := c.guarded(c.pass.TypesInfo.TypeOf(e)); t != nil {
		c.found(e.Pos(), Assert, "%s is looked for in an interface", typeName(t))
	}
}

// guarded returns the client, or the grant, that t is or points to.
func (c *checker) guarded(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	named := namedOf(t)
	if named == nil {
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			return c.guarded(p.Elem())
		}
		return nil
	}
	if c.isClient(named) || isOneOf(c.cfg.Kept, named) {
		return named
	}
	return nil
}

// callee is the function or method that a call names; nil if it calls a value.
func (c *checker) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		fn, _ := c.pass.TypesInfo.Uses[f].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := c.pass.TypesInfo.Uses[f.Sel].(*types.Func)
		return fn
	}
	return nil
}

func (c *checker) name(e ast.Expr) string { return typeName(c.pass.TypesInfo.TypeOf(e)) }

// isOneOf reports whether a configuration names the type.
func isOneOf(names []string, named *types.Named) bool {
	if named.Obj().Pkg() == nil {
		return false
	}
	for _, name := range names {
		path, typ := splitName(name)
		if typ == named.Obj().Name() && path == plainPath(named.Obj().Pkg().Path()) {
			return true
		}
	}
	return false
}
