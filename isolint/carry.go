package isolint

import (
	"go/types"
	"slices"
)

// carriers knows which types hold something that must not be kept: because they are it, or through
// their fields and elements.
type carriers struct {
	is    func(*types.Named) bool
	like  *types.Interface            // or what implements it; nil if that is not asked
	near  func(types.Type) types.Type // or what it finds, but only in a type itself and in the fields of one struct
	enter func(*types.Named) bool     // whose fields are looked at; nil means all
	known map[types.Type]bool
	open  map[types.Type]bool // met since the outermost question, and not found to hold one
}

func newCarriers(is func(*types.Named) bool) *carriers {
	return &carriers{is: is, known: map[types.Type]bool{}}
}

func (h *carriers) carries(t types.Type) bool {
	if t == nil || h.open[t] {
		return false
	}
	if found, ok := h.known[t]; ok {
		return found
	}
	outermost := h.open == nil
	if outermost {
		h.open = map[types.Type]bool{}
	}
	h.open[t] = true
	found := outermost && h.nearby(t) || h.look(t)
	if found {
		h.known[t] = true
	}
	if outermost {
		if !found { // then nothing that was met does; otherwise a cycle may have hidden it
			for met := range h.open {
				h.known[met] = false
			}
		}
		h.open = nil
	}
	return found
}

// nearby reports whether near finds something.
func (h *carriers) nearby(t types.Type) bool {
	if h.near == nil {
		return false
	}
	if h.near(t) != nil {
		return true
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	return ok && slices.ContainsFunc(slices.Collect(s.Fields()), func(f *types.Var) bool { return h.near(f.Type()) != nil })
}

func (h *carriers) look(t types.Type) bool {
	if h.like != nil && (types.Implements(t, h.like) || !types.IsInterface(t) && types.Implements(types.NewPointer(t), h.like)) {
		return true
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if h.is(t.Origin()) {
			return true
		}
		if slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), h.carries) {
			return true
		}
		return !types.IsInterface(t) && (h.enter == nil || h.enter(t)) && h.carries(t.Underlying())
	case *types.Struct:
		for field := range t.Fields() {
			if h.carries(field.Type()) {
				return true
			}
		}
	case *types.Map:
		return h.carries(t.Key()) || h.carries(t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return h.carries(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			if h.carries(v.Type()) {
				return true
			}
		}
	}
	return false
}

// requestTypes are the carriers of what belongs to one request.
func (c *checker) requestTypes() *carriers {
	names := slices.Concat(request, c.cfg.Request)
	h := newCarriers(func(t *types.Named) bool { return isOneOf(names, t) })
	for _, pkg := range c.pass.Pkg.Imports() {
		for _, name := range names {
			path, typ := splitName(name)
			if pkg.Path() != path {
				continue
			}
			if obj := pkg.Scope().Lookup(typ); obj != nil && types.IsInterface(obj.Type()) {
				h.like, _ = obj.Type().Underlying().(*types.Interface)
			}
		}
	}
	return h
}

// keptTypes are the carriers of grants, and of clients. Services hold clients, and much holds a
// service: so a client is only looked for near by.
func (c *checker) keptTypes() *carriers {
	h := newCarriers(func(t *types.Named) bool { return isOneOf(c.cfg.Kept, t) })
	h.near = func(t types.Type) types.Type {
		if isFunc(t) {
			return nil // it opens one; it holds none
		}
		return c.rawIn(t)
	}
	return h
}
