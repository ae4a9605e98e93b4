package store

import (
	"crypto/md5"
	"crypto/rand"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Blob is a content being written. It is a writer; it becomes part of the store through Put or
// Finish, or not at all.
type Blob struct {
	name string
	path string
	file *os.File
	size int64
	crc  hash.Hash32
	md5  hash.Hash
}

// NewBlob begins a content. The caller discards it unless it hands it on.
func (s *Store) NewBlob() (*Blob, error) {
	b := &Blob{name: rand.Text(), crc: crc32.New(castagnoli), md5: md5.New()}
	b.path = filepath.Join(s.blobs, b.name)
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: new content: %w", err)
	}
	b.file = f
	return b, nil
}

// Write appends to the content.
func (b *Blob) Write(p []byte) (int, error) {
	n, err := b.file.Write(p)
	b.crc.Write(p[:n])
	b.md5.Write(p[:n])
	b.size += int64(n)
	return n, err
}

// Size is the number of bytes written.
func (b *Blob) Size() int64 { return b.size }

// CRC32C is the Castagnoli checksum of the bytes written.
func (b *Blob) CRC32C() uint32 { return b.crc.Sum32() }

// MD5 is the MD5 sum of the bytes written.
func (b *Blob) MD5() []byte { return b.md5.Sum(nil) }

// Discard forgets the content.
func (b *Blob) Discard() {
	b.file.Close()
	os.Remove(b.path)
}

// Release closes the content and leaves it where it is, for a session that goes on.
func (b *Blob) Release() { b.file.Close() }

// seal makes the content and its name in the folder durable.
func (b *Blob) seal() error {
	if err := errors.Join(b.file.Sync(), b.file.Close()); err != nil {
		return fmt.Errorf("store: write content: %w", err)
	}
	return syncDir(filepath.Dir(b.path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// sums is the state of a blob's checksums.
type sums struct{ CRC, MD5 []byte }

// state returns what reopen needs to go on with the checksums.
func (b *Blob) state() ([]byte, error) {
	crc, err := b.crc.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, err
	}
	md, err := b.md5.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(sums{crc, md})
}

// reopen goes on with a content at offset; what a crash left beyond it is cut off.
func (s *Store) reopen(name string, offset int64, state []byte) (*Blob, error) {
	b := &Blob{name: name, path: filepath.Join(s.blobs, name), size: offset, crc: crc32.New(castagnoli), md5: md5.New()}
	if state != nil {
		var at sums
		if err := json.Unmarshal(state, &at); err != nil {
			return nil, err
		}
		err := errors.Join(
			b.crc.(encoding.BinaryUnmarshaler).UnmarshalBinary(at.CRC),
			b.md5.(encoding.BinaryUnmarshaler).UnmarshalBinary(at.MD5))
		if err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(b.path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("store: reopen content: %w", err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Truncate(offset); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b.file = f
	return b, nil
}

// remove deletes a content's file. A file that cannot be removed is no harm: the next Open sweeps
// it.
func (s *Store) remove(blob string) { os.Remove(filepath.Join(s.blobs, blob)) }

// sweep removes the contents that no record names.
func (s *Store) sweep() error {
	files, err := os.ReadDir(s.blobs)
	if err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		named := tx.Bucket(kBlobs)
		for _, f := range files {
			if named.Get([]byte(f.Name())) == nil {
				s.remove(f.Name())
			}
		}
		return nil
	})
}
