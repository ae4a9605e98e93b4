package holding

import (
	"go/types"
	"slices"
)

// Types knows which types hold one of some types: because they are it, or through their fields and
// elements. The exported fields are set before the first question.
type Types struct {
	Like  *types.Interface            // or what implements it; nil if that is not asked
	Near  func(types.Type) types.Type // or what it finds, but only in a type itself and in the fields of one struct
	Enter func(*types.Named) bool     // whose fields are looked at; nil means all

	is    func(*types.Named) bool
	known map[types.Type]bool
	open  map[types.Type]bool // met since the outermost question, and not found to hold one
}

// NewTypes returns what knows which types hold a type of which is says true.
func NewTypes(is func(*types.Named) bool) *Types {
	return &Types{is: is, known: map[types.Type]bool{}}
}

// Hold reports whether values of a type hold one.
func (h *Types) Hold(t types.Type) bool {
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
func (h *Types) nearby(t types.Type) bool {
	if h.Near == nil {
		return false
	}
	if h.Near(t) != nil {
		return true
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	return ok && slices.ContainsFunc(slices.Collect(s.Fields()), func(f *types.Var) bool { return h.Near(f.Type()) != nil })
}

func (h *Types) look(t types.Type) bool {
	if h.Like != nil && (types.Implements(t, h.Like) || !types.IsInterface(t) && types.Implements(types.NewPointer(t), h.Like)) {
		return true
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if h.is(t.Origin()) {
			return true
		}
		if slices.ContainsFunc(slices.Collect(t.TypeArgs().Types()), h.Hold) {
			return true
		}
		return !types.IsInterface(t) && (h.Enter == nil || h.Enter(t)) && h.Hold(t.Underlying())
	case *types.Struct:
		for field := range t.Fields() {
			if h.Hold(field.Type()) {
				return true
			}
		}
	case *types.Map:
		return h.Hold(t.Key()) || h.Hold(t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return h.Hold(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			if h.Hold(v.Type()) {
				return true
			}
		}
	}
	return false
}
