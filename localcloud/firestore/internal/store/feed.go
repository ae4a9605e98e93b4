package store

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Change is what a commit did to one document.
type Change struct {
	Old, New *Document // nil: none

	version *Document
}

// Event is what a commit did to a database.
type Event struct {
	Time    time.Time
	Changes []Change
	After   *Snapshot // the database right after the commit
}

// maxBacklog is how many events a feed holds for a reader that is slow.
const maxBacklog = 10_000

// Feed delivers the events of a database, in order.
type Feed struct {
	database *Database
	ready    chan struct{} // holds a token while there is something to take

	// Guarded by the lock of the Store.
	events []Event
	err    error
}

// Subscribe returns a feed of all that happens to the database from now on. The caller must close
// it. The error is NotFound.
func (d *Database) Subscribe() (*Feed, error) {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	if d.deleted {
		return nil, notFound(d.Name)
	}
	f := &Feed{database: d, ready: make(chan struct{}, 1)}
	d.feeds[f] = struct{}{}
	return f, nil
}

// Ready returns a channel that can be received from when Take has something new to return.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take returns the events since the last call, and the database as they leave it. An error ends the
// feed: the database was deleted, or the reader is too slow.
func (f *Feed) Take() ([]Event, *Snapshot, error) {
	mu := &f.database.store.mu
	mu.Lock()
	defer mu.Unlock()
	if f.err != nil {
		return nil, nil, f.err
	}
	events := f.events
	f.events = nil
	now, err := f.database.snapshot()
	return events, now, err
}

// Close ends the feed.
func (f *Feed) Close() {
	mu := &f.database.store.mu
	mu.Lock()
	defer mu.Unlock()
	delete(f.database.feeds, f)
}

// feed delivers an event. It needs the lock of the Store.
func (d *Database) feed(e Event) {
	for f := range d.feeds {
		f.events = append(f.events, e)
		if len(f.events) > maxBacklog {
			f.fail(status.Error(codes.ResourceExhausted, "too many changes wait to be received"))
		}
		f.signal()
	}
}

// closeFeeds ends all feeds. It needs the lock of the Store.
func (d *Database) closeFeeds(err error) {
	for f := range d.feeds {
		f.fail(err)
		f.signal()
	}
}

func (f *Feed) fail(err error) {
	f.events, f.err = nil, err
	delete(f.database.feeds, f)
}

func (f *Feed) signal() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// Key returns the key of the document that changed.
func (c Change) Key() resource.Key { return c.version.Key }
