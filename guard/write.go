package guard

import (
	"slices"
	"strings"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// checkWrites judges writes that are committed together; atomic says whether all of them happen or
// none.
func (g *Guard) checkWrites(writes []*fs.Write, atomic bool) error {
	changes, entries := 0, 0
	for _, w := range writes {
		need, name, err := needs(w)
		if err != nil {
			return err
		}
		if err := g.checkDocument(need, name); err != nil {
			return err
		}
		if g.require == "" {
			continue
		}
		path, _ := g.below(name)
		switch first := firstOf(path); {
		case first == g.require && strings.Count(path, "/") == 1: // not what lies beneath an entry
			entries++
		case first != g.require && (g.requireIn == nil || slices.Contains(g.requireIn, first)):
			changes++
		}
	}
	if changes > 0 && (entries == 0 || !atomic) {
		return refuse(ErrNotPermitted, "a change without an entry in %q", g.require)
	}
	return nil
}

// needs returns the verb that a write needs, and the name of its document.
func needs(w *fs.Write) (need Verbs, name string, err error) {
	if err := known(w); err != nil {
		return 0, "", err
	}
	if err := known(w.GetCurrentDocument()); err != nil {
		return 0, "", err
	}
	switch op := w.GetOperation().(type) {
	case *fs.Write_Update:
		if err := known(op.Update); err != nil {
			return 0, "", err
		}
		if creates(w) {
			return Append, op.Update.GetName(), nil
		}
		return Write, op.Update.GetName(), nil
	case *fs.Write_Delete:
		return Write, op.Delete, nil
	case *fs.Write_Transform:
		if err := known(op.Transform); err != nil {
			return 0, "", err
		}
		return Write, op.Transform.GetDocument(), nil
	}
	return 0, "", refuse(ErrRefused, "unknown kind of write")
}

// creates reports whether an update makes a document that does not exist yet, as a client's Create
// does.
func creates(w *fs.Write) bool {
	exists, ok := w.GetCurrentDocument().GetConditionType().(*fs.Precondition_Exists)
	if !ok || exists.Exists {
		return false
	}
	if mask := w.GetUpdateMask(); len(mask.GetFieldPaths()) > 0 || known(mask) != nil {
		return false
	}
	for _, t := range w.GetUpdateTransforms() {
		to, ok := t.GetTransformType().(*fs.DocumentTransform_FieldTransform_SetToServerValue)
		if !ok || to.SetToServerValue != fs.DocumentTransform_FieldTransform_REQUEST_TIME || known(t) != nil {
			return false
		}
	}
	return true
}

// firstOf is the first segment of a path: its collection.
func firstOf(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}
