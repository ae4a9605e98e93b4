package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// flow knows which expressions stand for memory that lives as long as the process does: package
// variables, variables that a function captured which outlives the one that declares them, and
// values of process-wide types; with all that is reached from there. Or, with roots, what is
// reached from these parameters, and nothing else.
//
// It takes no account of the order of statements: a local variable that is once assigned such
// memory stands for it everywhere. What a function made itself, by a literal or by new, is free
// until somebody else has it.
type flow struct {
	c         *checker
	info      *types.Info
	functions map[*token.File]functionsIn
	roots     map[types.Object]bool
	refers    map[types.Object]bool // local variables that refer to such memory
	stale     map[types.Object]bool // local variables that were once assigned what the function did not make itself
}

func (c *checker) newFlow(files []*ast.File) *flow {
	w := &flow{
		c: c, info: c.pass.TypesInfo, functions: map[*token.File]functionsIn{},
		refers: map[types.Object]bool{}, stale: map[types.Object]bool{},
	}
	for _, f := range files {
		w.functions[c.pass.Fset.File(f.FileStart)] = c.functionsOf(f)
	}
	w.settle(files)
	return w
}

// settle finds what functions make, then what their variables refer to.
func (w *flow) settle(files []*ast.File) {
	for again := true; again; {
		w.noteStale(files)
		again = w.markMakers(files)
	}
	w.follow(nodesOf(files)...)
}

// from asks the same of what is reached from one parameter of a function.
func (w *flow) from(param types.Object, body ast.Node) *flow {
	inner := *w
	inner.roots, inner.refers = map[types.Object]bool{param: true}, map[types.Object]bool{}
	inner.follow(body)
	return &inner
}

func (w *flow) at(pos token.Pos) functionsIn { return w.functions[w.c.pass.Fset.File(pos)] }

// place reports whether the storage that an expression denotes is such memory.
func (w *flow) place(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := w.info.ObjectOf(e).(*types.Var)
		return ok && w.roots == nil && (isPackageVar(v) || w.at(e.Pos()).captured(v, e.Pos()))
	case *ast.SelectorExpr:
		sel := w.info.Selections[e]
		if sel == nil {
			v, ok := w.info.Uses[e.Sel].(*types.Var)
			return ok && w.roots == nil && isPackageVar(v)
		}
		if sel.Kind() != types.FieldVal {
			return false
		}
		if isPointer(w.info.TypeOf(e.X)) {
			return w.refer(e.X)
		}
		return w.place(e.X) || sel.Indirect() && w.refer(e.X)
	case *ast.IndexExpr:
		if _, array := w.info.TypeOf(e.X).Underlying().(*types.Array); array {
			return w.place(e.X)
		}
		return w.refer(e.X)
	case *ast.StarExpr:
		return w.refer(e.X)
	}
	return false
}

// refer reports whether the value of an expression leads to such memory.
func (w *flow) refer(e ast.Expr) bool {
	e = ast.Unparen(e)
	tv, ok := w.info.Types[e]
	if id, isIdent := e.(*ast.Ident); isIdent {
		obj := w.info.ObjectOf(id)
		if obj == nil {
			return false
		}
		tv.Type = obj.Type()
	} else if !ok || tv.IsType() {
		return false
	}
	if !mayRefer(tv.Type) {
		return false
	}
	if w.roots == nil && w.c.isLasting(tv.Type) && !w.made(e) {
		return true
	}
	switch e := e.(type) {
	case *ast.Ident:
		obj := w.info.ObjectOf(e)
		return w.refers[obj] || w.roots[obj] || w.place(e)
	case *ast.SelectorExpr:
		if sel := w.info.Selections[e]; sel != nil {
			return sel.Kind() == types.FieldVal && (w.refer(e.X) || w.place(e.X))
		}
		return w.place(e)
	case *ast.IndexExpr:
		return w.refer(e.X) || w.place(e.X)
	case *ast.SliceExpr:
		return w.refer(e.X) || w.place(e.X)
	case *ast.StarExpr:
		return w.refer(e.X)
	case *ast.TypeAssertExpr:
		return w.refer(e.X)
	case *ast.UnaryExpr:
		return e.Op == token.AND && w.place(e.X) || e.Op == token.ARROW && w.refer(e.X)
	case *ast.CallExpr:
		return w.result(e)
	}
	return false
}

// result reports whether what a call returns leads to such memory.
func (w *flow) result(call *ast.CallExpr) bool {
	fun := w.info.Types[call.Fun]
	switch {
	case fun.IsType():
		return len(call.Args) == 1 && w.refer(call.Args[0])
	case fun.IsBuiltin():
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		if !ok || id.Name != "append" {
			return false
		}
		elements, isSlice := w.info.TypeOf(call).Underlying().(*types.Slice)
		return w.refer(call.Args[0]) ||
			isSlice && mayRefer(elements.Elem()) && slices.ContainsFunc(call.Args[1:], w.refer)
	}
	fn := w.c.callee(call)
	if fn == nil {
		return w.refer(call.Fun)
	}
	fact := new(effects)
	if !w.c.pass.ImportObjectFact(fn.Origin(), fact) {
		return false
	}
	return w.roots == nil && fact.Yields || slices.ContainsFunc(fact.Passes, func(i int) bool {
		arg := argument(call, i)
		return arg != nil && w.refer(arg)
	})
}

// made reports whether the function that an expression stands in has made its value.
func (w *flow) made(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := w.info.ObjectOf(e).(*types.Var)
		if !ok || v.IsField() || isVariable(v) || w.stale[v] || w.at(e.Pos()).captured(v, e.Pos()) {
			return false
		}
		f := w.at(v.Pos()).at(v.Pos())
		return f != nil && !isParameter(f.node, v.Pos())
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND && w.made(e.X)
	case *ast.SelectorExpr:
		return !isPointer(w.info.TypeOf(e)) && w.info.Selections[e] != nil && w.made(e.X)
	case *ast.CallExpr:
		if w.info.Types[e.Fun].IsBuiltin() {
			id, ok := ast.Unparen(e.Fun).(*ast.Ident)
			return ok && (id.Name == "new" || id.Name == "make")
		}
		fact := new(effects)
		fn := w.c.callee(e)
		return fn != nil && w.c.pass.ImportObjectFact(fn.Origin(), fact) && fact.Makes
	}
	return false
}

// pairs calls f with every variable that is assigned something, and what that is: a value, or the
// container that it was taken out of. The parameters of a literal that is called where it stands
// are assigned the arguments.
func (w *flow) pairs(root ast.Node, f func(lhs, rhs ast.Expr)) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok {
				i := 0
				for _, field := range lit.Type.Params.List {
					for _, name := range field.Names {
						if i < len(n.Args) {
							f(name, n.Args[i])
						}
						i++
					}
				}
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					f(lhs, n.Rhs[i])
				} else if i == 0 || w.c.isCall(n.Rhs[0]) {
					f(lhs, n.Rhs[0])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Names) == len(n.Values) {
					f(name, n.Values[i])
				} else if len(n.Values) == 1 && (i == 0 || w.c.isCall(n.Values[0])) {
					f(name, n.Values[0])
				}
			}
		case *ast.RangeStmt:
			for _, lhs := range []ast.Expr{n.Key, n.Value} {
				if lhs != nil {
					f(lhs, n.X)
				}
			}
		}
		return true
	})
}

// follow finds the local variables that refer.
func (w *flow) follow(nodes ...ast.Node) {
	for again := true; again; {
		again = false
		note := func(obj types.Object, rhs ast.Expr) {
			if obj != nil && !w.refers[obj] && !isVariable(obj) && mayRefer(obj.Type()) &&
				(w.refer(rhs) || w.element(rhs)) {
				w.refers[obj], again = true, true
			}
		}
		for _, n := range nodes {
			w.pairs(n, func(lhs, rhs ast.Expr) {
				if id, ok := ast.Unparen(lhs).(*ast.Ident); ok {
					note(w.info.ObjectOf(id), rhs)
				}
			})
			ast.Inspect(n, func(n ast.Node) bool {
				s, ok := n.(*ast.TypeSwitchStmt)
				if !ok {
					return true
				}
				if assign, ok := s.Assign.(*ast.AssignStmt); ok {
					for _, clause := range s.Body.List {
						note(w.info.Implicits[clause], assign.Rhs[0].(*ast.TypeAssertExpr).X)
					}
				}
				return true
			})
		}
	}
}

// element reports whether what is ranged over leads to such memory although it is an array.
func (w *flow) element(e ast.Expr) bool {
	_, array := w.info.TypeOf(e).Underlying().(*types.Array)
	return array && w.place(e)
}

// noteStale finds the local variables that a function did not make the values of.
func (w *flow) noteStale(files []*ast.File) {
	w.stale = map[types.Object]bool{}
	for again := true; again; {
		again = false
		for _, f := range files {
			w.pairs(f, func(lhs, rhs ast.Expr) {
				if id, ok := ast.Unparen(lhs).(*ast.Ident); ok {
					if obj := w.info.ObjectOf(id); obj != nil && !w.stale[obj] && !w.made(rhs) {
						w.stale[obj], again = true, true
					}
				}
			})
		}
	}
}

func isPackageVar(v *types.Var) bool { return v.Pkg() != nil && isVariable(v) }

// isParameter reports whether the declaration at pos is a parameter or the receiver of a function.
func isParameter(fn ast.Node, pos token.Pos) bool {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Recv != nil && within(fn.Recv, pos) || within(fn.Type.Params, pos)
	case *ast.FuncLit:
		return within(fn.Type.Params, pos)
	}
	return false
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// mayRefer reports whether values of a type can lead to memory that others see too.
func mayRefer(t types.Type) bool {
	if t == nil {
		return false
	}
	if named := namedOf(t); named != nil && !isPointer(t) && fullName(named) == "time.Time" {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return false
	case *types.Struct:
		for f := range u.Fields() {
			if mayRefer(f.Type()) {
				return true
			}
		}
		return false
	case *types.Array:
		return mayRefer(u.Elem())
	case *types.Tuple:
		for v := range u.Variables() {
			if mayRefer(v.Type()) {
				return true
			}
		}
		return false
	}
	return true
}

// fullName is "import/path.Name" of a named type.
func fullName(t *types.Named) string {
	if t.Obj().Pkg() == nil {
		return t.Obj().Name()
	}
	return plainPath(t.Obj().Pkg().Path()) + "." + t.Obj().Name()
}

// objectName is "import/path.Name" or "import/path.Type.Member".
func objectName(obj types.Object) string {
	return strings.TrimPrefix(plainPath(obj.Pkg().Path())+"."+member(obj), ".")
}

// argument is what a call gives for a parameter; -1 is the receiver. It is nil if there is none.
func argument(call *ast.CallExpr, i int) ast.Expr {
	if i >= 0 {
		if i < len(call.Args) {
			return call.Args[i]
		}
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

func nodesOf(files []*ast.File) (nodes []ast.Node) {
	for _, f := range files {
		nodes = append(nodes, f)
	}
	return nodes
}

func (c *checker) isCall(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok
}
