package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/bulkhead-saas/bulkhead/isolint/internal/holding"
)

// outliving finds what was vended to one caller in the hands of what may run longer than the
// request, and contexts that have been cut loose from it.
func (c *checker) outliving(f *ast.File) {
	kept := holding.In(c.pass.TypesInfo, f, c.nearKept)
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			if kept.Detached(n.Call) {
				c.found(n.Pos(), Keep, "a goroutine is given what was vended to one caller")
			}
		case *ast.CallExpr:
			if fn, ok := c.keeping(n, kept); ok && !c.joined(n, fn, stack) {
				c.found(n.Pos(), Keep, "%s is given what was vended to one caller", qualified(fn))
			}
			if c.contained(n, kept) {
				c.found(n.Pos(), Keep, "%s keeps what was vended to one caller", types.ExprString(n.Fun))
			}
			if fn := c.callee(n); fn != nil && fn.FullName() == "context.WithoutCancel" && !c.bounded(n, stack) {
				c.found(n.Pos(), Context, "context.WithoutCancel has work outlive the request")
			}
		case *ast.FuncLit:
			sig, ok := c.pass.TypesInfo.TypeOf(n).(*types.Signature)
			if ok && c.ofWire.Hold(sig.Params()) && kept.Captured(n) {
				c.found(n.Pos(), Keep, "a handler holds what was vended to one caller")
			}
		case *ast.CompositeLit:
			if !c.isLasting(c.pass.TypesInfo.TypeOf(n)) {
				break
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if kept.Expr(e) {
					c.found(e.Pos(), Keep, "what was vended to one caller is kept in %s", c.name(n))
				}
			}
		}
		stack = append(stack, n)
		return true
	})
}

// contained reports whether a call puts what was vended into a container of the standard library,
// wherever that is. One in a package variable is found in every package.
func (c *checker) contained(call *ast.CallExpr, kept *holding.Values) bool {
	fn := c.callee(call)
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && fn != nil && fn.Signature().Recv() != nil && slices.Contains(storing, fn.Name()) &&
		slices.Contains([]string{"sync", "sync/atomic", "container/list"}, fn.Pkg().Path()) && c.packageVar(sel.X) == nil &&
		slices.ContainsFunc(call.Args, kept.Expr)
}

// bounded reports whether a context without cancellation is given a deadline at once, and is
// cancelled when the function that it stands in returns: ctx, cancel :=
// context.WithTimeout(context.WithoutCancel(ctx), time), then defer cancel().
func (c *checker) bounded(call *ast.CallExpr, stack []ast.Node) bool {
	if len(stack) < 3 {
		return false
	}
	outer, ok := stack[len(stack)-1].(*ast.CallExpr)
	if !ok {
		return false
	}
	fn := c.callee(outer)
	if fn == nil || !slices.Contains([]string{"context.WithTimeout", "context.WithDeadline"}, fn.FullName()) {
		return false
	}
	assign, ok := stack[len(stack)-2].(*ast.AssignStmt)
	block, isBlock := stack[len(stack)-3].(*ast.BlockStmt)
	if !ok || !isBlock || len(assign.Lhs) != 2 {
		return false
	}
	cancel, ok := assign.Lhs[1].(*ast.Ident)
	if !ok || call != ast.Unparen(outer.Args[0]) {
		return false
	}
	i := slices.Index(block.List, ast.Stmt(assign))
	if i+1 >= len(block.List) {
		return false
	}
	next, ok := block.List[i+1].(*ast.DeferStmt)
	if !ok {
		return false
	}
	id, ok := next.Call.Fun.(*ast.Ident)
	return ok && c.pass.TypesInfo.ObjectOf(id) == c.pass.TypesInfo.ObjectOf(cancel)
}

// joined reports whether what a call starts has ended when the function returns that it stands in.
// That is decided for an errgroup.Group or a sync.WaitGroup in a local variable with which nothing
// is done but to call its methods, if a statement of the same block waits for it and nothing in
// between leaves the block.
func (c *checker) joined(call *ast.CallExpr, fn *types.Func, stack []ast.Node) bool {
	if !slices.Contains(groups, objectName(fn)) {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	group := c.pass.TypesInfo.ObjectOf(id)
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return false // the group is somebody else's
		case *ast.BlockStmt:
			if from := c.declares(n, group); from >= 0 {
				return c.private(group, n) && c.waits(n.List[from+1:], group)
			}
		}
	}
	return false
}

// groups are the methods that start what a group waits for.
var groups = []string{
	"golang.org/x/sync/errgroup.Group.Go", "golang.org/x/sync/errgroup.Group.TryGo", "sync.WaitGroup.Go",
}

// declares returns the statement of a block that declares a variable; -1 if none does.
func (c *checker) declares(block *ast.BlockStmt, v types.Object) int {
	return slices.IndexFunc(block.List, func(s ast.Stmt) bool {
		switch s := s.(type) {
		case *ast.AssignStmt:
			return s.Tok == token.DEFINE && within(s, v.Pos())
		case *ast.DeclStmt:
			return within(s, v.Pos())
		}
		return false
	})
}

// private reports whether nothing is done with a group but to call its methods.
func (c *checker) private(group types.Object, block *ast.BlockStmt) bool {
	private := true
	method := map[*ast.Ident]bool{}
	ast.Inspect(block, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
				if id, ok := ast.Unparen(sel.X).(*ast.Ident); ok {
					method[id] = true
				}
			}
		}
		if id, ok := n.(*ast.Ident); ok && c.pass.TypesInfo.Uses[id] == group && !method[id] {
			private = false
		}
		return private
	})
	return private
}

// waits reports whether one of the statements waits for a group whatever happens before it.
func (c *checker) waits(list []ast.Stmt, group types.Object) bool {
	for _, s := range list {
		if c.waitsIn(s, group) {
			return true
		}
		if leaves(s) {
			return false
		}
	}
	return false
}

// waitsIn reports whether a statement waits before it does anything else but to start more.
func (c *checker) waitsIn(s ast.Stmt, group types.Object) bool {
	is := func(e ast.Expr) bool {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Wait" {
			return false
		}
		id, ok := ast.Unparen(sel.X).(*ast.Ident)
		return ok && c.pass.TypesInfo.Uses[id] == group
	}
	switch s := s.(type) {
	case *ast.ExprStmt:
		return is(s.X)
	case *ast.DeferStmt:
		return is(s.Call)
	case *ast.ReturnStmt:
		return slices.ContainsFunc(s.Results, is)
	case *ast.AssignStmt:
		return slices.ContainsFunc(s.Rhs, is)
	case *ast.IfStmt:
		if s.Init != nil {
			return c.waitsIn(s.Init, group)
		}
		cond, ok := ast.Unparen(s.Cond).(*ast.BinaryExpr)
		return ok && (is(cond.X) || is(cond.Y)) && cond.Op != token.LAND && cond.Op != token.LOR
	}
	return false
}

// leaves reports whether a statement may leave the block that it stands in.
func leaves(s ast.Stmt) bool {
	found := false
	var look func(n ast.Node, loop, breakable bool)
	look = func(n ast.Node, loop, breakable bool) {
		ast.Inspect(n, func(m ast.Node) bool {
			if m == n || found {
				return !found
			}
			switch m := m.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ForStmt, *ast.RangeStmt:
				look(m, true, true)
				return false
			case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
				look(m, loop, true)
				return false
			case *ast.ReturnStmt:
				found = true
			case *ast.BranchStmt:
				found = found || m.Label != nil || m.Tok == token.GOTO ||
					m.Tok == token.CONTINUE && !loop || m.Tok == token.BREAK && !breakable
			}
			return true
		})
	}
	look(&ast.BlockStmt{List: []ast.Stmt{s}}, false, false)
	return found
}
