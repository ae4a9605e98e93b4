package store

import (
	"log/slog"
	"sync"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Retention is for how long versions of documents can be read that are no longer current. They do
// not outlive the process.
const Retention = time.Hour

// Store holds all databases of a project.
type Store struct {
	log  *slog.Logger
	disk *disk
	stop chan struct{} // closed by Close
	done chan struct{} // closed when the committer has ended
	wake chan struct{} // holds one token while commits wait

	mu        sync.Mutex
	clock     clock
	opened    time.Time
	databases map[resource.Database]*Database
	queue     []*Pending
	closed    bool
	writing   bool      // a batch is under way
	batchTime time.Time // while writing: no commit of the batch has an earlier time
	published *sync.Cond
}

// Open opens the store kept in the file at path, or makes it. Only one process can have it open.
func Open(path string, now func() time.Time, log *slog.Logger) (*Store, error) {
	d, err := openDisk(path)
	if err != nil {
		return nil, err
	}
	s := &Store{
		log:       log,
		disk:      d,
		stop:      make(chan struct{}),
		done:      make(chan struct{}),
		wake:      make(chan struct{}, 1),
		clock:     clock{now: now},
		databases: map[resource.Database]*Database{},
	}
	s.published = sync.NewCond(&s.mu)
	if err := d.load(s); err != nil {
		d.close()
		return nil, err
	}
	s.opened = s.clock.read()
	go s.run()
	return s, nil
}

// Close ends the store once the commits under way are answered. Later ones are answered with
// Unavailable.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	<-s.done
	return s.disk.close()
}

// Database returns the database of that name; the error is NotFound.
func (s *Store) Database(name resource.Database) (*Database, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.databases[name]; d != nil {
		return d, nil
	}
	return nil, notFound(name)
}

// Databases returns what the Admin API tells about each database.
func (s *Store) Databases() []*adminpb.Database {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*adminpb.Database
	for _, d := range s.databases {
		all = append(all, proto.Clone(d.info).(*adminpb.Database))
	}
	return all
}

// readTime returns the time up to which the published trees are complete. It needs the lock.
func (s *Store) readTime() time.Time {
	if s.writing {
		return s.batchTime.Add(-time.Microsecond)
	}
	return s.clock.read()
}

// horizon returns the earliest time of which a snapshot can be had of a database that is not short
// of room. It needs the lock.
func (s *Store) horizon() time.Time {
	h := s.clock.last.Add(-Retention)
	if h.Before(s.opened) {
		return s.opened
	}
	return h
}
