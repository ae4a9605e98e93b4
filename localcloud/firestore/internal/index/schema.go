package index

import (
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Schema is the indexes of a database. It is never changed, only replaced; so are the messages it
// holds.
type Schema struct {
	Made   []Made           // composite and vector indexes
	Fields []*adminpb.Field // settings of single fields
}

// Made is an index that somebody made.
type Made struct {
	Index *adminpb.Index // its state is not kept: Told tells it
	Begun time.Time      // when it was made
	Ready time.Time      // from when on it serves queries
}

// Told returns the index with its state at a time.
func (m Made) Told(now time.Time) *adminpb.Index {
	told := proto.Clone(m.Index).(*adminpb.Index)
	told.State = adminpb.Index_CREATING
	if m.ready(now) {
		told.State = adminpb.Index_READY
	}
	return told
}

func (m Made) ready(now time.Time) bool { return !now.Before(m.Ready) }

// Find returns the index of that full name.
func (s *Schema) Find(name string) (Made, bool) {
	i := slices.IndexFunc(s.Made, func(m Made) bool { return m.Index.Name == name })
	if i < 0 {
		return Made{}, false
	}
	return s.Made[i], true
}

// Same reports whether there is an index of the same collections, scope and fields.
func (s *Schema) Same(other *adminpb.Index) bool {
	key := definition(other)
	return slices.ContainsFunc(s.Made, func(m Made) bool { return definition(m.Index) == key })
}

// With returns the schema with the index, in place of one of the same name.
func (s *Schema) With(m Made) *Schema {
	out := s.Without(m.Index.Name)
	out.Made = append(out.Made, m)
	slices.SortFunc(out.Made, func(a, b Made) int { return strings.Compare(a.Index.Name, b.Index.Name) })
	return out
}

// Without returns the schema without the index of that name.
func (s *Schema) Without(name string) *Schema {
	return &Schema{
		Made:   slices.DeleteFunc(slices.Clone(s.Made), func(m Made) bool { return m.Index.Name == name }),
		Fields: s.Fields,
	}
}

// WithField returns the schema with the settings, in place of those of the same name.
func (s *Schema) WithField(f *adminpb.Field) *Schema {
	out := s.WithoutField(f.Name)
	out.Fields = append(out.Fields, f)
	slices.SortFunc(out.Fields, func(a, b *adminpb.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// WithoutField returns the schema without the settings of that name.
func (s *Schema) WithoutField(name string) *Schema {
	return &Schema{
		Made:   s.Made,
		Fields: slices.DeleteFunc(slices.Clone(s.Fields), func(f *adminpb.Field) bool { return f.Name == name }),
	}
}

// Field returns the settings of a single field of a collection group, and whether they are its own:
// a field without takes those of the map it is in, then those of all fields of the group ("*"),
// then the default.
func (s *Schema) Field(group string, path value.Path) (indexes []*adminpb.Index, own bool) {
	for n := len(path); n > 0; n-- {
		if f := s.field(group, path[:n].String()); f != nil {
			return ofField(path, f.IndexConfig.GetIndexes()), n == len(path)
		}
	}
	if f := s.field(group, AllFields); f != nil {
		return ofField(path, f.IndexConfig.GetIndexes()), false
	}
	return ofField(path, defaults), false
}

func (s *Schema) field(group, path string) *adminpb.Field {
	for _, f := range s.Fields {
		if _, of, _ := strings.Cut(f.Name, "/fields/"); of == path && groupOf(f.Name) == group {
			return f
		}
	}
	return nil
}

// AllFields stands for all fields of a collection group in the name of their settings.
const AllFields = "*"

// defaults are the indexes of each field, unless it is set otherwise.
var defaults = []*adminpb.Index{
	single(ordered("", adminpb.Index_IndexField_ASCENDING)),
	single(ordered("", adminpb.Index_IndexField_DESCENDING)),
	single(containing("")),
}

func single(f *adminpb.Index_IndexField) *adminpb.Index {
	return &adminpb.Index{
		QueryScope: adminpb.Index_COLLECTION,
		Fields:     []*adminpb.Index_IndexField{f},
		State:      adminpb.Index_READY,
	}
}

// ofField returns the indexes with the field's path in place of what they name.
func ofField(path value.Path, indexes []*adminpb.Index) []*adminpb.Index {
	var out []*adminpb.Index
	for _, i := range indexes {
		one := proto.Clone(i).(*adminpb.Index)
		for _, f := range one.Fields {
			f.FieldPath = path.String()
		}
		out = append(out, one)
	}
	return out
}

func ordered(path string, direction adminpb.Index_IndexField_Order) *adminpb.Index_IndexField {
	return &adminpb.Index_IndexField{FieldPath: path, ValueMode: &adminpb.Index_IndexField_Order_{Order: direction}}
}

func containing(path string) *adminpb.Index_IndexField {
	return &adminpb.Index_IndexField{FieldPath: path, ValueMode: &adminpb.Index_IndexField_ArrayConfig_{
		ArrayConfig: adminpb.Index_IndexField_CONTAINS,
	}}
}

func direction(desc bool) adminpb.Index_IndexField_Order {
	if desc {
		return adminpb.Index_IndexField_DESCENDING
	}
	return adminpb.Index_IndexField_ASCENDING
}
