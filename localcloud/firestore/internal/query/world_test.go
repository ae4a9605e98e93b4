package query_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

var database = resource.Database{Project: "p", ID: "d"}

type fields = map[string]*firestorepb.Value

const (
	equal            = firestorepb.StructuredQuery_FieldFilter_EQUAL
	notEqual         = firestorepb.StructuredQuery_FieldFilter_NOT_EQUAL
	less             = firestorepb.StructuredQuery_FieldFilter_LESS_THAN
	lessOrEqual      = firestorepb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL
	greater          = firestorepb.StructuredQuery_FieldFilter_GREATER_THAN
	greaterOrEqual   = firestorepb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL
	in               = firestorepb.StructuredQuery_FieldFilter_IN
	notIn            = firestorepb.StructuredQuery_FieldFilter_NOT_IN
	arrayContains    = firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS
	arrayContainsAny = firestorepb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY
)

// fill returns a snapshot of a database that holds the documents, by path.
func fill(t testing.TB, docs map[string]fields) *store.Snapshot {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "firestore.db"), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	err = s.Administer(func(a *store.Admin) error {
		a.Create(database, &adminpb.Database{Name: database.String()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.Database(database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Submit(func(c *store.Commit) error {
		for path, f := range docs {
			c.Put(resource.KeyOf(path), f)
		}
		return nil
	}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := db.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func integer(i int64) *firestorepb.Value { return value.Int(i) }

func str(s string) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: s}}
}

func boolean(b bool) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_BooleanValue{BooleanValue: b}}
}

func list(values ...*firestorepb.Value) *firestorepb.Value { return value.List(values) }

func document(path string) *firestorepb.Value {
	return value.Ref(database.Document(resource.KeyOf(path)))
}

func from(collection string, deep bool) []*firestorepb.StructuredQuery_CollectionSelector {
	return []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: collection, AllDescendants: deep}}
}

func ref(path string) *firestorepb.StructuredQuery_FieldReference {
	return &firestorepb.StructuredQuery_FieldReference{FieldPath: path}
}

func where(path string, op firestorepb.StructuredQuery_FieldFilter_Operator, v *firestorepb.Value) *firestorepb.StructuredQuery_Filter {
	return &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_FieldFilter{
		FieldFilter: &firestorepb.StructuredQuery_FieldFilter{Field: ref(path), Op: op, Value: v},
	}}
}
