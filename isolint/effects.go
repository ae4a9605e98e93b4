package isolint

import (
	"go/ast"
	"go/types"
	"slices"
)

// effects is a fact of a function of a request-scoped package: what it does to memory that others
// see too. Parameters are counted from 0; the receiver is -1.
type effects struct {
	Mutates []int // parameters through which it changes something
	Passes  []int // parameters that lead to what it returns
	Yields  bool  // it returns what lives as long as the process
	Makes   bool  // it returns what it made itself, and nothing else
}

func (*effects) AFact() {}

func (*effects) String() string { return "has effects" }

// lasting is a fact of a type: its values live as long as the process.
type lasting struct{}

func (*lasting) AFact() {}

func (*lasting) String() string { return "is process-wide" }

// spreadEffects gives the functions of the package their facts, through each other too.
func (w *flow) spreadEffects(files []*ast.File) {
	for changed := true; changed; {
		changed = false
		for _, f := range files {
			for _, decl := range f.Decls {
				if decl, ok := decl.(*ast.FuncDecl); ok && decl.Body != nil {
					changed = w.markEffects(decl) || changed
				}
			}
		}
		changed = w.markInterfaces() || changed
		if changed { // what calls yield is known better now
			w.follow(nodesOf(files)...)
		}
	}
}

// markInterfaces gives methods of the package's interfaces the fact that a method of the package's
// has which implements one. It reports whether that is new.
func (w *flow) markInterfaces() (changed bool) {
	scope := w.c.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !types.IsInterface(obj.Type()) {
			continue
		}
		for m := range obj.Type().Underlying().(*types.Interface).Methods() {
			if m.Pkg() != w.c.pass.Pkg || w.c.pass.ImportObjectFact(m, new(effects)) || !w.mutatesReceiver(m) {
				continue
			}
			w.c.pass.ExportObjectFact(m, &effects{Mutates: []int{-1}})
			changed = true
		}
	}
	return changed
}

// markEffects gives a function its fact. It reports whether that is new.
func (w *flow) markEffects(decl *ast.FuncDecl) bool {
	fn, ok := w.info.Defs[decl.Name].(*types.Func)
	if !ok {
		return false
	}
	known := new(effects)
	w.c.pass.ImportObjectFact(fn, known)
	now := *known
	params := slices.Collect(fn.Signature().Params().Variables())
	for i := -1; i < len(params); i++ {
		param := fn.Signature().Recv()
		if i >= 0 {
			param = params[i]
		}
		if param == nil || !mayRefer(param.Type()) {
			continue
		}
		mutates, passes := slices.Contains(known.Mutates, i), slices.Contains(known.Passes, i)
		if mutates && passes {
			continue
		}
		inner := w.from(param, decl.Body)
		if !mutates {
			inner.changes(decl.Body, func(change) { mutates = true })
			if mutates {
				now.Mutates = append(slices.Clip(now.Mutates), i)
			}
		}
		if !passes && slices.ContainsFunc(returned(decl), inner.refer) {
			now.Passes = append(slices.Clip(now.Passes), i)
		}
	}
	now.Yields = known.Yields || slices.ContainsFunc(returned(decl), w.refer)
	if now.Yields == known.Yields && len(now.Mutates) == len(known.Mutates) && len(now.Passes) == len(known.Passes) {
		return false
	}
	w.c.pass.ExportObjectFact(fn, &now)
	return true
}

// markMakers gives functions that return what they made the fact. It reports whether one is new.
func (w *flow) markMakers(files []*ast.File) (changed bool) {
	for _, f := range files {
		for _, decl := range f.Decls {
			decl, ok := decl.(*ast.FuncDecl)
			if !ok || decl.Body == nil {
				continue
			}
			fn, ok := w.info.Defs[decl.Name].(*types.Func)
			known := new(effects)
			if !ok || fn.Signature().Results().Len() == 0 || w.c.pass.ImportObjectFact(fn, known) && known.Makes {
				continue
			}
			values := returned(decl)
			if len(values) == 0 || slices.ContainsFunc(values, func(e ast.Expr) bool { return !w.harmless(e) }) {
				continue
			}
			known.Makes = true
			w.c.pass.ExportObjectFact(fn, known)
			changed = true
		}
	}
	return changed
}

// harmless reports whether a value was made by the function that returns it, or leads nowhere.
func (w *flow) harmless(e ast.Expr) bool {
	tv := w.info.Types[e]
	return tv.IsNil() || !mayRefer(tv.Type) || isError(tv.Type) || w.made(e)
}

// returned are the expressions that a function returns.
func returned(decl *ast.FuncDecl) (values []ast.Expr) {
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			values = append(values, n.Results...)
		}
		return true
	})
	return values
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}
