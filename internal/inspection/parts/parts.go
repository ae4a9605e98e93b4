// Package parts keeps the content that Service B receives, in its own bucket, until it is
// inspected: an object for each part, which never changes.
//
//	<tenant>/<document>/<generation>/<run>/<offset>-<random>
package parts

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

// Castagnoli is the polynomial of every checksum: it is that of Cloud Storage.
var Castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Bucket keeps parts. Safe for concurrent use.
type Bucket struct{ bucket *storage.BucketHandle }

// New returns a Bucket.
func New(b *storage.BucketHandle) *Bucket { return &Bucket{b} }

// What can be wrong with the body of a part.
var (
	// ErrShort reports a body that ended before its part did, or broke off.
	ErrShort = errors.New("parts: the body is shorter than it says")
	// ErrLong reports a body that goes on after the end of its part.
	ErrLong = errors.New("parts: the body is longer than it says")
)

// Write keeps a part of this size that begins at the offset. What it returns is durable. It holds
// nothing of the body in memory but a buffer.
func (b *Bucket) Write(ctx context.Context, of records.Item, offset, size int64, body io.Reader) (records.Part, error) {
	ctx, abandon := context.WithCancel(ctx)
	defer abandon() // an object of which not all was written does not come into being
	p := records.Part{Object: fmt.Sprintf("%s%013d-%s", prefix(of), offset, strings.ToLower(rand.Text())), Size: size}
	w := b.bucket.Object(p.Object).If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ChunkSize = 0 // one request
	w.ContentType = "application/octet-stream"
	sum := crc32.New(Castagnoli)
	from := &source{r: body}
	_, err := io.CopyN(io.MultiWriter(w, sum), from, size)
	switch {
	case err != nil && err == from.failed:
		return records.Part{}, fmt.Errorf("%w: %w", ErrShort, err)
	case err != nil:
		return records.Part{}, fmt.Errorf("parts: write: %w", err)
	}
	if n, _ := io.ReadFull(body, make([]byte, 1)); n > 0 {
		return records.Part{}, ErrLong
	}
	if err := w.Close(); err != nil {
		return records.Part{}, fmt.Errorf("parts: write: %w", err)
	}
	if w.Attrs().CRC32C != sum.Sum32() {
		return records.Part{}, errors.Join(errors.New("parts: the bucket has kept something else"), b.Delete(context.WithoutCancel(ctx), p))
	}
	return p, nil
}

// source remembers how the body ended: when it fails or ends too early, that is no fault of the
// bucket.
type source struct {
	r      io.Reader
	failed error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.failed = err
	return n, err
}

// Delete deletes one part. One that is gone is no error.
func (b *Bucket) Delete(ctx context.Context, p records.Part) error {
	err := b.bucket.Object(p.Object).Delete(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil
	}
	return err
}

// Clear deletes everything that was kept of a run.
func (b *Bucket) Clear(ctx context.Context, of records.Item) error {
	all := b.bucket.Objects(ctx, &storage.Query{Prefix: prefix(of), Projection: storage.ProjectionNoACL})
	for {
		o, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("parts: list: %w", err)
		}
		if err := b.Delete(ctx, records.Part{Object: o.Name}); err != nil {
			return fmt.Errorf("parts: delete: %w", err)
		}
	}
}

// prefix is where the parts of a run are. Names have no slashes.
func prefix(i records.Item) string {
	return fmt.Sprintf("%s/%s/%d/%s/", i.Tenant, i.ID, i.Generation, i.Run)
}
