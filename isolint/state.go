package isolint

import (
	"fmt"
	"go/ast"
	"go/types"
)

// requestScope looks at a request-scoped package: nothing in it may outlive a request.
func (c *checker) requestScope(files []*ast.File) {
	if !c.cfg.scoped(c.path) {
		return
	}
	c.prepare()
	c.markLasting(files)
	w := c.newFlow(files)
	w.spreadEffects(files)
	for _, f := range files {
		c.stateVariables(f)
		c.changedState(w, f)
		c.outliving(f)
	}
	c.stateFields()
}

// changedState finds what is changed that lives as long as the process.
func (c *checker) changedState(w *flow, f *ast.File) {
	functions := w.at(f.FileStart)
	w.changes(f, func(ch change) {
		fn := functions.at(ch.at.Pos())
		if root := c.packageVar(ch.what); root != nil && root.Pkg() == c.pass.Pkg && (fn == nil || fn.initial) {
			return // before the first request
		}
		why := "and outlives the request"
		if v := capturedRoot(c, functions, ch.what); v != nil {
			why = fmt.Sprintf("and a function that may run later has captured %s", v.Name())
		}
		c.found(ch.at.Pos(), State, "%s %s, %s", types.ExprString(ch.what), ch.how, why)
	})
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		fn, ok := c.pass.TypesInfo.Uses[id].(*types.Func)
		if ok && fn.Pkg() != nil && isNamed(processes, objectName(fn)) {
			c.found(id.Pos(), State, "%s changes the process, which outlives the request", qualified(fn))
		}
		return true
	})
}

// processes are functions that change the process, or what it leaves on a disk.
var processes = []string{
	"expvar.New*", "expvar.Publish", "log.Set*", "log/slog.Set*", "net/http.Handle", "os.Chdir",
	"os.Clearenv", "os.Create*", "os.Mkdir*", "os.Remove*", "os.Rename", "os.Setenv", "os.Unsetenv",
	"os.WriteFile", "runtime/debug.Set*",
}

// capturedRoot is the captured variable that an expression leads from; nil if it leads from
// something else.
func capturedRoot(c *checker, functions functionsIn, e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, ok := c.pass.TypesInfo.ObjectOf(x).(*types.Var)
			if ok && !isPackageVar(v) && !v.IsField() && functions.captured(v, x.Pos()) && !c.isLasting(v.Type()) {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// foreignVariables finds what a package that is not request-scoped does to the variables of one
// that is.
func (c *checker) foreignVariables(f *ast.File) {
	if c.cfg.scoped(c.path) {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, lhs := range assign.Lhs {
			v := c.packageVar(lhs)
			if v != nil && v.Pkg() != c.pass.Pkg && c.cfg.scoped(plainPath(v.Pkg().Path())) {
				c.found(lhs.Pos(), State, "%s is changed, and its package is request-scoped", types.ExprString(lhs))
			}
		}
		return true
	})
}

// stateVariables finds package variables that are made to be changed, or of which that cannot be
// told.
func (c *checker) stateVariables(f *ast.File) {
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, name := range spec.Names {
				v := variable(c.pass.TypesInfo.Defs[name])
				if v == nil || name.Name == "_" {
					continue
				}
				var value ast.Expr
				if len(spec.Values) == len(spec.Names) {
					value = spec.Values[i]
				} else if len(spec.Values) == 1 {
					value = spec.Values[0]
				}
				if why := c.stateful(v.Type(), value); why != "" {
					c.found(name.Pos(), State, "package variable %s %s, and outlives every request", name.Name, why)
				}
			}
		}
	}
}

// stateful says why a package variable of the type may change although nobody assigns to it; "" if
// it does not.
func (c *checker) stateful(t types.Type, value ast.Expr) string {
	if what := c.container(t); what != "" {
		return "holds " + what
	}
	if value != nil {
		if called := c.madeFunction(value); called != "" {
			return "is a function that " + called + " has made, which may remember"
		}
	}
	if t := c.opaque(t, false, map[types.Type]bool{}); t != nil {
		if types.IsInterface(t) && value != nil {
			actual := c.pass.TypesInfo.TypeOf(value)
			if !types.IsInterface(actual) {
				return c.stateful(actual, nil)
			}
		}
		return "holds " + typeName(t) + ", which may change"
	}
	return ""
}

// stateFields finds what the package's process-wide types hold that is made to be changed, or that
// belongs to a request.
func (c *checker) stateFields() {
	for _, named := range c.lasting {
		s, ok := named.Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for f := range s.Fields() {
			if what := c.container(f.Type()); what != "" {
				c.found(f.Pos(), State, "%s.%s holds %s, and outlives every request", named.Obj().Name(), f.Name(), what)
			}
			if c.nearKept.Hold(f.Type()) {
				c.found(f.Pos(), Keep, "%s.%s holds what was vended to one caller, and outlives the request",
					named.Obj().Name(), f.Name())
			}
		}
	}
}

// ofModule reports whether a package is of the module that is looked at.
func (c *checker) ofModule(path string) bool {
	return c.pass.Module != nil && c.pass.Module.Path != "" && Match(c.pass.Module.Path+"/...", path)
}
