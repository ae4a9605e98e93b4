package isolint

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// judge says why the package may not use an object, whatever it does with it. ok is false if it
// may.
func (c *checker) judge(obj types.Object) (rule Rule, why string, ok bool) {
	pkg := obj.Pkg()
	if pkg == nil || pkg == c.pass.Pkg {
		return "", "", false
	}
	name := qualified(obj)
	path, member := plainPath(pkg.Path()), member(obj)
	for _, f := range functions {
		if matchName(f.name, path+"."+member) {
			return f.rule, name, true
		}
	}
	if to, restricted := c.cfg.restriction(path, member); restricted {
		if slices.ContainsFunc(to, func(p string) bool { return Match(p, c.path) }) {
			return "", "", false
		}
		return Wrapper, fmt.Sprintf("%s is not for this package", name), true
	}
	if t := c.restrictedIn(obj); t != nil {
		return Wrapper, fmt.Sprintf("%s is of %s, which is not for this package", name, typeName(t)), true
	}
	switch {
	case c.sensitive(path):
		return c.judgeSensitive(obj, name)
	case c.cfg.allowed(path):
		if t := c.handsOut(obj); t != nil {
			return Wrapper, fmt.Sprintf("%s hands out %s", name, typeName(t)), true
		}
	}
	fact := new(reaches)
	if c.pass.ImportObjectFact(origin(obj), fact) {
		return Wrapper, fmt.Sprintf("%s reaches %s", name, fact.What), true
	}
	return "", "", false
}

// restrictedIn returns the restricted type that an object belongs to, holds or yields; nil if there
// is none, or if it is for this package.
func (c *checker) restrictedIn(obj types.Object) types.Type {
	if len(c.cfg.Restricted) == 0 {
		return nil
	}
	var look func(t types.Type) types.Type
	look = func(t types.Type) types.Type {
		switch t := types.Unalias(t).(type) {
		case *types.Named:
			if t.Obj().Pkg() == nil || t.Obj().Pkg() == c.pass.Pkg {
				return nil
			}
			to, restricted := c.cfg.restriction(pathOf(t), t.Obj().Name())
			if restricted && !slices.ContainsFunc(to, func(p string) bool { return Match(p, c.path) }) {
				return t
			}
			for arg := range t.TypeArgs().Types() {
				if found := look(arg); found != nil {
					return found
				}
			}
		case *types.Map:
			return look(t.Elem())
		case interface{ Elem() types.Type }: // pointer, slice, array, channel
			return look(t.Elem())
		}
		return nil
	}
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv != nil {
			if t := look(recv.Type()); t != nil {
				return t
			}
		}
		for result := range obj.Signature().Results().Variables() {
			if t := look(result.Type()); t != nil {
				return t
			}
		}
	case *types.Var:
		if obj.IsField() {
			if t := c.ownerType(obj); t != nil && look(t) != nil {
				return t
			}
		}
		return look(obj.Type())
	}
	return nil
}

// judgeSensitive judges what a Google module exports by what it takes and returns, so that what is
// added to it tomorrow is judged as well.
func (c *checker) judgeSensitive(obj types.Object, name string) (Rule, string, bool) {
	_, isFunction := obj.(*types.Func)
	if isFunction && signing.MatchString(obj.Name()) {
		return Sign, name, true
	}
	t := c.handsOut(obj)
	sig, isFunc := obj.Type().Underlying().(*types.Signature)
	if !isFunc {
		if t != nil && isVariable(obj) {
			return Client, fmt.Sprintf("%s holds %s", name, typeName(t)), true
		}
		return "", "", false
	}
	if t != nil && c.isCredential(t) {
		return Credential, name, true
	}
	if t != nil && (sig.Recv() == nil || pathOf(sig.Recv().Type()) != pathOf(t)) {
		return Client, fmt.Sprintf("%s makes %s", name, typeName(t)), true
	}
	if sig.Recv() == nil && takesOptions(sig) {
		return Client, fmt.Sprintf("%s takes the options of a client", name), true
	}
	return "", "", false
}

// handsOut returns the client or credential that an object is, or that it yields when it is called;
// nil if there is none.
func (c *checker) handsOut(obj types.Object) types.Type {
	if _, isType := obj.(*types.TypeName); isType {
		return nil
	}
	if sig, ok := obj.Type().Underlying().(*types.Signature); ok {
		for result := range sig.Results().Variables() {
			if t := c.rawIn(result.Type()); t != nil {
				return t
			}
		}
		return nil
	}
	return c.rawIn(obj.Type())
}

// rawIn finds a client or a credential in a type, as far as pointers, containers and functions lead
// to one.
func (c *checker) rawIn(t types.Type) types.Type {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if c.isClient(t) || c.isCredential(t) {
			return t
		}
		for arg := range t.TypeArgs().Types() {
			if raw := c.rawIn(arg); raw != nil {
				return raw
			}
		}
		if sig, ok := t.Underlying().(*types.Signature); ok {
			return c.rawIn(sig)
		}
	case *types.Map:
		return c.rawIn(t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return c.rawIn(t.Elem())
	case *types.Signature:
		for result := range t.Results().Variables() {
			if raw := c.rawIn(result.Type()); raw != nil {
				return raw
			}
		}
	}
	return nil
}

func (c *checker) sensitive(path string) bool {
	matches := func(pattern string) bool { return Match(pattern, path) }
	return slices.ContainsFunc(sensitive, matches) || slices.ContainsFunc(c.cfg.Sensitive, matches)
}

// isClient reports whether t is a client of a sensitive module: called like one, and no message of
// a protocol.
func (c *checker) isClient(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !named.Obj().Exported() || !clientName.MatchString(named.Obj().Name()) || !c.sensitive(pathOf(named)) {
		return false
	}
	message, _, _ := types.LookupFieldOrMethod(types.NewPointer(named), true, nil, "ProtoReflect")
	return message == nil
}

// isCredential reports whether t yields tokens.
func (c *checker) isCredential(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !credentialName.MatchString(named.Obj().Name()) {
		return false
	}
	path := pathOf(named)
	return c.sensitive(path) || path == "golang.org/x/oauth2"
}

// takesOptions reports whether a function takes option.ClientOption, alone or many.
func takesOptions(sig *types.Signature) bool {
	for param := range sig.Params().Variables() {
		t := param.Type()
		if s, ok := t.Underlying().(*types.Slice); ok {
			t = s.Elem()
		}
		if pathOf(t) == "google.golang.org/api/option" {
			return true
		}
	}
	return false
}

// member is how a configuration calls an object: "Name", or "Type.Member".
func member(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv != nil {
			if named := namedOf(recv.Type()); named != nil {
				return named.Obj().Name() + "." + obj.Name()
			}
		}
	case *types.Var:
		if obj.IsField() {
			return ownerOf(obj.Origin()) + obj.Name()
		}
	}
	return obj.Name()
}

// ownerOf is "Type." for a field of a type that its package declares.
func ownerOf(field *types.Var) string {
	if t := typeOfField(field); t != nil {
		return t.Name() + "."
	}
	return ""
}

func (c *checker) ownerType(field *types.Var) types.Type {
	if t := typeOfField(field.Origin()); t != nil {
		return t.Type()
	}
	return nil
}

// typeOfField is the type whose field it is, if its package declares that.
func typeOfField(field *types.Var) *types.TypeName {
	scope := field.Pkg().Scope()
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		if s, ok := t.Type().Underlying().(*types.Struct); ok && slices.Contains(slices.Collect(s.Fields()), field) {
			return t
		}
	}
	return nil
}

func qualified(obj types.Object) string { return obj.Pkg().Name() + "." + member(obj) }

func matchName(pattern, name string) bool {
	prefix, wild := strings.CutSuffix(pattern, "*")
	return name == pattern || wild && strings.HasPrefix(name, prefix)
}

func isNamed(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matchName(p, name) })
}

func isVariable(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && !v.IsField() && v.Parent() == v.Pkg().Scope()
}

// namedOf is the named type behind a pointer.
func namedOf(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// pathOf is the import path of the package that declares a named type, or the one it points to.
func pathOf(t types.Type) string {
	if named := namedOf(t); named != nil && named.Obj().Pkg() != nil {
		return plainPath(named.Obj().Pkg().Path())
	}
	return ""
}

func typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// origin is the generic object that an instance was made of.
func origin(obj types.Object) types.Object {
	switch o := obj.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return obj
}
