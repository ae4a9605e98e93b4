package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// The file holds, at its top level:
//
//	clock      "last" -> the time of the last commit, microseconds since 1970
//	databases  name   -> google.firestore.admin.v1.Database
//	documents  name   -> a bucket: path -> google.firestore.v1.Document without its name
//	operations name   -> google.longrunning.Operation
//	indexes    name   -> a bucket, for each database: the index's name -> see putSchema
//	fields     name   -> a bucket likewise: the field's name -> google.firestore.admin.v1.Field
var (
	clockBucket      = []byte("clock")
	databasesBucket  = []byte("databases")
	documentsBucket  = []byte("documents")
	operationsBucket = []byte("operations")
	indexesBucket    = []byte("indexes")
	fieldsBucket     = []byte("fields")
	lastKey          = []byte("last")
)

type disk struct{ db *bbolt.DB }

// change is one step of a batch in the file.
type change func(*bbolt.Tx) error

func openDisk(path string) (*disk, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:        time.Second,
		FreelistType:   bbolt.FreelistMapType,
		NoFreelistSync: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{clockBucket, databasesBucket, documentsBucket, operationsBucket, indexesBucket, fieldsBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &disk{db: db}, nil
}

func (d *disk) close() error { return d.db.Close() }

// write makes all changes and the time of the last commit durable, or none.
func (d *disk) write(changes []change, last time.Time) error {
	return d.db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := c(tx); err != nil {
				return err
			}
		}
		at := binary.BigEndian.AppendUint64(nil, uint64(last.UnixMicro()))
		return tx.Bucket(clockBucket).Put(lastKey, at)
	})
}

// load reads the whole file into s.
func (d *disk) load(s *Store) error {
	return d.db.View(func(tx *bbolt.Tx) error {
		if at := tx.Bucket(clockBucket).Get(lastKey); at != nil {
			s.clock.last = time.UnixMicro(int64(binary.BigEndian.Uint64(at))).UTC()
		}
		return tx.Bucket(databasesBucket).ForEach(func(name, info []byte) error {
			db, err := loadDatabase(s, tx, name, info)
			if err != nil {
				return fmt.Errorf("load %s: %w", name, err)
			}
			s.databases[db.Name] = db
			return nil
		})
	})
}

func loadDatabase(s *Store, tx *bbolt.Tx, name, record []byte) (*Database, error) {
	parsed, err := resource.ParseDatabase(string(name))
	if err != nil {
		return nil, err
	}
	info := new(adminpb.Database)
	if err := proto.Unmarshal(record, info); err != nil {
		return nil, err
	}
	db := newDatabase(s, parsed, info)
	if db.schema, err = loadSchema(tx, name); err != nil {
		return nil, err
	}
	collection := ""
	err = tx.Bucket(documentsBucket).Bucket(name).ForEach(func(path, record []byte) error {
		var pb firestorepb.Document
		if err := proto.Unmarshal(record, &pb); err != nil {
			return fmt.Errorf("document %s: %w", path, err)
		}
		key := resource.KeyOf(string(path))
		if key.Collection == collection {
			key.Collection = collection // neighbours share the string
		}
		collection = key.Collection
		db.tree.ReplaceOrInsert(&Document{
			Key:     key,
			Fields:  pb.Fields,
			Created: pb.CreateTime.AsTime(),
			Updated: pb.UpdateTime.AsTime(),
		})
		return nil
	})
	return db, err
}

func putDocument(db resource.Database, d *Document) change {
	return func(tx *bbolt.Tx) error {
		record, err := proto.Marshal(&firestorepb.Document{
			Fields:     d.Fields,
			CreateTime: timestamppb.New(d.Created),
			UpdateTime: timestamppb.New(d.Updated),
		})
		if err != nil {
			return err
		}
		return tx.Bucket(documentsBucket).Bucket([]byte(db.String())).Put([]byte(d.Key.Path()), record)
	}
}

func deleteDocument(db resource.Database, key resource.Key) change {
	return func(tx *bbolt.Tx) error {
		return tx.Bucket(documentsBucket).Bucket([]byte(db.String())).Delete([]byte(key.Path()))
	}
}

func putDatabase(name resource.Database, info *adminpb.Database) change {
	return func(tx *bbolt.Tx) error {
		record, err := proto.Marshal(info)
		if err != nil {
			return err
		}
		if _, err := tx.Bucket(documentsBucket).CreateBucketIfNotExists([]byte(name.String())); err != nil {
			return err
		}
		return tx.Bucket(databasesBucket).Put([]byte(name.String()), record)
	}
}

func deleteDatabase(name resource.Database) change {
	return func(tx *bbolt.Tx) error {
		if err := tx.Bucket(documentsBucket).DeleteBucket([]byte(name.String())); err != nil {
			return err
		}
		if err := dropSchema(tx, name); err != nil {
			return err
		}
		return tx.Bucket(databasesBucket).Delete([]byte(name.String()))
	}
}
