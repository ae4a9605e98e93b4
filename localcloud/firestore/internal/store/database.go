package store

import (
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/btree"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

const treeDegree = 32

// Database is a database that exists or did: one that was deleted answers NotFound.
type Database struct {
	Name resource.Database

	store *Store

	// Guarded by the lock of the Store.
	info    *adminpb.Database // never changed, only replaced
	schema  *index.Schema     // likewise
	tree    *btree.BTreeG[*Document]
	late    []*Document // versions with a past that can still be read, and tombstones in the tree; oldest first
	past    past
	deleted bool
	feeds   map[*Feed]struct{}
}

func newDatabase(s *Store, name resource.Database, info *adminpb.Database) *Database {
	return &Database{
		Name:   name,
		store:  s,
		info:   info,
		schema: &index.Schema{},
		tree:   btree.NewG(treeDegree, less),
		feeds:  map[*Feed]struct{}{},
	}
}

// Info returns what the Admin API tells about the database.
func (d *Database) Info() *adminpb.Database {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	return proto.Clone(d.info).(*adminpb.Database)
}

// Schema returns the indexes of the database.
func (d *Database) Schema() *index.Schema {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	return d.schema
}

// Snapshot returns the database as it stands.
func (d *Database) Snapshot() (*Snapshot, error) {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	return d.snapshot()
}

func (d *Database) snapshot() (*Snapshot, error) {
	if d.deleted {
		return nil, notFound(d.Name)
	}
	return &Snapshot{tree: d.tree, time: d.store.readTime()}, nil
}

// SnapshotAt returns the database as it stood at t: no later than now, and no earlier than
// [Retention] ago, or than the past that there is room for. A time out of range is answered with
// InvalidArgument or FailedPrecondition.
func (d *Database) SnapshotAt(t time.Time) (*Snapshot, error) {
	s := d.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.After(s.clock.wall()) && t.After(s.clock.last) {
		return nil, status.Errorf(codes.InvalidArgument, "the read time %v is in the future", t)
	}
	if err := d.keeps(t); err != nil {
		return nil, err
	}
	for s.writing && !t.Before(s.batchTime) {
		s.published.Wait()
	}
	past, err := d.snapshot()
	if err != nil {
		return nil, err
	}
	past.time = t
	return past, nil
}

// Keeps reports, as FailedPrecondition, that a snapshot of time t cannot be read any longer. One
// that can be read now can be read for a minute more.
func (d *Database) Keeps(t time.Time) error {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	return d.keeps(t)
}

func (d *Database) keeps(t time.Time) error {
	if t.Before(d.store.horizon()) || t.Before(d.past.refused) {
		return status.Errorf(codes.FailedPrecondition, "the read time %v is too old: versions are kept for %v, "+
			"or as many as take %d MiB", t, Retention, maxPast>>20)
	}
	return nil
}

// settle cuts off what came before the first n late versions: no snapshot that is being read is
// that old. It needs the lock of the Store.
func (d *Database) settle(n int) {
	for _, v := range d.late[:n] {
		d.past.bytes -= v.past
		v.older.Store(nil)
	}
	clear(d.late[:n]) // the array lives on, and would keep them alive
	d.late = d.late[n:]
}

func notFound(name resource.Database) error {
	return status.Errorf(codes.NotFound, "The database %s does not exist for project %s.", name.ID, name.Project)
}
