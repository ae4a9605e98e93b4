package firestore

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

// ListDocuments lists the documents of a collection, in the order of their names unless another is
// asked for.
func (s *documents) ListDocuments(ctx context.Context, req *firestorepb.ListDocumentsRequest) (_ *firestorepb.ListDocumentsResponse, err error) {
	db, parent, err := s.below(req.Parent)
	if err != nil {
		return nil, err
	}
	mask, err := write.ParseMask(req.Mask)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(req.PageSize)
	if err != nil {
		return nil, err
	}
	r, err := s.read(db, req)
	if err != nil {
		return nil, err
	}
	defer func() { r.close(err) }()
	var page []*firestorepb.Document
	var next string
	if req.ShowMissing {
		page, next, err = r.listWithMissing(parent, req, size)
	} else {
		page, next, err = s.list(ctx, r, parent, req, size)
	}
	if err != nil {
		return nil, err
	}
	for _, d := range page {
		d.Fields = query.Select(d.Fields, mask)
	}
	return &firestorepb.ListDocumentsResponse{Documents: page, NextPageToken: next}, nil
}

// list returns a page of documents. A page token is the cursor behind the last document of the page
// before.
func (s *Server) list(ctx context.Context, r *reading, parent string, req *firestorepb.ListDocumentsRequest, size int) (page []*firestorepb.Document, next string, err error) {
	orders, err := parseOrderBy(req.OrderBy)
	if err != nil {
		return nil, "", err
	}
	after, err := parsePageToken(req.PageToken)
	if err != nil {
		return nil, "", err
	}
	q, err := query.Compile(r.database.Name, parent, &firestorepb.StructuredQuery{
		From:    []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: req.CollectionId}},
		OrderBy: total(orders),
		StartAt: after,
		Limit:   wrapperspb.Int32(int32(size) + 1),
	})
	if err == nil {
		err = s.checkIndexes(r.database, q)
	}
	if err != nil {
		return nil, "", err
	}
	result, err := r.run(ctx, q)
	if err != nil {
		return nil, "", err
	}
	for _, d := range result.Found[:min(size, len(result.Found))] {
		page = append(page, d.Proto(r.database.Name))
	}
	if len(result.Found) > size {
		next = pageToken(q.After(result.Found[size-1]))
	}
	return page, next, nil
}

// listWithMissing returns a page that also shows documents which are not there but have
// sub-collections: as names alone.
func (r *reading) listWithMissing(parent string, req *firestorepb.ListDocumentsRequest, size int) (page []*firestorepb.Document, next string, err error) {
	if req.OrderBy != "" {
		return nil, "", invalid("missing documents have no fields to order by")
	}
	if err := resource.CheckID(req.CollectionId); err != nil {
		return nil, "", err
	}
	after, err := parsePageToken(req.PageToken)
	if err != nil {
		return nil, "", err
	}
	from := ""
	if after != nil {
		_, key, err := resource.ParseDocument(after.Values[0].GetReferenceValue())
		if err != nil {
			return nil, "", err
		}
		from = key.ID
	}
	snapshot := r.snapshot
	if snapshot == nil {
		return nil, "", invalid("missing documents cannot be listed in a read-write transaction")
	}
	collection := resource.Join(parent, req.CollectionId)
	for _, id := range idsOf(snapshot, collection) {
		if resource.CompareIDs(id, from) <= 0 {
			continue
		}
		if len(page) == size {
			return page, pageToken(&firestorepb.Cursor{Values: []*firestorepb.Value{value.Ref(page[size-1].Name)}}), nil
		}
		key := resource.Key{Collection: collection, ID: id}
		if d := snapshot.Get(key); d != nil {
			page = append(page, d.Proto(r.database.Name))
		} else {
			page = append(page, &firestorepb.Document{Name: r.database.Name.Document(key)})
		}
	}
	return page, "", nil
}

// idsOf returns the ids of the documents of a collection, in order, those that merely have
// sub-collections included.
func idsOf(snapshot *store.Snapshot, collection string) []string {
	ids := slices.Collect(snapshot.Children(collection + "/"))
	for d := range snapshot.Documents(collection) {
		ids = append(ids, d.Key.ID)
	}
	slices.SortFunc(ids, resource.CompareIDs)
	return slices.Compact(ids)
}

// total ends the order in the name, if it does not already: a page token has a value for each.
func total(orders []*firestorepb.StructuredQuery_Order) []*firestorepb.StructuredQuery_Order {
	name := &firestorepb.StructuredQuery_Order{Field: &firestorepb.StructuredQuery_FieldReference{FieldPath: value.DocumentName}}
	if n := len(orders); n > 0 {
		if orders[n-1].Field.FieldPath == value.DocumentName {
			return orders
		}
		name.Direction = orders[n-1].Direction
	}
	return append(orders, name)
}

// parseOrderBy parses "a, b.c desc".
func parseOrderBy(s string) ([]*firestorepb.StructuredQuery_Order, error) {
	if s == "" {
		return nil, nil
	}
	var orders []*firestorepb.StructuredQuery_Order
	for part := range strings.SplitSeq(s, ",") {
		path, direction, _ := strings.Cut(strings.TrimSpace(part), " ")
		o := &firestorepb.StructuredQuery_Order{
			Field:     &firestorepb.StructuredQuery_FieldReference{FieldPath: path},
			Direction: firestorepb.StructuredQuery_ASCENDING,
		}
		switch strings.ToLower(strings.TrimSpace(direction)) {
		case "", "asc":
		case "desc":
			o.Direction = firestorepb.StructuredQuery_DESCENDING
		default:
			return nil, invalid("invalid order %q", s)
		}
		orders = append(orders, o)
	}
	return orders, nil
}
