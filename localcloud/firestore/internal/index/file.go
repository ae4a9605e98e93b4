package index

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// file is an index file, of the form that the Firebase CLI deploys: firestore.indexes.json.
type file struct {
	Indexes        []fileIndex    `json:"indexes,omitempty"`
	FieldOverrides []fileOverride `json:"fieldOverrides,omitempty"`
}

type fileIndex struct {
	CollectionGroup string      `json:"collectionGroup"`
	QueryScope      string      `json:"queryScope"`
	APIScope        string      `json:"apiScope,omitempty"`
	Density         string      `json:"density,omitempty"`
	Database        string      `json:"database,omitempty"` // for a set-up with several; whoever loads the file names one
	Fields          []fileField `json:"fields"`
}

type fileOverride struct {
	CollectionGroup string      `json:"collectionGroup"`
	FieldPath       string      `json:"fieldPath"`
	TTL             bool        `json:"ttl,omitempty"`
	Indexes         []fileField `json:"indexes"`
}

// fileField is a field of an index, or an index of a field: that has a scope and no path.
type fileField struct {
	FieldPath    string      `json:"fieldPath,omitempty"`
	QueryScope   string      `json:"queryScope,omitempty"`
	Order        string      `json:"order,omitempty"`
	ArrayConfig  string      `json:"arrayConfig,omitempty"`
	VectorConfig *fileVector `json:"vectorConfig,omitempty"`
}

type fileVector struct {
	Dimension int32     `json:"dimension"`
	Flat      *struct{} `json:"flat"`
}

// ParseFile parses an index file for a database. It returns indexes as CreateIndex takes them,
// their names those of their collection groups, and settings of fields as UpdateField does. The
// error is InvalidArgument, or Unimplemented for what is known and not served here.
func ParseFile(db resource.Database, content []byte) (indexes []*adminpb.Index, fields []*adminpb.Field, err error) {
	var f file
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, nil, invalid("the index file cannot be read: %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, nil, invalid("the index file goes on after its end")
	}
	for i, one := range f.Indexes {
		index, err := one.index(db)
		if err != nil {
			return nil, nil, fmt.Errorf("indexes[%d]: %w", i, err)
		}
		indexes = append(indexes, index)
	}
	for i, one := range f.FieldOverrides {
		field, err := one.field(db)
		if err != nil {
			return nil, nil, fmt.Errorf("fieldOverrides[%d]: %w", i, err)
		}
		fields = append(fields, field)
	}
	return indexes, fields, nil
}

func (f fileIndex) index(db resource.Database) (*adminpb.Index, error) {
	index := &adminpb.Index{}
	var ok1, ok2, ok3 bool
	index.QueryScope, ok1 = named[adminpb.Index_QueryScope](adminpb.Index_QueryScope_value, f.QueryScope)
	index.ApiScope, ok2 = named[adminpb.Index_ApiScope](adminpb.Index_ApiScope_value, f.APIScope)
	index.Density, ok3 = named[adminpb.Index_Density](adminpb.Index_Density_value, f.Density)
	if !ok1 || !ok2 || !ok3 {
		return nil, invalid("unknown scope or density: %q, %q, %q", f.QueryScope, f.APIScope, f.Density)
	}
	for _, one := range f.Fields {
		field, err := one.field(one.FieldPath)
		if err != nil {
			return nil, err
		}
		index.Fields = append(index.Fields, field)
	}
	return Complete(db, f.CollectionGroup, index)
}

func (f fileOverride) field(db resource.Database) (*adminpb.Field, error) {
	config := &adminpb.Field_IndexConfig{}
	for _, one := range f.Indexes {
		field, err := one.field(f.FieldPath)
		if err != nil {
			return nil, err
		}
		scope, ok := named[adminpb.Index_QueryScope](adminpb.Index_QueryScope_value, one.QueryScope)
		if !ok {
			return nil, invalid("unknown scope %q", one.QueryScope)
		}
		config.Indexes = append(config.Indexes, &adminpb.Index{QueryScope: scope, Fields: []*adminpb.Index_IndexField{field}})
	}
	if f.TTL {
		return nil, unimplemented("a field's time to live is not served here")
	}
	return CompleteField(db, f.CollectionGroup, f.FieldPath, config)
}

func (f fileField) field(path string) (*adminpb.Index_IndexField, error) {
	out := &adminpb.Index_IndexField{FieldPath: path}
	given := 0
	if f.Order != "" {
		order, ok := named[adminpb.Index_IndexField_Order](adminpb.Index_IndexField_Order_value, f.Order)
		if !ok {
			return nil, invalid("unknown order %q", f.Order)
		}
		given++
		out.ValueMode = &adminpb.Index_IndexField_Order_{Order: order}
	}
	if f.ArrayConfig != "" {
		array, ok := named[adminpb.Index_IndexField_ArrayConfig](adminpb.Index_IndexField_ArrayConfig_value, f.ArrayConfig)
		if !ok {
			return nil, invalid("unknown array configuration %q", f.ArrayConfig)
		}
		given++
		out.ValueMode = &adminpb.Index_IndexField_ArrayConfig_{ArrayConfig: array}
	}
	if v := f.VectorConfig; v != nil {
		given++
		config := &adminpb.Index_IndexField_VectorConfig{Dimension: v.Dimension}
		if v.Flat != nil {
			config.Type = &adminpb.Index_IndexField_VectorConfig_Flat{Flat: &adminpb.Index_IndexField_VectorConfig_FlatIndex{}}
		}
		out.ValueMode = &adminpb.Index_IndexField_VectorConfig_{VectorConfig: config}
	}
	if given != 1 {
		return nil, invalid("the field %q has %d of order, arrayConfig and vectorConfig, not one", path, given)
	}
	return out, nil
}

// named returns the value of an enumeration by its name; the empty name is that of the default.
func named[E ~int32](values map[string]int32, name string) (E, bool) {
	if name == "" {
		return 0, true
	}
	v, ok := values[name]
	return E(v), ok
}

// indexText writes an index as an index file does.
func indexText(group string, index *adminpb.Index) string {
	out := fileIndex{CollectionGroup: group, QueryScope: index.QueryScope.String()}
	for _, f := range index.Fields {
		if f.FieldPath != value.DocumentName || namesItself(index) {
			out.Fields = append(out.Fields, fieldText(f))
		}
	}
	return text(out)
}

// overrideText writes the settings of a field as an index file does: the default ones, and one
// index more.
func overrideText(group, path string, index *adminpb.Index) string {
	out := fileOverride{CollectionGroup: group, FieldPath: path}
	for _, i := range append(ofField(nil, defaults), index) {
		one := fieldText(i.Fields[0])
		one.FieldPath, one.QueryScope = "", i.QueryScope.String()
		out.Indexes = append(out.Indexes, one)
	}
	return text(out)
}

func fieldText(f *adminpb.Index_IndexField) fileField {
	out := fileField{FieldPath: f.FieldPath}
	if f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS {
		out.ArrayConfig = f.GetArrayConfig().String()
	} else {
		out.Order = f.GetOrder().String()
	}
	return out
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain strings
	}
	return string(b)
}
