package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/index"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// putSchema writes all indexes of a database. The record of an index is when it was begun and when
// it is ready, each in eight bytes as microseconds since 1970, then
// google.firestore.admin.v1.Index.
func putSchema(name resource.Database, schema *index.Schema) change {
	return func(tx *bbolt.Tx) error {
		if err := dropSchema(tx, name); err != nil {
			return err
		}
		indexes, err := tx.Bucket(indexesBucket).CreateBucket([]byte(name.String()))
		if err != nil {
			return err
		}
		for _, m := range schema.Made {
			record := binary.BigEndian.AppendUint64(nil, uint64(m.Begun.UnixMicro()))
			record = binary.BigEndian.AppendUint64(record, uint64(m.Ready.UnixMicro()))
			if record, err = (proto.MarshalOptions{}).MarshalAppend(record, m.Index); err != nil {
				return err
			}
			if err := indexes.Put([]byte(m.Index.Name), record); err != nil {
				return err
			}
		}
		fields, err := tx.Bucket(fieldsBucket).CreateBucket([]byte(name.String()))
		if err != nil {
			return err
		}
		for _, f := range schema.Fields {
			record, err := proto.Marshal(f)
			if err != nil {
				return err
			}
			if err := fields.Put([]byte(f.Name), record); err != nil {
				return err
			}
		}
		return nil
	}
}

// dropSchema removes what putSchema wrote, if it did.
func dropSchema(tx *bbolt.Tx, name resource.Database) error {
	for _, bucket := range [][]byte{indexesBucket, fieldsBucket} {
		err := tx.Bucket(bucket).DeleteBucket([]byte(name.String()))
		if err != nil && !errors.Is(err, bbolterrors.ErrBucketNotFound) {
			return err
		}
	}
	return nil
}

func loadSchema(tx *bbolt.Tx, name []byte) (*index.Schema, error) {
	schema := &index.Schema{}
	if indexes := tx.Bucket(indexesBucket).Bucket(name); indexes != nil {
		err := indexes.ForEach(func(key, record []byte) error {
			m := index.Made{Index: new(adminpb.Index)}
			if len(record) < 16 {
				return fmt.Errorf("index %s: the record is cut off", key)
			}
			m.Begun, m.Ready = moment(record), moment(record[8:])
			schema.Made = append(schema.Made, m)
			return proto.Unmarshal(record[16:], m.Index)
		})
		if err != nil {
			return nil, err
		}
	}
	if fields := tx.Bucket(fieldsBucket).Bucket(name); fields != nil {
		err := fields.ForEach(func(_, record []byte) error {
			f := new(adminpb.Field)
			schema.Fields = append(schema.Fields, f)
			return proto.Unmarshal(record, f)
		})
		if err != nil {
			return nil, err
		}
	}
	return schema, nil
}

func moment(b []byte) time.Time { return time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC() }
