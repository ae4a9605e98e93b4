package isolint

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// texts finds errors whose text goes elsewhere than into logs and other errors. An error that is
// given for any, or for another interface, is one: whoever takes it can print it.
func (a *answering) texts(root ast.Node) {
	var stack []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if a.speaks(n) && !a.logged(stack[:len(stack)-1]) {
				a.found(n.Sel.Pos(), ErrorText, "the text of an error is for logs: %s", types.ExprString(n))
			}
		case *ast.CallExpr:
			a.converted(n, stack)
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if a.becomesAny(e, a.elementType(n, e)) && !a.logged(stack) {
					a.found(e.Pos(), ErrorText, "an error is given for %s, which can print it", typeName(a.elementType(n, e)))
				}
			}
		case *ast.AssignStmt:
			for i, rhs := range n.Rhs {
				if len(n.Lhs) == len(n.Rhs) && a.becomesAny(rhs, a.pass.TypesInfo.TypeOf(n.Lhs[i])) {
					a.found(rhs.Pos(), ErrorText, "an error is given for %s, which can print it", a.name(n.Lhs[i]))
				}
			}
		}
		return true
	})
}

// speaks reports whether a selection yields the text of an error: Error of whatever implements
// error, and what Google's errors say in other ways.
func (a *answering) speaks(sel *ast.SelectorExpr) bool {
	obj := a.pass.TypesInfo.Uses[sel.Sel]
	s := a.pass.TypesInfo.Selections[sel]
	if obj == nil || s == nil {
		return false
	}
	if fn, ok := obj.(*types.Func); ok && fn.Name() == "Error" && implementsError(s.Recv()) {
		return true
	}
	return obj.Pkg() != nil && slices.Contains(speaking, objectName(obj))
}

var speaking = []string{
	"google.golang.org/grpc/internal/status.Status.Message",
	"google.golang.org/grpc/internal/status.Status.Details",
	"google.golang.org/grpc/internal/status.Status.String",
	"google.golang.org/grpc/internal/status.Status.Proto",
	"google.golang.org/api/googleapi.Error.Message", "google.golang.org/api/googleapi.Error.Body",
	"google.golang.org/api/googleapi.Error.Details", "google.golang.org/api/googleapi.Error.Errors",
}

// converted finds arguments of type error for which a function takes any.
func (a *answering) converted(call *ast.CallExpr, stack []ast.Node) {
	tv := a.pass.TypesInfo.Types[call.Fun]
	sig, ok := tv.Type.Underlying().(*types.Signature)
	if tv.IsType() || !ok || tv.IsBuiltin() {
		if tv.IsType() && len(call.Args) == 1 && a.becomesAny(call.Args[0], tv.Type) && !a.logged(stack[:len(stack)-1]) {
			a.found(call.Pos(), ErrorText, "an error is given for %s, which can print it", typeName(tv.Type))
		}
		return
	}
	if a.logged(stack) {
		return
	}
	for i, arg := range call.Args {
		last := sig.Params().Len() - 1
		var t types.Type
		switch {
		case sig.Variadic() && i >= last && !call.Ellipsis.IsValid():
			t = sig.Params().At(last).Type().Underlying().(*types.Slice).Elem()
		case i <= last:
			t = sig.Params().At(i).Type()
		}
		if a.becomesAny(arg, t) {
			a.found(arg.Pos(), ErrorText, "an error is given for %s, which can print it", typeName(t))
		}
	}
}

// becomesAny reports whether an error is given for an interface that is not one of errors. A type
// of the packages that answer may implement error and be an answer.
func (a *answering) becomesAny(e ast.Expr, t types.Type) bool {
	if t == nil || e == nil || !types.IsInterface(t) || implementsError(t) {
		return false
	}
	tv := a.pass.TypesInfo.Types[e]
	if tv.Type == nil || tv.IsNil() || !isError(tv.Type) && !types.Implements(tv.Type, errorType) {
		return false
	}
	_, ours := a.cfg.answers(pathOf(tv.Type))
	return !ours
}

// elementType is the type that an element of a literal is given for.
func (a *answering) elementType(lit *ast.CompositeLit, e ast.Expr) types.Type {
	t := a.pass.TypesInfo.TypeOf(lit)
	if p, ok := t.Underlying().(*types.Pointer); ok { // of an element of a slice of pointers
		t = p.Elem()
	}
	switch t := t.Underlying().(type) {
	case *types.Struct:
		for i, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok && kv.Value == e {
				id, _ := kv.Key.(*ast.Ident)
				return a.pass.TypesInfo.TypeOf(id)
			}
			if elt == e && i < t.NumFields() {
				return t.Field(i).Type()
			}
		}
	case *types.Map:
		return t.Elem()
	case interface{ Elem() types.Type }:
		return t.Elem()
	}
	return nil
}

// logged reports whether what stands below the nodes goes into a log, another error or a panic; or
// whether it is what an error says of itself.
func (a *answering) logged(stack []ast.Node) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.FuncLit:
			return false
		case *ast.FuncDecl:
			fn, ok := a.pass.TypesInfo.Defs[n.Name].(*types.Func)
			recv := fn.Signature().Recv()
			return ok && n.Name.Name == "Error" && recv != nil && implementsError(recv.Type())
		case *ast.CallExpr:
			id, ok := ast.Unparen(n.Fun).(*ast.Ident)
			if ok && id.Name == "panic" && a.pass.TypesInfo.Types[n.Fun].IsBuiltin() {
				return true
			}
			fn := a.callee(n)
			if fn == nil || fn.Pkg() == nil {
				continue
			}
			path, name := fn.Pkg().Path(), objectName(fn)
			if path == "log" || path == "log/slog" || strings.HasPrefix(name, "errors.") || name == "fmt.Errorf" {
				return true
			}
		}
	}
	return false
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

func implementsError(t types.Type) bool {
	return t != nil && (types.Implements(t, errorType) || types.Implements(types.NewPointer(t), errorType))
}
