package firestore

import (
	"context"
	"strings"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// UpdateField changes the indexes of a single field, which is how one in the scope of a collection
// group is made. Without any configuration of indexes, the field goes back to what it inherits. The
// operation is done.
func (s *admin) UpdateField(_ context.Context, req *adminpb.UpdateFieldRequest) (*longrunningpb.Operation, error) {
	db, group, path, err := resource.ParseField(req.GetField().GetName())
	if err != nil {
		return nil, err
	}
	for _, p := range req.GetUpdateMask().GetPaths() {
		if p != "index_config" && p != "indexConfig" {
			return nil, status.Errorf(codes.Unimplemented, "%q cannot be changed here", p)
		}
	}
	if req.Field.TtlConfig != nil {
		return nil, status.Error(codes.Unimplemented, "a field's time to live is not served here")
	}
	field, err := index.CompleteField(db, group, path, req.Field.IndexConfig)
	if err != nil {
		return nil, err
	}
	var op *longrunningpb.Operation
	err = s.store.Administer(func(a *store.Admin) (err error) {
		if _, err := existing(a, db, ""); err != nil {
			return err
		}
		schema := a.Schema(db).WithoutField(field.Name)
		if req.Field.IndexConfig != nil {
			schema = schema.WithField(field)
		}
		if op, err = finished(db, told(schema, db, group, path), &adminpb.FieldOperationMetadata{Field: field.Name}); err != nil {
			return err
		}
		a.SetSchema(db, schema)
		a.Record(op)
		return nil
	})
	return op, err
}

// GetField tells which indexes a single field has.
func (s *admin) GetField(_ context.Context, req *adminpb.GetFieldRequest) (*adminpb.Field, error) {
	name, group, path, err := resource.ParseField(req.Name)
	if err != nil {
		return nil, err
	}
	db, err := s.store.Database(name)
	if err != nil {
		return nil, err
	}
	if path != index.AllFields {
		if _, err := value.ParsePath(path); err != nil {
			return nil, err
		}
	}
	return told(db.Schema(), name, group, path), nil
}

// told returns what the Admin API tells about a field.
func told(schema *index.Schema, db resource.Database, group, path string) *adminpb.Field {
	parsed := value.Path{index.AllFields}
	if path != index.AllFields {
		parsed, _ = value.ParsePath(path) // sound, as its callers know
		path = parsed.String()
	}
	indexes, own := schema.Field(group, parsed)
	return &adminpb.Field{
		Name:        db.String() + "/collectionGroups/" + group + "/fields/" + path,
		IndexConfig: &adminpb.Field_IndexConfig{Indexes: indexes, UsesAncestorConfig: !own},
	}
}

// ListFields tells about the fields that have settings of their own, the only ones that can be
// listed on Google too.
func (s *admin) ListFields(_ context.Context, req *adminpb.ListFieldsRequest) (*adminpb.ListFieldsResponse, error) {
	name, group, err := resource.ParseCollectionGroup(req.Parent)
	if err != nil {
		return nil, err
	}
	switch req.Filter {
	case "", "indexConfig.usesAncestorConfig:false", "indexConfig.usesAncestorConfig=false":
	default:
		return nil, status.Error(codes.Unimplemented, "no filter is served here but indexConfig.usesAncestorConfig:false")
	}
	db, err := s.store.Database(name)
	if err != nil {
		return nil, err
	}
	var all []*adminpb.Field
	for _, f := range db.Schema().Fields {
		if group == "-" || strings.HasPrefix(f.Name, req.Parent+"/") {
			all = append(all, f)
		}
	}
	page, next, err := pageOf(all, (*adminpb.Field).GetName, req.PageSize, req.PageToken)
	return &adminpb.ListFieldsResponse{Fields: page, NextPageToken: next}, err
}
