package isolint

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// change is a place where memory is changed that lives as long as the process does.
type change struct {
	at   ast.Node
	what ast.Expr // that is changed
	how  string
}

// changes calls found for every change in what n does.
func (w *flow) changes(n ast.Node, found func(change)) {
	written := func(e ast.Expr, how string) {
		if e != nil && w.place(e) {
			found(change{e, e, how})
		}
	}
	called := map[ast.Expr]bool{}
	back := map[ast.Expr]bool{} // values that go back to where they came from, which is a finding of its own
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if s := w.info.Selections[n]; s != nil && s.Kind() == types.MethodVal && !called[n] {
				w.method(n, n, s.Obj().(*types.Func), found) // it may be called later
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if id, ok := lhs.(*ast.Ident); !ok || w.info.Defs[id] == nil {
					written(lhs, "is changed")
					back[ast.Unparen(n.Rhs[min(i, len(n.Rhs)-1)])] = w.place(lhs)
				}
			}
		case *ast.IncDecStmt:
			written(n.X, "is changed")
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				written(n.Key, "is changed")
				written(n.Value, "is changed")
			}
		case *ast.SendStmt:
			if w.refer(n.Chan) && !w.declared(n.Chan) {
				found(change{n, n.Chan, "is sent to"})
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if a, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && a.Op == token.AND && w.place(a.X) {
					found(change{a, a.X, "has its address taken"})
				}
			}
		case *ast.CallExpr:
			called[ast.Unparen(n.Fun)] = true
			if !back[n] {
				w.appended(n, found)
			}
			w.call(n, found)
		}
		return true
	})
}

// appended finds what append may write behind the end of. A slice that says where its room ends is
// none: s[:n:n].
func (w *flow) appended(call *ast.CallExpr, found func(change)) {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || id.Name != "append" || !w.info.Types[call.Fun].IsBuiltin() || !w.refer(call.Args[0]) {
		return
	}
	if s, ok := ast.Unparen(call.Args[0]).(*ast.SliceExpr); ok && s.Max != nil {
		return
	}
	found(change{call, call.Args[0], "is appended to"})
}

// call finds what a call changes.
func (w *flow) call(call *ast.CallExpr, found func(change)) {
	fun := w.info.Types[call.Fun]
	if fun.IsType() {
		return
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && fun.IsBuiltin() {
		if slices.Contains([]string{"delete", "clear", "copy", "close"}, id.Name) && w.refer(call.Args[0]) {
			found(change{call, call.Args[0], "is changed"})
		}
		return
	}
	fn := w.c.callee(call)
	if fn == nil || fn.Pkg() == nil {
		w.addresses(call, found)
		return
	}
	path := plainPath(fn.Pkg().Path())
	args := call.Args
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && w.info.Selections[sel] != nil {
		switch w.info.Selections[sel].Kind() {
		case types.MethodVal:
			w.method(call, sel, fn, found)
		case types.MethodExpr: // the receiver is the first argument
			if w.refer(args[0]) && (w.mutatesReceiver(fn) && !w.judgedThere(fn, fn.Signature().Recv().Type()) ||
				!w.c.cfg.scoped(path) && !w.c.ofModule(path) && mutating(path, member(fn))) {
				found(change{call, args[0], "is changed by " + qualified(fn)})
			}
			args = args[1:]
		}
	}
	switch {
	case slices.Contains(carrying, objectName(fn)):
		for _, arg := range args {
			if w.refer(arg) && w.c.own(w.info.TypeOf(arg)) {
				found(change{call, arg, "is put into a context"})
			}
		}
	case w.c.cfg.scoped(path):
		fact := new(effects)
		if !w.c.pass.ImportObjectFact(fn.Origin(), fact) {
			w.addresses(call, found)
			return
		}
		params := fn.Origin().Signature().Params()
		for i, arg := range args {
			i = min(i, params.Len()-1)
			if slices.Contains(fact.Mutates, i) && w.refer(arg) && !w.judgedThere(fn, params.At(i).Type()) {
				found(change{call, arg, "is changed by " + qualified(fn)})
			}
		}
	case isNamed(mutators, objectName(fn)):
		if w.refer(call.Args[0]) {
			found(change{call, call.Args[0], "is changed by " + qualified(fn)})
		}
	case filling.MatchString(fn.Name()) && !w.c.ofModule(path):
		for _, arg := range args {
			if w.refer(arg) {
				found(change{call, arg, "is filled by " + qualified(fn)})
			}
		}
	default:
		w.addresses(call, found)
	}
}

// filling is how functions of other modules are called that write to what they are given.
var filling = regexp.MustCompile(
	`^(Unmarshal|Decode|F?S?[Ss]can|DataTo|Bind|Read$|ReadFull|ReadAtLeast|CopyBuffer|Put(Uint|Varint))`)

// addresses finds &x among the arguments of a function of which nothing is known.
func (w *flow) addresses(call *ast.CallExpr, found func(change)) {
	for _, arg := range call.Args {
		if a, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && a.Op == token.AND && w.place(a.X) {
			found(change{call, a.X, "has its address given away"})
		}
	}
}

// method finds what a method changes that it is called on, or bound to.
func (w *flow) method(at ast.Node, sel *ast.SelectorExpr, fn *types.Func, found func(change)) {
	recv := fn.Signature().Recv()
	if recv == nil || !w.refer(sel.X) && !(w.place(sel.X) && isPointer(recv.Type())) {
		return
	}
	path := plainPath(fn.Pkg().Path())
	switch {
	case w.c.cfg.scoped(path):
		if w.mutatesReceiver(fn) && !w.judgedThere(fn, recv.Type()) {
			found(change{at, sel.X, "is changed by " + qualified(fn)})
		}
	case w.c.ofModule(path) || w.c.sensitive(path) || w.roots == nil && w.declared(sel.X):
		// a service, here or far away, which keeps its own state; or a container, which is a
		// finding where it is declared
	case mutating(path, member(fn)):
		found(change{at, sel.X, "is changed by " + qualified(fn)})
	}
}

// mutatesReceiver reports whether a method changes what it is called on. One of an interface does
// if that of a type of this package does which implements it, and which is not process-wide: there
// it is found in the method.
func (w *flow) mutatesReceiver(fn *types.Func) bool {
	fact := new(effects)
	if w.c.pass.ImportObjectFact(fn.Origin(), fact) && slices.Contains(fact.Mutates, -1) {
		return true
	}
	i, ok := fn.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	scope := w.c.pass.Pkg.Scope()
	return slices.ContainsFunc(scope.Names(), func(name string) bool {
		t, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || types.IsInterface(t.Type()) || w.c.isLasting(t.Type()) ||
			!types.Implements(types.NewPointer(t.Type()), i) {
			return false
		}
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t.Type()), true, fn.Pkg(), fn.Name())
		m, ok := obj.(*types.Func)
		return ok && w.c.pass.ImportObjectFact(m.Origin(), fact) && slices.Contains(fact.Mutates, -1)
	})
}

// judgedThere reports whether what a function does to a value of the type is a finding in the
// function itself.
func (w *flow) judgedThere(fn *types.Func, t types.Type) bool {
	return w.roots == nil && w.c.isLasting(t) && w.c.cfg.scoped(plainPath(fn.Pkg().Path()))
}

// declared reports whether an expression names a container in a package variable or in a field: its
// declaration is a finding, and what is done with it need not be another.
func (w *flow) declared(e ast.Expr) bool {
	var v *types.Var
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ = w.info.ObjectOf(e).(*types.Var)
	case *ast.SelectorExpr:
		v, _ = w.info.ObjectOf(e.Sel).(*types.Var)
	}
	return v != nil && (v.IsField() || isVariable(v)) && w.c.container(v.Type()) != ""
}

// carrying are functions that put a value where others find it who do not say where it comes from.
var carrying = []string{
	"context.WithValue", "github.com/danielgtaylor/huma/v2.WithValue",
	"github.com/labstack/echo/v4.Context.Set",
}

// mutators are functions that change their first argument.
var mutators = []string{
	"maps.Copy", "maps.DeleteFunc", "maps.Insert", "slices.Compact*", "slices.Delete*",
	"slices.Insert", "slices.Replace", "slices.Reverse", "slices.Sort*", "sort.*",
	"encoding/binary.Put*", "sync/atomic.Add*", "sync/atomic.And*", "sync/atomic.CompareAnd*",
	"sync/atomic.Or*", "sync/atomic.Store*", "sync/atomic.Swap*",
}

var mutatingMethod = regexp.MustCompile(`\.(Add|And|Append|Clear|CompareAnd|Del|Delete|Do|Forget|GetOr|` +
	`Insert|LoadAnd|LoadOr|Move|Or|Pop|Purge|Push|Put|Remove|Reset|Set|Store|Swap|Truncate|Write)([A-Z].*)?$`)

// mutating reports whether a method of another module changes what it is called on: by its name,
// for more cannot be seen. A lock is none: what it guards is.
func mutating(path, method string) bool {
	switch {
	case path == "sync":
		locks := []string{"Mutex.", "RWMutex.", "Once."}
		return !slices.ContainsFunc(locks, func(t string) bool { return strings.HasPrefix(method, t) })
	case strings.HasSuffix(path, "/template"):
		return isNamed([]string{"Template.AddParseTree", "Template.Delims", "Template.Funcs", "Template.Option", "Template.Parse*"}, method)
	case path == "net/http":
		return strings.HasPrefix(method, "Header.") && mutatingMethod.MatchString(method)
	case strings.HasSuffix(method, ".Do"), strings.HasSuffix(method, ".DoChan"):
		return strings.HasSuffix(path, "/singleflight")
	}
	return mutatingMethod.MatchString(method)
}
