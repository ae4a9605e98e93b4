package main

import (
	"context"
	"fmt"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

// ids are the ids of documents. They are ordered by their UTF-8 bytes.
var ids = []string{"a", "b", "A", "10", "2", "a b", "a-b", "é", "\U0001F600", "\uffff", "a.b"}

// collection draws a collection's path below the world.
func (r random) collection() string { return pick(r, "c", "c", "c", "d", "c/a/c", "d/b/c", "c/a/d") }

// documents draws the documents of a world, a few dozen.
func (r random) documents() []*firestorepb.Document {
	var out []*firestorepb.Document
	for _, collection := range []string{"c", "d", "c/a/c", "d/b/c", "c/a/d"} {
		for _, id := range ids {
			if collection == "c" || r.chance(3) {
				out = append(out, &firestorepb.Document{
					Name:   r.document(collection, id),
					Fields: r.documentFields(),
				})
			}
		}
	}
	return out
}

// documentFields draws the fields of a document. The fields a, b and c are often alike in type, as
// in life.
func (r random) documentFields() map[string]*firestorepb.Value {
	fields := r.fields(2, fieldNames)
	for _, name := range []string{"a", "b", "c"} {
		if r.chance(3) {
			fields[name] = pick(r, integer(r.integer()), double(r.double()), r.list(1))
		}
	}
	if !r.chance(3) {
		fields["m"] = object(r.fields(1, []string{"a", "b", "x.y"}))
	}
	return fields
}

// stored draws a value that a document has at the path, and returns nil if the one it looks at has
// none.
func (r random) stored(path string) *firestorepb.Value {
	fields := pick(r, r.docs...).Fields
	if inside, ok := strings.CutPrefix(path, "m."); ok {
		fields, path = fields["m"].GetMapValue().GetFields(), inside
	}
	return fields[strings.Trim(path, "`")]
}

// document returns the name of a document.
func (r random) document(collection, id string) string {
	return r.world.documents() + "/" + collection + "/" + id
}

// fill makes a world of the documents on a side.
func (s *side) fill(ctx context.Context, w world, docs []*firestorepb.Document) error {
	if err := s.create(ctx, w); err != nil {
		return err
	}
	req := &firestorepb.CommitRequest{Database: w.database()}
	for _, d := range docs {
		req.Writes = append(req.Writes, &firestorepb.Write{Operation: &firestorepb.Write_Update{Update: d}})
	}
	if _, err := s.api.Commit(ctx, req); err != nil {
		return fmt.Errorf("%s takes no documents: %w", s.name, err)
	}
	return nil
}
