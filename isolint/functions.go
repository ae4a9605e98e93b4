package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
)

// function is a function, declared or literal, with what its place tells about it.
type function struct {
	node    ast.Node // *ast.FuncDecl or *ast.FuncLit
	outer   *function
	request bool // it runs for one request: it, or one around it, takes something of a request
	escapes bool // a literal that may run after the function around it has returned
	initial bool // a declared func init, whose own statements run before any request
}

// functionsIn are the functions of a file, in the order of their beginnings.
type functionsIn []*function

// at returns the innermost function that pos is in; nil at package level.
func (fs functionsIn) at(pos token.Pos) *function {
	i := sort.Search(len(fs), func(i int) bool { return fs[i].node.Pos() > pos })
	if i == 0 {
		return nil
	}
	f := fs[i-1]
	for f != nil && !within(f.node, pos) {
		f = f.outer
	}
	return f
}

// captured reports whether a use of a variable is in a function that may run after the one that
// declares it, which does not run for a request: so the variable lives as long as the process does.
func (fs functionsIn) captured(v *types.Var, use token.Pos) bool {
	owner := fs.at(v.Pos())
	if owner != nil && owner.request {
		return false
	}
	for f := fs.at(use); f != nil && f != owner; f = f.outer {
		if f.escapes {
			return true
		}
	}
	return false
}

// functionsOf finds the functions of a file.
func (c *checker) functionsOf(file *ast.File) functionsIn {
	called := c.onlyCalled(file)
	var fs functionsIn
	var stack []ast.Node
	var open []*function
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			last := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if len(open) > 0 && open[len(open)-1].node == last {
				open = open[:len(open)-1]
			}
			return true
		}
		var f *function
		switch n := n.(type) {
		case *ast.FuncDecl:
			f = &function{node: n, initial: n.Recv == nil && n.Name.Name == "init"}
			if fn, ok := c.pass.TypesInfo.Defs[n.Name].(*types.Func); ok {
				f.request = c.takesRequest(fn.Signature())
			}
		case *ast.FuncLit:
			f = &function{node: n, escapes: c.escapes(n, stack, called)}
			if sig, ok := c.pass.TypesInfo.TypeOf(n).(*types.Signature); ok {
				f.request = c.takesRequest(sig)
			}
		}
		if f != nil {
			if len(open) > 0 {
				f.outer = open[len(open)-1]
				f.request = f.request || f.outer.request
			}
			fs, open = append(fs, f), append(open, f)
		}
		stack = append(stack, n)
		return true
	})
	return fs
}

// takesRequest reports whether a parameter or the receiver is of a request, or holds what is.
func (c *checker) takesRequest(sig *types.Signature) bool {
	return sig.Recv() != nil && c.ofRequest.Hold(sig.Recv().Type()) || c.ofRequest.Hold(sig.Params())
}

// atOnce are the packages, and the functions, that are done with a function that they are given
// when they return.
var atOnce = []string{
	"bytes", "errors", "go/ast", "io/fs", "iter", "maps", "path/filepath", "regexp", "slices",
	"sort", "strings", "sync", "cloud.google.com/go/firestore.Client.RunTransaction",
	"math/rand.Shuffle", "math/rand/v2.Shuffle",
}

// escapes reports whether a literal may run later than the statement that it stands in.
func (c *checker) escapes(lit *ast.FuncLit, stack []ast.Node, called map[types.Object]bool) bool {
	i := len(stack) - 1
	for ; i > 0; i-- {
		if _, ok := stack[i].(*ast.ParenExpr); !ok {
			break
		}
	}
	switch parent := stack[i].(type) {
	case *ast.CallExpr:
		if ast.Unparen(parent.Fun) == lit {
			_, concurrent := stack[i-1].(*ast.GoStmt)
			return concurrent
		}
		fn := c.callee(parent)
		if fn != nil && c.joined(parent, fn, stack[:i]) {
			return false
		}
		if fn == nil || fn.Pkg() == nil || slices.Contains(detached, objectName(fn)) ||
			slices.Contains(onces, fn.FullName()) {
			return true
		}
		return !slices.Contains(atOnce, fn.Pkg().Path()) && !slices.Contains(atOnce, objectName(fn))
	case *ast.AssignStmt:
		for i, rhs := range parent.Rhs {
			if ast.Unparen(rhs) == lit && len(parent.Lhs) == len(parent.Rhs) {
				id, ok := ast.Unparen(parent.Lhs[i]).(*ast.Ident)
				return !ok || !called[c.pass.TypesInfo.ObjectOf(id)]
			}
		}
	case *ast.ValueSpec:
		for i, value := range parent.Values {
			if ast.Unparen(value) == lit && len(parent.Names) == len(parent.Values) {
				return !called[c.pass.TypesInfo.Defs[parent.Names[i]]]
			}
		}
	}
	return true
}

// onces return functions that remember what the one they are given has returned.
var onces = []string{"sync.OnceFunc", "sync.OnceValue", "sync.OnceValues"}

// onlyCalled are the local variables of function types with which nothing is done but to call them,
// in the function that declares them or in what they hold.
func (c *checker) onlyCalled(file *ast.File) map[types.Object]bool {
	called := map[types.Object]bool{}
	plain := map[*ast.Ident]bool{}          // uses that do not let a function get away
	holder := map[ast.Node][]types.Object{} // variables that a literal is assigned to
	assigned := func(lhs, rhs ast.Expr) {
		if id, ok := ast.Unparen(lhs).(*ast.Ident); ok {
			plain[id] = true
			if lit, ok := ast.Unparen(rhs).(*ast.FuncLit); ok {
				holder[lit] = append(holder[lit], c.pass.TypesInfo.ObjectOf(id))
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
				plain[id] = true
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				assigned(lhs, n.Rhs[min(i, len(n.Rhs)-1)])
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				assigned(n.Names[i], value)
			}
		}
		return true
	})
	var open []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			open = open[:len(open)-1]
			return true
		}
		open = append(open, n)
		if g, ok := n.(*ast.GoStmt); ok {
			if id, ok := ast.Unparen(g.Call.Fun).(*ast.Ident); ok {
				plain[id] = false
			}
		}
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := c.pass.TypesInfo.ObjectOf(id).(*types.Var)
		if !ok || v.IsField() || isVariable(v) || !isFunc(v.Type()) {
			return true
		}
		if _, seen := called[v]; !seen {
			called[v] = true
		}
		elsewhere := slices.ContainsFunc(open, func(n ast.Node) bool {
			_, isLit := n.(*ast.FuncLit)
			return isLit && !within(n, v.Pos()) && !slices.Contains(holder[n], types.Object(v))
		})
		if c.pass.TypesInfo.Defs[id] == nil && (!plain[id] || elsewhere) {
			called[v] = false
		}
		return true
	})
	return called
}
