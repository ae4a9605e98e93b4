package store

import (
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Commit is what a commit under way sees and stages.
type Commit struct {
	Time time.Time // the time of the commit

	base   *Snapshot
	staged map[resource.Key]*Document // nil: deleted
	order  []resource.Key
}

// Submit queues a commit to the database. All that run puts and deletes comes about together, or
// nothing does if run returns an error, which the commit then answers with. run is called on the
// committer: it must not block.
func (d *Database) Submit(run func(*Commit) error) *Pending {
	return d.store.submit(func(b *batch, at time.Time) error {
		w, err := b.open(d)
		if err != nil {
			return err
		}
		c := &Commit{
			Time:   at,
			base:   &Snapshot{tree: w.tree, time: at},
			staged: map[resource.Key]*Document{},
		}
		if err := run(c); err != nil {
			return err
		}
		b.take(w, c)
		return nil
	})
}

// Before returns the database as it stands before the commit.
func (c *Commit) Before() *Snapshot { return c.base }

// Get returns the document at key as the commit leaves it so far, nil if there is none.
func (c *Commit) Get(key resource.Key) *Document {
	if d, ok := c.staged[key]; ok {
		return d
	}
	return c.base.Get(key)
}

// Put stages a document with the fields, which must not be changed afterwards.
func (c *Commit) Put(key resource.Key, fields map[string]*firestorepb.Value) {
	next := &Document{Key: key, Fields: fields, Created: c.Time, Updated: c.Time}
	if current := c.Get(key); current != nil {
		next.Created = current.Created
	}
	c.stage(key, next)
}

// Delete stages that there is no document at key.
func (c *Commit) Delete(key resource.Key) { c.stage(key, nil) }

func (c *Commit) stage(key resource.Key, d *Document) {
	if _, again := c.staged[key]; !again {
		c.order = append(c.order, key)
	}
	c.staged[key] = d
}
