package parts

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

const (
	blockSize  = 1 << 20 // bytes that are read from the bucket at once
	mostBlocks = 4       // that a File remembers
)

// File is the parts of a generation as one file. It implements sandbox.Source, and holds a few
// pieces of the file in memory, however large that is.
type File struct {
	bucket *Bucket
	parts  []records.Part

	mu     sync.Mutex
	blocks []block // the one that was used last comes last
	open   stream  // where reading has come to
}

// stream is a part that is being read: most files are read from end to end.
type stream struct {
	io.ReadCloser
	object string
	at     int64 // the next byte, in the part
}

type block struct {
	at   int64 // where it begins, in the file
	data []byte
}

// Open returns parts as one file.
func (b *Bucket) Open(all []records.Part) *File { return &File{bucket: b, parts: all} }

// ReadAt reads as that of io.ReaderAt does.
func (f *File) ReadAt(ctx context.Context, p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(p) {
		b, err := f.block(ctx, at)
		if err != nil {
			return n, err
		}
		copied := copy(p[n:], b.data[at-b.at:])
		n, at = n+copied, at+int64(copied)
	}
	return n, nil
}

// block returns the block that the place is in. Blocks end where parts do.
func (f *File) block(ctx context.Context, at int64) (block, error) {
	for i, b := range f.blocks {
		if at >= b.at && at < b.at+int64(len(b.data)) {
			f.blocks = append(append(f.blocks[:i:i], f.blocks[i+1:]...), b)
			return b, nil
		}
	}
	begins := int64(0)
	for _, p := range f.parts {
		if at < begins || at >= begins+p.Size {
			begins += p.Size
			continue
		}
		within := (at - begins) / blockSize * blockSize
		data, err := f.read(ctx, p, within, min(blockSize, p.Size-within))
		if err != nil {
			return block{}, err
		}
		if len(f.blocks) == mostBlocks {
			f.blocks = f.blocks[1:]
		}
		b := block{begins + within, data}
		f.blocks = append(f.blocks, b)
		return b, nil
	}
	return block{}, io.EOF
}

// read returns n bytes of a part. It goes on with what is being read, if they follow.
func (f *File) read(ctx context.Context, p records.Part, at, n int64) ([]byte, error) {
	if f.open.ReadCloser == nil || f.open.object != p.Object || f.open.at != at {
		f.end()
		r, err := f.bucket.bucket.Object(p.Object).NewRangeReader(ctx, at, -1)
		if err != nil {
			return nil, fmt.Errorf("parts: read: %w", err)
		}
		f.open = stream{r, p.Object, at}
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(f.open, data); err != nil {
		f.end()
		return nil, fmt.Errorf("parts: read: %w", err)
	}
	if f.open.at += n; f.open.at == p.Size {
		f.end()
	}
	return data, nil
}

func (f *File) end() {
	if f.open.ReadCloser != nil {
		_ = f.open.Close()
	}
	f.open = stream{}
}

// Close ends what is being read. The file can be read again afterwards.
func (f *File) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
}
