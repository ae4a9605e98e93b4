package index

import (
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// What the service allows.
const (
	maxFields     = 100
	maxDimensions = 2048
)

// Complete returns an index of a collection group as the service keeps it: its fields end in the
// document's name, before the vector if it has one. Its name is that of the group. The error is
// InvalidArgument, or Unimplemented for what databases of another kind have.
func Complete(db resource.Database, group string, asked *adminpb.Index) (*adminpb.Index, error) {
	if err := resource.CheckID(group); err != nil {
		return nil, err
	}
	switch {
	case asked.GetQueryScope() != adminpb.Index_COLLECTION && asked.GetQueryScope() != adminpb.Index_COLLECTION_GROUP:
		return nil, invalid("an index has the query scope COLLECTION or COLLECTION_GROUP, not %v", asked.GetQueryScope())
	case asked.ApiScope != adminpb.Index_ANY_API:
		return nil, unimplemented("indexes are served here for Firestore's own API alone")
	case asked.Density != adminpb.Index_DENSITY_UNSPECIFIED && asked.Density != adminpb.Index_SPARSE_ALL:
		return nil, invalid("a database of the Standard edition has indexes of the density SPARSE_ALL alone")
	case asked.Multikey || asked.Unique || asked.SearchIndexOptions != nil:
		return nil, unimplemented("multikey, unique and search indexes are not served here")
	case len(asked.Fields) == 0 || len(asked.Fields) > maxFields:
		return nil, invalid("an index has 1 to %d fields, not %d", maxFields, len(asked.Fields))
	}
	fields, err := checkFields(asked.Fields)
	if err != nil {
		return nil, err
	}
	index := &adminpb.Index{
		Name: groupName(db, group), QueryScope: asked.QueryScope, Fields: withName(fields), Density: adminpb.Index_SPARSE_ALL,
	}
	if needless(index.Fields) {
		return nil, invalid("this index is not necessary, configure using single field index controls")
	}
	return index, nil
}

// CompleteField returns the settings of a field as the service keeps them. path may be [AllFields].
func CompleteField(db resource.Database, group, path string, config *adminpb.Field_IndexConfig) (*adminpb.Field, error) {
	if err := resource.CheckID(group); err != nil {
		return nil, err
	}
	if path != AllFields {
		parsed, err := value.ParsePath(path)
		if err != nil {
			return nil, err
		}
		if parsed.IsDocumentName() {
			return nil, invalid("%s has no settings", value.DocumentName)
		}
		path = parsed.String()
	}
	field := &adminpb.Field{Name: groupName(db, group) + "/fields/" + path, IndexConfig: &adminpb.Field_IndexConfig{}}
	for _, i := range config.GetIndexes() {
		if len(i.Fields) != 1 || i.Fields[0].GetVectorConfig() != nil || i.Fields[0].ValueMode == nil {
			return nil, invalid("an index of a single field has that field, with an order or an array configuration")
		}
		if p := i.Fields[0].FieldPath; p != "" && p != path {
			return nil, invalid("an index of the field %s names %s", path, p)
		}
		if i.QueryScope != adminpb.Index_COLLECTION && i.QueryScope != adminpb.Index_COLLECTION_GROUP {
			return nil, invalid("an index has the query scope COLLECTION or COLLECTION_GROUP, not %v", i.QueryScope)
		}
		one := proto.Clone(i.Fields[0]).(*adminpb.Index_IndexField)
		one.FieldPath = path
		field.IndexConfig.Indexes = append(field.IndexConfig.Indexes, &adminpb.Index{
			QueryScope: i.QueryScope, Fields: []*adminpb.Index_IndexField{one}, State: adminpb.Index_READY,
		})
	}
	return field, nil
}

// checkFields checks the fields of an index by themselves and together.
func checkFields(asked []*adminpb.Index_IndexField) (fields []*adminpb.Index_IndexField, err error) {
	var seen []string
	arrays := 0
	for i, f := range asked {
		path, err := value.ParsePath(f.FieldPath)
		if err != nil {
			return nil, err
		}
		last := i == len(asked)-1
		switch v := f.ValueMode.(type) {
		case *adminpb.Index_IndexField_Order_:
			if v.Order == adminpb.Index_IndexField_ORDER_UNSPECIFIED {
				return nil, invalid("the field %s has no order", path)
			}
		case *adminpb.Index_IndexField_ArrayConfig_:
			if arrays++; v.ArrayConfig != adminpb.Index_IndexField_CONTAINS || path.IsDocumentName() {
				return nil, invalid("the field %s has an array configuration that cannot be", path)
			}
		case *adminpb.Index_IndexField_VectorConfig_:
			if d := v.VectorConfig.GetDimension(); d < 1 || d > maxDimensions || v.VectorConfig.GetFlat() == nil || !last {
				return nil, invalid("a vector is the last field of its index, flat, and of 1 to %d dimensions", maxDimensions)
			}
		case *adminpb.Index_IndexField_SearchConfig_:
			return nil, unimplemented("search indexes are not served here")
		default:
			return nil, invalid("the field %s has no order, array or vector configuration", path)
		}
		if slices.Contains(seen, path.String()) {
			return nil, invalid("an index names the field %s twice", path)
		}
		if path.IsDocumentName() && !last && (i != len(asked)-2 || asked[i+1].GetVectorConfig() == nil) {
			return nil, invalid("%s is the last field of an index", value.DocumentName)
		}
		seen = append(seen, path.String())
		one := proto.Clone(f).(*adminpb.Index_IndexField)
		one.FieldPath = path.String()
		fields = append(fields, one)
	}
	if arrays > 1 {
		return nil, invalid("an index has one array field at most")
	}
	return fields, nil
}

// withName returns the fields with the document's name last, or before the vector.
func withName(fields []*adminpb.Index_IndexField) []*adminpb.Index_IndexField {
	end := len(fields)
	if end > 0 && fields[end-1].GetVectorConfig() != nil {
		end--
	}
	desc := false
	if end > 0 {
		if fields[end-1].FieldPath == value.DocumentName {
			return fields
		}
		desc = fields[end-1].GetOrder() == adminpb.Index_IndexField_DESCENDING
	}
	return slices.Insert(slices.Clone(fields), end, ordered(value.DocumentName, direction(desc)))
}

// needless reports whether an index is one that single fields have, or that of the documents
// themselves.
func needless(fields []*adminpb.Index_IndexField) bool {
	first, name := fields[0], fields[len(fields)-1]
	switch len(fields) {
	case 1:
		return name.GetOrder() == adminpb.Index_IndexField_ASCENDING
	case 2:
		if name.GetVectorConfig() != nil {
			return false
		}
		desc := first.GetOrder() == adminpb.Index_IndexField_DESCENDING
		return name.GetOrder() == direction(desc)
	}
	return false
}

// namesItself reports whether an index has to name the document's name, because its direction is
// not the one implied.
func namesItself(index *adminpb.Index) bool {
	fields := index.Fields
	last := len(fields) - 1
	return last < 1 || !proto.Equal(withName(fields[:last])[last], fields[last])
}

// definition is what makes two indexes the same.
func definition(i *adminpb.Index) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v", groupOf(i.Name), i.QueryScope)
	for _, f := range i.Fields {
		fmt.Fprintf(&b, ", %s %v %v %d", f.FieldPath, f.GetOrder(), f.GetArrayConfig(), f.GetVectorConfig().GetDimension())
	}
	return b.String()
}

const groups = "/collectionGroups/"

func groupName(db resource.Database, group string) string { return db.String() + groups + group }

// groupOf returns the collection group in the name of one, or of what is in one.
func groupOf(name string) string {
	_, rest, _ := strings.Cut(name, groups)
	group, _, _ := strings.Cut(rest, "/")
	return group
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unimplemented(format string, args ...any) error {
	return status.Errorf(codes.Unimplemented, format, args...)
}
