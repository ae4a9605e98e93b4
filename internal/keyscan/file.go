package keyscan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// worker searches one file after the other.
type worker struct {
	Report
	maxFile int64
	buffer  []byte
	keys    func(id, key string) // or nil
}

func newWorker(o Options) worker {
	return worker{maxFile: o.MaxFile, buffer: make([]byte, bufferSize), keys: o.Keys}
}

var errNoFile = errors.New("it is neither a file nor a folder")

// file searches a file.
func (w *worker) file(ctx context.Context, t target) {
	if ctx.Err() != nil {
		return
	}
	f, err := open(t)
	if err != nil {
		w.unread(t.path, err)
		return
	}
	defer f.Close()
	w.search(t.path, contextReader{ctx, f})
}

// search searches what r yields.
func (w *worker) search(path string, r io.Reader) {
	read, err := keytext.Search(io.LimitReader(r, w.maxFile), w.buffer, func(l keytext.Line, key []byte) {
		w.place(Place{keytext.Redact(path), l.Line, l.ID, l.Checksum}, key)
	})
	w.Files++
	w.Bytes += int64(read)
	if err == nil && int64(read) == w.maxFile {
		if n, _ := r.Read(w.buffer[:1]); n > 0 {
			err = fmt.Errorf("only its first %d bytes were searched", w.maxFile)
		}
	}
	if err != nil && !errors.Is(err, errInterrupted) {
		w.unread(path, err)
	}
}

// name searches the last part of a path, for people call files by keys too.
func (w *worker) name(path string) {
	name := []byte(filepath.Base(path))
	for f := range keytext.Find(name) {
		w.place(Place{keytext.Redact(path), 0, f.ID, f.Checksum}, name[f.Start:f.End])
	}
}

func (w *worker) place(p Place, key []byte) {
	w.Places = append(w.Places, p)
	if w.keys != nil && p.Checksum != keytext.Wrong {
		w.keys(p.KeyID, string(key))
	}
}

// unread notes what could not be searched. An error of the file system repeats the path; it is left
// out.
func (w *worker) unread(path string, err error) {
	if in, ok := errors.AsType[*fs.PathError](err); ok {
		err = in.Err
	}
	w.Unread = append(w.Unread, Unread{keytext.Redact(path), keytext.Redact(err.Error())})
}

var errInterrupted = errors.New("the search was interrupted")

// contextReader reads until ctx ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errInterrupted
	}
	return r.Reader.Read(b)
}
