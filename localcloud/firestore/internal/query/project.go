package query

import (
	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// parseProjection returns nil if all fields are wanted.
func parseProjection(pb *firestorepb.StructuredQuery_Projection) ([]value.Path, error) {
	if len(pb.GetFields()) == 0 {
		return nil, nil
	}
	paths := []value.Path{}
	for _, f := range pb.Fields {
		p, err := value.ParsePath(f.FieldPath)
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// Project returns a found document as the query wants to see it.
func (q *Query) Project(d *store.Document) *firestorepb.Document {
	pb := d.Proto(q.database)
	pb.Fields = Select(d.Fields, q.projection)
	return pb
}

// Select returns the fields at paths and no others; all if paths are nil.
func Select(fields map[string]*firestorepb.Value, paths []value.Path) map[string]*firestorepb.Value {
	if paths == nil {
		return fields
	}
	var out map[string]*firestorepb.Value
	for _, p := range paths {
		if v := p.Get(fields); v != nil {
			out = p.With(out, v)
		}
	}
	return out
}
