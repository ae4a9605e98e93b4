package store

import (
	"iter"
	"strings"
	"time"

	"github.com/google/btree"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Snapshot is a database as it stood at a time.
type Snapshot struct {
	tree *btree.BTreeG[*Document]
	time time.Time
}

// Time returns when the database stood so.
func (s *Snapshot) Time() time.Time { return s.time }

// Get returns the document at key, nil if there is none.
func (s *Snapshot) Get(key resource.Key) *Document {
	d, _ := s.tree.Get(&Document{Key: key})
	return d.at(s.time)
}

// Documents yields the documents of one collection in the order of their ids.
func (s *Snapshot) Documents(collection string) iter.Seq[*Document] {
	return func(yield func(*Document) bool) {
		from := &Document{Key: resource.Key{Collection: collection}}
		s.tree.AscendGreaterOrEqual(from, func(d *Document) bool {
			if d.Key.Collection != collection {
				return false
			}
			v := d.at(s.time)
			return v == nil || yield(v)
		})
	}
}

// Collections yields the paths of the collections at any depth below parent, the path of a document
// or "", that hold at least one document.
func (s *Snapshot) Collections(parent string) iter.Seq[string] {
	prefix := parent
	if prefix != "" {
		prefix += "/"
	}
	return func(yield func(string) bool) {
		for from := prefix; ; {
			collection, ok := s.firstCollection(from)
			if !ok || !strings.HasPrefix(collection, prefix) || !yield(collection) {
				return
			}
			from = collection + "\x00"
		}
	}
}

// Children yields, each once and in no particular order, the first segments below prefix of all
// collections that hold a document: with prefix "users/", the ids of the documents that have
// sub-collections.
func (s *Snapshot) Children(prefix string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for from := prefix; ; {
			collection, ok := s.firstCollection(from)
			if !ok || !strings.HasPrefix(collection, prefix) {
				return
			}
			child, _, deeper := strings.Cut(collection[len(prefix):], "/")
			from = collection + "\x00"
			if deeper {
				from = prefix + child + string('/'+1)
				// "a" and "a/b/c" need not be neighbours: "a!" stands between them.
				if first, _ := s.firstCollection(prefix + child); first == prefix+child {
					continue
				}
			}
			if !yield(child) {
				return
			}
		}
	}
}

// firstCollection returns the first collection at or after from that holds a document.
func (s *Snapshot) firstCollection(from string) (collection string, ok bool) {
	pivot := &Document{Key: resource.Key{Collection: from}}
	s.tree.AscendGreaterOrEqual(pivot, func(d *Document) bool {
		if d.at(s.time) == nil {
			return true
		}
		collection, ok = d.Key.Collection, true
		return false
	})
	return collection, ok
}
