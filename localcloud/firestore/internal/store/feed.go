package store

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
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

// Subscribe returns the database as it stands and a feed of all that happens to it from then on. The caller must
// close the feed.
func (d *Database) Subscribe() (*Snapshot, *Feed, error) {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	snapshot, err := d.snapshot()
	if err != nil {
		return nil, nil, err
	}
	f := &Feed{database: d, ready: make(chan struct{}, 1)}
	d.feeds[f] = struct{}{}
	return snapshot, f, nil
}

// Ready returns a channel that can be received from when Take has something new to return.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take returns the events since the last call. An error ends the feed: the database was deleted, or the reader is too
// slow.
func (f *Feed) Take() ([]Event, error) {
	mu := &f.database.store.mu
	mu.Lock()
	defer mu.Unlock()
	events := f.events
	f.events = nil
	return events, f.err
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
