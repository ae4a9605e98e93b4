package store

import (
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"go.etcd.io/bbolt"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Admin is a change to the set of databases under way. All of it comes about together, or nothing
// does.
type Admin struct {
	Time  time.Time // the time of the change
	batch *batch
}

// Administer changes the set of databases as run says, and returns once that is durable. run is
// called on the committer: it must not block.
func (s *Store) Administer(run func(*Admin) error) error {
	_, err := s.submit(func(b *batch, at time.Time) error {
		return run(&Admin{Time: at, batch: b})
	}).Wait()
	return err
}

// Database returns what is known about the database, nil if there is none. It must not be changed.
func (a *Admin) Database(name resource.Database) *adminpb.Database {
	if w := a.batch.find(name); w != nil {
		return w.info
	}
	return nil
}

// Create makes an empty database. There must be none of that name.
func (a *Admin) Create(name resource.Database, info *adminpb.Database) {
	d := newDatabase(a.batch.store, name, info)
	a.batch.working[name] = &working{database: d, info: info, schema: d.schema, tree: d.tree}
	a.batch.changes = append(a.batch.changes, putDatabase(name, info))
}

// Update replaces what is known about a database, which must exist.
func (a *Admin) Update(name resource.Database, info *adminpb.Database) {
	a.batch.find(name).info = info
	a.batch.changes = append(a.batch.changes, putDatabase(name, info))
}

// Delete deletes a database with all its documents. It must exist.
func (a *Admin) Delete(name resource.Database) {
	w := a.batch.find(name)
	w.deleted = true
	a.batch.gone = append(a.batch.gone, w.database)
	a.batch.changes = append(a.batch.changes, deleteDatabase(name))
}

// Schema returns the indexes of a database, nil if there is none of that name.
func (a *Admin) Schema(name resource.Database) *index.Schema {
	if w := a.batch.find(name); w != nil {
		return w.schema
	}
	return nil
}

// SetSchema makes those the indexes of a database, which must exist.
func (a *Admin) SetSchema(name resource.Database, schema *index.Schema) {
	a.batch.find(name).schema = schema
	a.batch.changes = append(a.batch.changes, putSchema(name, schema))
}

// Record keeps a long-running operation under its name.
func (a *Admin) Record(op *longrunningpb.Operation) {
	a.batch.changes = append(a.batch.changes, func(tx *bbolt.Tx) error {
		record, err := proto.Marshal(op)
		if err != nil {
			return err
		}
		return tx.Bucket(operationsBucket).Put([]byte(op.Name), record)
	})
}

// Operation returns the recorded operation of that name; the error is NotFound.
func (s *Store) Operation(name string) (*longrunningpb.Operation, error) {
	op := new(longrunningpb.Operation)
	err := s.disk.db.View(func(tx *bbolt.Tx) error {
		record := tx.Bucket(operationsBucket).Get([]byte(name))
		if record == nil {
			return status.Errorf(codes.NotFound, "there is no operation %q", name)
		}
		return proto.Unmarshal(record, op)
	})
	return op, err
}
