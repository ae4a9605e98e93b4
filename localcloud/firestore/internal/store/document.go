package store

import (
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Document is one version of a document. It is never changed; a write makes a new version.
type Document struct {
	Key              resource.Key
	Fields           map[string]*firestorepb.Value
	Created, Updated time.Time

	deleted bool // a tombstone: no document since Updated
	older   atomic.Pointer[Document]
	past    int // the bytes that older takes, about
}

// Proto returns the document as responses carry it.
func (d *Document) Proto(db resource.Database) *firestorepb.Document {
	return &firestorepb.Document{
		Name:       db.Document(d.Key),
		Fields:     d.Fields,
		CreateTime: timestamppb.New(d.Created),
		UpdateTime: timestamppb.New(d.Updated),
	}
}

// at returns the version current at time t, nil if there was no document then.
func (d *Document) at(t time.Time) *Document {
	for d != nil && d.Updated.After(t) {
		d = d.older.Load()
	}
	return d.alive()
}

func (d *Document) alive() *Document {
	if d == nil || d.deleted {
		return nil
	}
	return d
}

// less orders a tree: collections stand together, and in each the documents by id.
func less(a, b *Document) bool {
	if c := strings.Compare(a.Key.Collection, b.Key.Collection); c != 0 {
		return c < 0
	}
	return resource.CompareIDs(a.Key.ID, b.Key.ID) < 0
}
