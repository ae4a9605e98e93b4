// Package write applies the writes of a commit: preconditions, replaced and masked updates,
// deletions, transforms.
package write

import (
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Write is a write that was found sound.
type Write struct {
	Key resource.Key

	delete     bool
	fields     map[string]*firestorepb.Value
	mask       []value.Path // nil: fields replace the document's
	transforms []transform
	condition  *firestorepb.Precondition
}

// Parse checks a write to database db and takes ownership of it. The error is InvalidArgument.
func Parse(db resource.Database, w *firestorepb.Write) (*Write, error) {
	if err := checkCondition(w.CurrentDocument); err != nil {
		return nil, err
	}
	if w.UpdateMask != nil && w.GetUpdate() == nil {
		return nil, invalid("only an update may have an update mask")
	}
	if len(w.UpdateTransforms) > 0 && w.GetUpdate() == nil {
		return nil, invalid("only an update may have update transforms")
	}
	out := &Write{condition: w.CurrentDocument}
	var err error
	switch op := w.Operation.(type) {
	case *firestorepb.Write_Update:
		if out.Key, err = resource.ParseDocumentIn(db, op.Update.GetName()); err == nil {
			err = out.parseUpdate(op.Update, w)
		}
	case *firestorepb.Write_Delete:
		out.delete = true
		out.Key, err = resource.ParseDocumentIn(db, op.Delete)
	case *firestorepb.Write_Transform:
		if out.Key, err = resource.ParseDocumentIn(db, op.Transform.GetDocument()); err == nil {
			out.mask = []value.Path{}
			out.transforms, err = parseTransforms(op.Transform.GetFieldTransforms())
		}
	default:
		err = invalid("a write has no operation")
	}
	return out, err
}

// ParseAll parses the writes of one request.
func ParseAll(db resource.Database, writes []*firestorepb.Write) ([]*Write, error) {
	out := make([]*Write, len(writes))
	for i, w := range writes {
		var err error
		if out[i], err = Parse(db, w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w *Write) parseUpdate(d *firestorepb.Document, pb *firestorepb.Write) error {
	w.fields = d.Fields
	if w.fields == nil {
		w.fields = map[string]*firestorepb.Value{}
	}
	if err := value.CheckFields(w.fields); err != nil {
		return err
	}
	var err error
	if w.mask, err = ParseMask(pb.UpdateMask); err != nil {
		return err
	}
	w.transforms, err = parseTransforms(pb.UpdateTransforms)
	return err
}

// ParseMask parses a mask; it returns nil for none, which differs from an empty one.
func ParseMask(mask *firestorepb.DocumentMask) ([]value.Path, error) {
	if mask == nil {
		return nil, nil
	}
	paths := make([]value.Path, len(mask.FieldPaths))
	for i, s := range mask.FieldPaths {
		p, err := value.ParsePath(s)
		if err != nil {
			return nil, err
		}
		paths[i] = p
	}
	return paths, nil
}

// Apply stages the write in c. A write that leaves the document's fields as they are stages
// nothing, so that the document keeps its update time.
func (w *Write) Apply(c *store.Commit) (*firestorepb.WriteResult, error) {
	current := c.Get(w.Key)
	if err := w.check(current); err != nil {
		return nil, err
	}
	if w.delete {
		c.Delete(w.Key)
		return &firestorepb.WriteResult{}, nil
	}
	fields, results := w.transform(w.update(current), c.Time)
	if current != nil && same(current.Fields, fields) {
		return result(current.Updated, results), nil
	}
	if len(w.transforms) > 0 { // their paths may lead too deep
		if err := value.CheckFields(fields); err != nil {
			return nil, err
		}
	}
	if err := value.CheckSize(w.Key, fields); err != nil {
		return nil, err
	}
	c.Put(w.Key, fields)
	return result(c.Time, results), nil
}

func result(updated time.Time, transforms []*firestorepb.Value) *firestorepb.WriteResult {
	return &firestorepb.WriteResult{UpdateTime: timestamppb.New(updated), TransformResults: transforms}
}

// update returns the fields after the update and before the transforms.
func (w *Write) update(current *store.Document) map[string]*firestorepb.Value {
	if w.mask == nil {
		return w.fields
	}
	fields := map[string]*firestorepb.Value{}
	if current != nil {
		fields = current.Fields
	}
	for _, p := range w.mask {
		fields = p.With(fields, p.Get(w.fields))
	}
	return fields
}

// same reports whether the fields are the same in every detail: unlike in queries, 1 and 1.0
// differ.
func same(a, b map[string]*firestorepb.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if w, ok := b[name]; !ok || !proto.Equal(v, w) {
			return false
		}
	}
	return true
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
