package isolint

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
)

// container returns what in a type is made to be changed by several goroutines, or to keep things;
// "" if nothing is.
func (c *checker) container(t types.Type) string {
	seen := map[types.Type]bool{}
	var look func(types.Type) string
	look = func(t types.Type) string {
		t = types.Unalias(t)
		if seen[t] {
			return ""
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			if t.Obj().Pkg() == nil || isOneOf(immutable, t) || isOneOf(c.cfg.Immutable, t) {
				return ""
			}
			path := pathOf(t)
			if c.cfg.scoped(path) {
				if t.Obj().Pkg() == c.pass.Pkg && c.isLasting(t) {
					return "" // told at its own fields
				}
				return look(t.Underlying())
			}
			if slices.Contains(containerPackages, path) || containerName.MatchString(t.Obj().Name()) {
				return typeName(t)
			}
			for arg := range t.TypeArgs().Types() {
				if what := look(arg); what != "" {
					return what
				}
			}
			if s, ok := t.Underlying().(*types.Struct); ok { // by value, what it exports
				for f := range s.Fields() {
					if f.Exported() && !isPointer(f.Type()) {
						if what := look(f.Type()); what != "" && !c.ofModule(path) {
							return what
						}
					}
				}
			}
		case *types.Chan:
			return typeName(t)
		case *types.Struct:
			for f := range t.Fields() {
				if what := look(f.Type()); what != "" {
					return what
				}
			}
		case *types.Map:
			return look(t.Elem())
		case interface{ Elem() types.Type }:
			return look(t.Elem())
		}
		return ""
	}
	return look(t)
}

// opaque returns the type in t of whose values nobody in this package can tell whether they change:
// interfaces, and structs of other packages with fields that lead somewhere and are not exported.
// It returns nil if there is none.
func (c *checker) opaque(t types.Type, foreign bool, seen map[types.Type]bool) types.Type {
	t = types.Unalias(t)
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil || isOneOf(immutable, t) || isOneOf(c.cfg.Immutable, t) {
			return nil
		}
		if c.cfg.scoped(pathOf(t)) {
			if types.IsInterface(t) && foreign {
				return t
			}
			if types.IsInterface(t) {
				return nil // of its methods, those of this package's types are known
			}
			return c.opaque(t.Underlying(), false, seen)
		}
		if types.IsInterface(t) {
			return t
		}
		if o := c.opaque(t.Underlying(), true, seen); o != nil {
			return t
		}
	case *types.Interface:
		return t
	case *types.Struct:
		for f := range t.Fields() {
			if foreign && !f.Exported() && mayRefer(f.Type()) && !isError(f.Type()) {
				return f.Type()
			}
			if o := c.opaque(f.Type(), foreign, seen); o != nil {
				return o
			}
		}
	case *types.Map:
		return c.opaque(t.Elem(), foreign, seen)
	case interface{ Elem() types.Type }:
		return c.opaque(t.Elem(), foreign, seen)
	}
	return nil
}

// madeFunction returns the function of another package that has made a function which a value is or
// holds; "" if there is none. Those of request-scoped packages are looked at where they stand.
func (c *checker) madeFunction(value ast.Expr) (name string) {
	ast.Inspect(value, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if _, literal := n.(*ast.FuncLit); literal || name != "" {
			return false
		}
		if !ok || !isFunc(c.pass.TypesInfo.TypeOf(call)) || c.pass.TypesInfo.Types[call.Fun].IsType() {
			return true
		}
		fn := c.callee(call)
		switch {
		case fn == nil || fn.Pkg() == nil:
			name = types.ExprString(call.Fun)
		case c.cfg.scoped(plainPath(fn.Pkg().Path())), slices.Contains(onces, fn.FullName()),
			slices.Contains(c.cfg.Immutable, objectName(fn)):
		default:
			name = qualified(fn)
		}
		return true
	})
	return name
}

// containerPackages declare types that have no other purpose than to be changed.
var containerPackages = []string{
	"container/list", "container/ring", "sync", "sync/atomic", "golang.org/x/sync/errgroup",
	"golang.org/x/sync/semaphore", "golang.org/x/sync/singleflight", "golang.org/x/time/rate",
}

// containerName is what types are called that keep things.
var containerName = regexp.MustCompile(`(^|[a-z0-9])(Cache|LRU|LFU|ARC|Memo|Pool|Queue|Ring|Heap|Buffer|Builder|Counter|Gauge|Histogram)$|` +
	`^(Map|List|Set|Group|Once)$`)

// immutable are types whose values do not change once they are made, as far as anybody can tell.
var immutable = []string{
	"embed.FS", "html/template.Template", "math/big.Int", "net/netip.Addr", "net/netip.Prefix",
	"net/url.URL", "reflect.Type", "regexp.Regexp", "strings.Replacer", "text/template.Template",
	"time.Location", "time.Time", "unique.Handle", "golang.org/x/text/language.Tag",
	"golang.org/x/text/language.Matcher", "crypto/x509.CertPool",
}
