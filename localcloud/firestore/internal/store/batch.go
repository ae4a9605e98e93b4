package store

import (
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/btree"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// batch is the commits that share one fsync. Only the committer touches it.
type batch struct {
	store   *Store
	pending []*Pending
	working map[resource.Database]*working
	changes []change
	gone    []*Database // deleted
	last    time.Time   // the time of the last commit so far
}

// working is a database as the commits of the batch so far leave it.
type working struct {
	database *Database
	info     *adminpb.Database
	schema   *index.Schema
	tree     *btree.BTreeG[*Document]
	cloned   bool // the tree is the batch's own
	settled  int  // so many of the database's late versions need their past no more
	past     past
	deleted  bool
	events   []Event
}

// tick returns the time of the next commit.
func (b *batch) tick() time.Time {
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.last.IsZero() {
		b.last = s.batchTime
	} else {
		b.last = s.clock.tick()
	}
	return b.last
}

// open returns the working state of a database; the error is NotFound.
func (b *batch) open(d *Database) (*working, error) {
	w := b.find(d.Name)
	if w == nil || w.database != d {
		return nil, notFound(d.Name)
	}
	return w, nil
}

// find returns the working state of the database of that name, nil if there is none.
func (b *batch) find(name resource.Database) *working {
	if w := b.working[name]; w != nil {
		if w.deleted {
			return nil
		}
		return w
	}
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.databases[name]
	if d == nil {
		return nil
	}
	w := &working{database: d, info: d.info, schema: d.schema, tree: d.tree}
	b.working[name] = w
	return w
}

// take makes what a commit staged part of the working database.
func (b *batch) take(w *working, c *Commit) {
	event := Event{Time: c.Time}
	for _, key := range c.order {
		old, next := c.base.Get(key), c.staged[key]
		switch {
		case next == old:
			continue
		case next == nil:
			next = &Document{Key: key, Updated: c.Time, deleted: true}
			b.changes = append(b.changes, deleteDocument(w.database.Name, key))
		default:
			b.changes = append(b.changes, putDocument(w.database.Name, next))
		}
		b.own(w)
		if before, ok := w.tree.ReplaceOrInsert(next); ok {
			next.older.Store(before)
			next.past = pastBytes + value.DocumentSize(before.Key, before.Fields)
		}
		event.Changes = append(event.Changes, Change{Old: old, New: next.alive(), version: next})
	}
	if len(event.Changes) > 0 {
		w.events = append(w.events, event)
	}
}

// own makes the working tree one that may be changed, and takes old tombstones out of it.
func (b *batch) own(w *working) {
	if w.cloned {
		return
	}
	w.tree, w.cloned = w.tree.Clone(), true
	w.past = w.database.past
	for _, v := range w.past.forget(w.database.late, b.last) {
		w.settled++
		if !v.deleted {
			continue
		}
		if current, _ := w.tree.Get(v); current == v {
			w.tree.Delete(v)
		}
	}
}

// publish makes the batch what readers see. It needs the lock of the Store.
func (b *batch) publish() {
	for _, d := range b.gone {
		d.deleted = true
		d.closeFeeds(notFound(d.Name))
		delete(b.store.databases, d.Name)
	}
	for name, w := range b.working {
		if !w.deleted {
			b.store.databases[name] = w.database
			w.publish()
		}
	}
}

func (w *working) publish() {
	d := w.database
	d.info, d.schema, d.tree = w.info, w.schema, w.tree
	if w.cloned {
		d.past.refused, d.past.since = w.past.refused, w.past.since
	}
	d.settle(w.settled)
	for _, e := range w.events {
		for _, c := range e.Changes {
			if c.version.deleted || c.version.older.Load() != nil {
				d.late = append(d.late, c.version)
				d.past.bytes += c.version.past
			}
		}
		e.After = &Snapshot{tree: d.tree, time: e.Time}
		d.feed(e)
	}
}
