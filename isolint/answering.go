package isolint

import (
	"go/ast"
	"go/types"
	"slices"
)

// answering looks at a package of which the configuration says how it answers requests: responses
// are written by verbs alone, and the text of an error is for logs.
func (c *checker) answering(files []*ast.File) {
	verbs, ok := c.cfg.answers(c.path)
	if !ok {
		return
	}
	a := &answering{checker: c, verbs: verbs, writer: c.responseWriter()}
	for _, f := range files {
		for _, decl := range f.Decls {
			verb := false
			if fd, ok := decl.(*ast.FuncDecl); ok {
				fn, _ := c.pass.TypesInfo.Defs[fd.Name].(*types.Func)
				verb = fn != nil && slices.Contains(verbs, objectName(fn))
			}
			if !verb {
				a.writes(decl)
			}
			a.texts(decl)
		}
	}
}

const forVerbs = "that is for the verbs that isolint.json names"

type answering struct {
	*checker
	verbs  []string
	writer *types.Interface // http.ResponseWriter; nil if the package knows it not
}

// writes finds what writes a response, or hands on what one is written to.
func (a *answering) writes(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			fn, ok := a.pass.TypesInfo.Uses[n.Sel].(*types.Func)
			if ok && fn.Pkg() != nil && slices.Contains(answeringMethods, objectName(fn)) {
				a.found(n.Sel.Pos(), Answer, "%s writes a response; %s", qualified(fn), forVerbs)
			}
			s := a.pass.TypesInfo.Selections[n]
			if s != nil && s.Kind() == types.MethodVal && a.isWriter(s.Recv()) && !slices.Contains(headers, n.Sel.Name) {
				a.found(n.Sel.Pos(), Answer, "%s writes a response; %s", n.Sel.Name, forVerbs)
			}
		case *ast.CallExpr:
			a.handsOn(n)
			a.refusal(n)
		case *ast.AssignStmt:
			for i, rhs := range n.Rhs {
				if len(n.Lhs) == len(n.Rhs) && a.isWriter(a.pass.TypesInfo.TypeOf(rhs)) &&
					!a.isWriter(a.pass.TypesInfo.TypeOf(n.Lhs[i])) {
					a.found(rhs.Pos(), Answer, "a response's writer is taken for something else")
				}
			}
		case *ast.CompositeLit:
			a.httpError(n)
		}
		return true
	})
}

// handsOn finds calls that are given a response's writer and not a function that is looked at.
func (a *answering) handsOn(call *ast.CallExpr) {
	fn := a.callee(call)
	if fn != nil && fn.Pkg() != nil {
		if _, looked := a.cfg.answers(plainPath(fn.Pkg().Path())); looked ||
			slices.Contains(a.verbs, objectName(fn)) || slices.Contains(harmlessWith, objectName(fn)) {
			return
		}
	}
	for _, arg := range call.Args {
		if a.isWriter(a.pass.TypesInfo.TypeOf(arg)) {
			a.found(call.Pos(), Answer, "%s is given a response's writer; %s", types.ExprString(call.Fun), forVerbs)
		}
	}
}

// harmlessWith are functions that write no body to the response's writer that they are given.
var harmlessWith = []string{
	"net/http.MaxBytesReader", "net/http.NewResponseController", "net/http.SetCookie",
	"github.com/labstack/echo/v4.NewResponse",
}

// refusal finds errors that a library shows to clients and whose text is made at run time.
func (a *answering) refusal(call *ast.CallExpr) {
	fn := a.callee(call)
	if fn == nil || fn.Pkg() == nil || !isNamed(refusing, objectName(fn)) {
		return
	}
	for i, arg := range call.Args {
		tv := a.pass.TypesInfo.Types[arg]
		if i > 0 && !tv.IsNil() && tv.Value == nil || i == 0 && isText(tv.Type) && tv.Value == nil {
			a.found(arg.Pos(), Answer, "the text that %s shows to a client is made at run time", qualified(fn))
		}
	}
}

// httpError finds literals of Echo's error whose text is made at run time.
func (a *answering) httpError(lit *ast.CompositeLit) {
	named := namedOf(a.pass.TypesInfo.TypeOf(lit))
	if named == nil || !isOneOf(shown, named) {
		return
	}
	for i, e := range lit.Elts {
		name := ""
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			name, e = types.ExprString(kv.Key), kv.Value
		} else if i == 1 {
			name = "Message"
		}
		if slices.Contains([]string{"Message", "Detail", "Title", "Value"}, name) && a.pass.TypesInfo.Types[e].Value == nil {
			a.found(e.Pos(), Answer, "the text that %s shows to a client is made at run time", typeName(named))
		}
	}
}

func (a *answering) isWriter(t types.Type) bool {
	if t == nil || a.writer == nil {
		return false
	}
	if _, isTuple := t.(*types.Tuple); isTuple {
		return false
	}
	return types.Implements(t, a.writer)
}

// responseWriter is http.ResponseWriter, found among what the package imports, or what that
// imports.
func (c *checker) responseWriter() *types.Interface {
	seen := map[*types.Package]bool{}
	var find func(*types.Package) *types.Package
	find = func(p *types.Package) *types.Package {
		if p.Path() == "net/http" {
			return p
		}
		for _, imported := range p.Imports() {
			if !seen[imported] {
				seen[imported] = true
				if found := find(imported); found != nil {
					return found
				}
			}
		}
		return nil
	}
	p := find(c.pass.Pkg)
	if p == nil {
		return nil
	}
	obj := p.Scope().Lookup("ResponseWriter")
	if obj == nil {
		return nil
	}
	i, _ := obj.Type().Underlying().(*types.Interface)
	return i
}

func isText(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// answeringMethods write a response.
var answeringMethods = []string{
	"github.com/labstack/echo/v4.Context.Attachment", "github.com/labstack/echo/v4.Context.Blob",
	"github.com/labstack/echo/v4.Context.File", "github.com/labstack/echo/v4.Context.HTML",
	"github.com/labstack/echo/v4.Context.HTMLBlob", "github.com/labstack/echo/v4.Context.Inline",
	"github.com/labstack/echo/v4.Context.JSON", "github.com/labstack/echo/v4.Context.JSONBlob",
	"github.com/labstack/echo/v4.Context.JSONP", "github.com/labstack/echo/v4.Context.JSONPBlob",
	"github.com/labstack/echo/v4.Context.JSONPretty", "github.com/labstack/echo/v4.Context.NoContent",
	"github.com/labstack/echo/v4.Context.Redirect", "github.com/labstack/echo/v4.Context.Render",
	"github.com/labstack/echo/v4.Context.Stream", "github.com/labstack/echo/v4.Context.String",
	"github.com/labstack/echo/v4.Context.XML", "github.com/labstack/echo/v4.Context.XMLBlob",
	"github.com/labstack/echo/v4.Context.XMLPretty",
	"github.com/danielgtaylor/huma/v2.Context.BodyWriter",
}

// headers are the methods of a response's writer that write no body.
var headers = []string{"Header", "WriteHeader", "Flush", "Before", "After"}

// shown are types that libraries show to clients.
var shown = []string{
	"github.com/labstack/echo/v4.HTTPError", "github.com/danielgtaylor/huma/v2.ErrorModel",
	"github.com/danielgtaylor/huma/v2.ErrorDetail",
}

// refusing make errors whose text a library shows to clients.
var refusing = []string{
	"github.com/labstack/echo/v4.NewHTTPError", "github.com/danielgtaylor/huma/v2.Error*",
	"github.com/danielgtaylor/huma/v2.NewError*", "github.com/danielgtaylor/huma/v2.WriteErr",
}
