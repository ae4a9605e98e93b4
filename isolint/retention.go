package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/bulkhead-saas/bulkhead/isolint/internal/holding"
)

// retention finds what outlives its request. A request's context goes back to a pool when the
// handler returns, so it may be stored nowhere and given to nothing that runs on its own. A grant
// may be held while its request lasts, and so by anything but a package variable or a channel.
func (c *checker) retention(f *ast.File, requestTypes, keptTypes *holding.Types) {
	request, kept := holding.In(c.pass.TypesInfo, f, requestTypes), holding.In(c.pass.TypesInfo, f, keptTypes)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if request.Detached(n.Call) {
				c.found(n.Pos(), Context, "a goroutine is given what belongs to a request")
			}
		case *ast.SendStmt:
			if request.Expr(n.Value) {
				c.found(n.Value.Pos(), Context, "what belongs to a request is sent to a channel")
			}
			if kept.Expr(n.Value) {
				c.found(n.Value.Pos(), Keep, "a grant or a client is sent to a channel")
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if request.Expr(e) {
					c.found(e.Pos(), Context, "what belongs to a request is stored in %s", c.name(n))
				}
			}
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				if request.Expr(e) && !request.Type(c.pass.TypesInfo.TypeOf(e)) {
					c.found(e.Pos(), Context, "what is returned holds what belongs to a request")
				}
			}
		case *ast.AssignStmt:
			c.assignment(n, request, kept)
		case *ast.CallExpr:
			c.handOver(n, request, kept)
		case *ast.ValueSpec:
			c.packageVariable(n, kept, request)
		}
		return true
	})
}

// assignment finds stores: through a field, an index, a pointer or into a package variable.
func (c *checker) assignment(n *ast.AssignStmt, request, kept *holding.Values) {
	for i, lhs := range n.Lhs {
		rhs := n.Rhs[0]
		if len(n.Rhs) == len(n.Lhs) {
			rhs = n.Rhs[i]
		}
		global := c.packageVar(lhs) != nil
		_, plain := ast.Unparen(lhs).(*ast.Ident)
		if (global || !plain) && request.Expr(rhs) {
			c.found(rhs.Pos(), Context, "what belongs to a request is stored")
		}
		if global && kept.Expr(rhs) {
			c.found(rhs.Pos(), Keep, "a grant or a client is kept in a package variable")
		}
	}
}

// storing are methods that keep their arguments, of the standard library's containers and of any
// package variable.
var storing = []string{
	"Add", "CompareAndSwap", "LoadOrStore", "PushBack", "PushFront", "Put", "Set", "SetDefault", "Store", "Swap",
}

// handOver finds arguments that a call keeps.
func (c *checker) handOver(call *ast.CallExpr, request, kept *holding.Values) {
	if fn, ok := c.keeping(call, request); ok {
		c.found(call.Pos(), Context, "%s is given what belongs to a request", qualified(fn))
		return
	}
	fn := c.callee(call)
	if fn == nil || fn.Pkg() == nil {
		return
	}
	switch {
	case fn.Pkg().Path() == "context" && fn.Name() == "WithValue":
		if request.Expr(call.Args[2]) {
			c.found(call.Args[2].Pos(), Context, "what belongs to a request is stored in a context")
		}
	case fn.Signature().Recv() != nil && slices.Contains(storing, fn.Name()):
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return
		}
		global := c.packageVar(sel.X) != nil
		if (global || slices.Contains([]string{"sync", "sync/atomic", "container/list"}, fn.Pkg().Path())) &&
			slices.ContainsFunc(call.Args, request.Expr) {
			c.found(call.Pos(), Context, "%s keeps what belongs to a request", qualified(fn))
		}
		if global && slices.ContainsFunc(call.Args, kept.Expr) {
			c.found(call.Pos(), Keep, "%s keeps a grant or a client in a package variable", qualified(fn))
		}
	}
}

// packageVariable finds package variables that can hold nothing else.
func (c *checker) packageVariable(spec *ast.ValueSpec, kept, request *holding.Values) {
	for _, name := range spec.Names {
		obj := variable(c.pass.TypesInfo.Defs[name])
		if obj == nil {
			continue
		}
		if kept.Type(obj.Type()) {
			c.found(name.Pos(), Keep, "package variable %s holds a grant or a client", name.Name)
		}
		if request.Type(obj.Type()) {
			c.found(name.Pos(), Context, "package variable %s holds what belongs to a request", name.Name)
		}
	}
}

// requestTypes are the types that hold what belongs to one request.
func (c *checker) requestTypes() *holding.Types {
	names := slices.Concat(request, c.cfg.Request)
	h := holding.NewTypes(func(t *types.Named) bool { return isOneOf(names, t) })
	for _, pkg := range c.pass.Pkg.Imports() {
		for _, name := range names {
			path, typ := splitName(name)
			if pkg.Path() != path {
				continue
			}
			if obj := pkg.Scope().Lookup(typ); obj != nil && types.IsInterface(obj.Type()) {
				h.Like, _ = obj.Type().Underlying().(*types.Interface)
			}
		}
	}
	return h
}

// keptTypes are the types that hold grants, and of clients. Services hold clients, and much holds a
// service: so a client is only looked for near by.
func (c *checker) keptTypes() *holding.Types {
	h := holding.NewTypes(func(t *types.Named) bool { return isOneOf(c.cfg.Kept, t) })
	h.Near = func(t types.Type) types.Type {
		if isFunc(t) {
			return nil // it opens one; it holds none
		}
		return c.rawIn(t)
	}
	return h
}

func isFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func within(n ast.Node, pos token.Pos) bool { return n.Pos() <= pos && pos < n.End() }
