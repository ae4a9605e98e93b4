package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// Upload is a multipart upload under way. It stays until it is completed or aborted, or its bucket
// goes.
type Upload struct {
	ID      string
	Owner   string // the account that began it
	Object  Object // what it will become: bucket, name, settings
	Created time.Time
}

// Part is a part of a multipart upload.
type Part struct {
	Number   int
	Blob     string
	Size     int64
	CRC32C   uint32
	MD5      []byte
	Modified time.Time
}

// BeginUpload keeps a new upload and gives it an id.
func (s *Store) BeginUpload(u Upload) (Upload, error) {
	err := s.update(func(t *txn) error {
		if _, err := bucket(t.Tx, u.Object.Bucket); err != nil {
			return err
		}
		u.ID, u.Created = fmt.Sprintf("%016X", t.now.UnixMicro())+rand.Text(), t.now
		if _, err := t.Bucket(kParts).CreateBucket([]byte(u.ID)); err != nil {
			return err
		}
		return put(t.Bucket(kUploads), []byte(u.ID), u)
	})
	return u, err
}

// Upload returns an upload, or ErrNoSession.
func (s *Store) Upload(id string) (u Upload, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		u, err = upload(tx, id)
		return err
	})
	return u, err
}

func upload(tx *bbolt.Tx, id string) (Upload, error) {
	u, ok, err := get[Upload](tx.Bucket(kUploads), []byte(id))
	if err == nil && !ok {
		err = ErrNoSession
	}
	return u, err
}

// Uploads returns the uploads into a bucket whose objects' names begin with prefix, by name and
// then in the order they began.
func (s *Store) Uploads(bucketName, prefix string) (all []Upload, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := bucket(tx, bucketName); err != nil {
			return err
		}
		uploads := tx.Bucket(kUploads)
		return uploads.ForEach(func(k, _ []byte) error {
			u, _, err := get[Upload](uploads, k)
			if err == nil && u.Object.Bucket == bucketName && strings.HasPrefix(u.Object.Name, prefix) {
				all = append(all, u)
			}
			return err
		})
	})
	slices.SortStableFunc(all, func(a, b Upload) int { return strings.Compare(a.Object.Name, b.Object.Name) })
	return all, err
}

func partKey(number int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(number)) }

// PutPart makes b a part of an upload, in the place of one of the same number. It takes b over,
// whatever comes of it. When it returns nil the part is durable.
func (s *Store) PutPart(id string, number int, b *Blob) (p Part, err error) {
	if err := b.seal(); err != nil {
		b.Discard()
		return Part{}, err
	}
	err = s.update(func(t *txn) error {
		if _, err := upload(t.Tx, id); err != nil {
			return err
		}
		parts := t.Bucket(kParts).Bucket([]byte(id))
		was, ok, err := get[Part](parts, partKey(number))
		if err == nil && ok {
			err = t.drop(was.Blob)
		}
		if err != nil {
			return err
		}
		p = Part{Number: number, Blob: b.name, Size: b.size, CRC32C: b.CRC32C(), MD5: b.MD5(), Modified: t.now}
		return errors.Join(t.Bucket(kBlobs).Put([]byte(b.name), []byte{}), put(parts, partKey(number), p))
	})
	if err != nil {
		b.Discard()
	}
	return p, err
}

// Parts returns at most limit parts of an upload whose numbers are greater than after, by number;
// more says that there are others.
func (s *Store) Parts(id string, after, limit int) (page []Part, more bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := upload(tx, id); err != nil {
			return err
		}
		parts := tx.Bucket(kParts).Bucket([]byte(id))
		c := parts.Cursor()
		for k, _ := c.Seek(partKey(after + 1)); k != nil; k, _ = c.Next() {
			if more = len(page) == limit; more {
				return nil
			}
			p, _, err := get[Part](parts, k)
			if err != nil {
				return err
			}
			page = append(page, p)
		}
		return nil
	})
	return page, more, err
}

// Complete makes the parts, in that order, the content of an object, and ends the upload. The error
// is ErrPartGone when one was replaced since it was read.
func (s *Store) Complete(u Upload, chosen []Part, admit Admit) (o Object, err error) {
	b, err := s.joinParts(chosen)
	if err != nil {
		return Object{}, err
	}
	if err := b.seal(); err != nil {
		b.Discard()
		return Object{}, err
	}
	err = s.update(func(t *txn) error {
		if _, err := upload(t.Tx, u.ID); err != nil {
			return err
		}
		parts := t.Bucket(kParts).Bucket([]byte(u.ID))
		for _, p := range chosen {
			if now, ok, err := get[Part](parts, partKey(p.Number)); err != nil || !ok || now.Blob != p.Blob {
				return errors.Join(ErrPartGone, err)
			}
		}
		made := u.Object
		made.Components = len(chosen)
		if o, err = t.putObject(made, b, admit); err != nil {
			return err
		}
		return t.dropUpload(u.ID)
	})
	if err != nil {
		b.Discard()
	}
	return o, err
}

func (s *Store) joinParts(chosen []Part) (*Blob, error) {
	b, err := s.NewBlob()
	if err != nil {
		return nil, err
	}
	for _, p := range chosen {
		f, err := os.Open(filepath.Join(s.blobs, p.Blob))
		if errors.Is(err, os.ErrNotExist) {
			err = ErrPartGone
		}
		if err == nil {
			_, err = io.CopyN(b, f, p.Size)
			f.Close()
		}
		if err != nil {
			b.Discard()
			return nil, fmt.Errorf("store: part %d: %w", p.Number, err)
		}
	}
	return b, nil
}

// AbortUpload ends an upload and forgets its parts.
func (s *Store) AbortUpload(id string) error {
	return s.update(func(t *txn) error {
		if _, err := upload(t.Tx, id); err != nil {
			return err
		}
		return t.dropUpload(id)
	})
}

func (t *txn) dropUpload(id string) error {
	parts := t.Bucket(kParts).Bucket([]byte(id))
	err := parts.ForEach(func(k, _ []byte) error {
		p, _, err := get[Part](parts, k)
		return errors.Join(err, t.drop(p.Blob))
	})
	return errors.Join(err, t.Bucket(kParts).DeleteBucket([]byte(id)), t.Bucket(kUploads).Delete([]byte(id)))
}

// dropUploadsInto ends all uploads into a bucket.
func (t *txn) dropUploadsInto(bucketName string) error {
	uploads := t.Bucket(kUploads)
	var ids []string
	err := uploads.ForEach(func(k, _ []byte) error {
		u, _, err := get[Upload](uploads, k)
		if u.Object.Bucket == bucketName {
			ids = append(ids, u.ID)
		}
		return err
	})
	for _, id := range ids {
		err = errors.Join(err, t.dropUpload(id))
	}
	return err
}
