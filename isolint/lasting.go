package isolint

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/bulkhead-saas/bulkhead/isolint/internal/holding"
)

// wireTypes are the types of what belongs to one request, besides Echo's, that say of a function
// that it handles one.
var wireTypes = []string{"net/http.Request", "github.com/danielgtaylor/huma/v2.Context"}

// answerTypes are those of what a response is written to.
var answerTypes = []string{"net/http.ResponseWriter"}

// prepare finds out what the rules of request-scoped packages need to know of types.
func (c *checker) prepare() {
	within := func(t *types.Named) bool { return t.Obj().Pkg() == c.pass.Pkg || c.cfg.scoped(pathOf(t)) }
	kept := func(t *types.Named) bool { return isOneOf(c.cfg.Kept, t) }
	wire := slices.Concat(request, c.cfg.Request, wireTypes)
	near := func(is func(*types.Named) bool) *holding.Types {
		h := holding.NewTypes(is)
		h.Enter = within
		return h
	}
	c.nearKept = near(kept)
	c.ofWire = near(func(t *types.Named) bool { return isOneOf(wire, t) })
	c.ofRequest = near(func(t *types.Named) bool { return kept(t) || isOneOf(wire, t) || isOneOf(answerTypes, t) })
}

// markLasting finds the package's process-wide types: those with a method that handles requests,
// those that the configuration names, and what their fields are made of.
func (c *checker) markLasting(files []*ast.File) {
	scope := c.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || t.IsAlias() || types.IsInterface(t.Type()) {
			continue
		}
		named, ok := t.Type().(*types.Named)
		if !ok {
			continue
		}
		handles := slices.ContainsFunc(slices.Collect(named.Methods()), c.handles)
		if handles || isOneOf(c.cfg.ProcessWide, named) {
			c.markType(named)
		}
	}
	for _, f := range files {
		c.markMethodValues(f)
	}
}

// handles reports whether a method handles requests: it takes what belongs to one, or returns a
// function that does; or it takes a context and a grant, and its receiver is not made of one.
func (c *checker) handles(m *types.Func) bool {
	sig := m.Signature()
	if c.ofWire.Hold(sig.Params()) {
		return true
	}
	for result := range sig.Results().Variables() {
		if f, ok := result.Type().Underlying().(*types.Signature); ok && c.ofRequest.Hold(f.Params()) {
			return true
		}
	}
	takesContext := false
	for param := range sig.Params().Variables() {
		takesContext = takesContext || isContext(param.Type())
	}
	return takesContext && c.nearKept.Hold(sig.Params()) && !c.nearKept.Hold(sig.Recv().Type())
}

// markMethodValues marks the types whose methods are passed on, as handlers are, where no request
// is handled.
func (c *checker) markMethodValues(file *ast.File) {
	functions := c.functionsOf(file)
	called := map[ast.Expr]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			called[ast.Unparen(call.Fun)] = true
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || called[sel] {
			return true
		}
		s := c.pass.TypesInfo.Selections[sel]
		if s == nil || s.Kind() != types.MethodVal {
			return true
		}
		if f := functions.at(sel.Pos()); f != nil && f.request {
			return true
		}
		if named := namedOf(s.Recv()); named != nil && !types.IsInterface(named) {
			c.markType(named)
		}
		return true
	})
}

// markType marks a type of this package, and what its fields are made of.
func (c *checker) markType(named *types.Named) {
	named = named.Origin()
	if named.Obj().Pkg() != c.pass.Pkg || c.pass.ImportObjectFact(named.Obj(), new(lasting)) {
		return
	}
	if s, ok := named.Underlying().(*types.Struct); ok {
		c.pass.ExportObjectFact(named.Obj(), new(lasting))
		c.lasting = append(c.lasting, named)
		for field := range s.Fields() {
			c.markWithin(field.Type())
		}
		return
	}
	if _, isFunc := named.Underlying().(*types.Signature); !isFunc && mayRefer(named) {
		c.pass.ExportObjectFact(named.Obj(), new(lasting))
		c.lasting = append(c.lasting, named)
		c.markWithin(named.Underlying())
	}
}

// markWithin marks the types that a field's type is made of. An interface of a request-scoped
// package stands for all that implement it here.
func (c *checker) markWithin(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			c.markWithin(arg)
		}
		i, ok := t.Underlying().(*types.Interface)
		if !ok {
			if mayRefer(t) { // otherwise it is a value, and what is done to one is seen where it is held
				c.markType(t)
			}
			return
		}
		if i.Empty() || !c.cfg.scoped(pathOf(t)) {
			return
		}
		scope := c.pass.Pkg.Scope()
		for _, name := range scope.Names() {
			obj, ok := scope.Lookup(name).(*types.TypeName)
			if ok && !types.IsInterface(obj.Type()) && types.Implements(types.NewPointer(obj.Type()), i) {
				c.markWithin(obj.Type())
			}
		}
	case *types.Struct:
		for field := range t.Fields() {
			c.markWithin(field.Type())
		}
	case *types.Map:
		c.markWithin(t.Key())
		c.markWithin(t.Elem())
	case interface{ Elem() types.Type }:
		c.markWithin(t.Elem())
	}
}

// isLasting reports whether a type, or what it points to, is process-wide.
func (c *checker) isLasting(t types.Type) bool {
	named := namedOf(t)
	return named != nil && named.Obj().Pkg() != nil && c.pass.ImportObjectFact(named.Origin().Obj(), new(lasting))
}

// own reports whether a type, or what it points to, is of a request-scoped package or of none.
func (c *checker) own(t types.Type) bool {
	named := namedOf(t)
	return mayRefer(t) && !isFunc(t) && (named == nil || c.cfg.scoped(pathOf(named)))
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && fullName(named) == "context.Context"
}
