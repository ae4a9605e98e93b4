// Package keyscan looks for API keys in files. It asks nobody: what it says of a key is what can be
// seen from its text. What it reports, and its errors, hold no secret. Keys themselves are given to
// Options.Keys alone.
package keyscan

import (
	"cmp"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// Place is where a key was found.
type Place struct {
	Path     string // a key in it is redacted
	Line     int    // 1 for the first; 0: the key is in the file's name
	KeyID    string
	Checksum keytext.Checksum
}

// Unread is a file or folder that could not be searched, or not to its end.
type Unread struct {
	Path   string // as a Place's
	Reason string
}

// Report is what a Scan saw. Places and Unread are sorted by path.
type Report struct {
	Places []Place
	Unread []Unread

	Files int   // that were read
	Bytes int64 // of them
	Left  int   // links, devices and stores of Git objects that were left alone, as they are always
}

// Options bound a Scan. Zero values are defaults.
type Options struct {
	MaxFile int64     // how much of a file is read, in bytes; 0: DefaultMaxFile
	Stdin   io.Reader // what the path "-" is

	// Keys is called with the id and the text of each key that is found, if it is not nil: as often
	// as it is found, by several goroutines. What has a wrong checksum is no key.
	Keys func(id, key string)
}

// DefaultMaxFile is how much of a file is read, in bytes.
const DefaultMaxFile = 1 << 30

// bufferSize is how much of a file is held at once: small files fit.
const bufferSize = 64 << 10

// Scan searches the files at the paths, and those in the folders there, whatever they hold. Links
// are not followed, but a path may be one. If ctx ends, so does the search, and the report says
// what was not read.
func Scan(ctx context.Context, paths []string, o Options) Report {
	o.MaxFile = cmp.Or(o.MaxFile, DefaultMaxFile)
	files := make(chan target, 256)
	workers := make([]worker, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		*w = newWorker(o)
		group.Go(func() {
			for t := range files {
				w.file(ctx, t)
			}
		})
	}
	walk := walk{newWorker(o), files} // in this goroutine
	for _, path := range paths {
		if path == "-" {
			walk.search(path, contextReader{ctx, o.Stdin})
		} else {
			walk.from(ctx, path)
		}
	}
	close(files)
	group.Wait()

	if ctx.Err() != nil {
		for _, path := range paths {
			walk.unread(path, errInterrupted)
		}
	}
	report := walk.Report
	for _, w := range workers {
		report.add(w.Report)
	}
	report.sort()
	return report
}

func (r *Report) add(o Report) {
	r.Places, r.Unread = append(r.Places, o.Places...), append(r.Unread, o.Unread...)
	r.Files, r.Bytes, r.Left = r.Files+o.Files, r.Bytes+o.Bytes, r.Left+o.Left
}

// sort sorts by path, and lists what was found twice, by two paths or in one line, once.
func (r *Report) sort() {
	slices.SortFunc(r.Places, func(a, b Place) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.KeyID, b.KeyID), cmp.Compare(a.Checksum, b.Checksum))
	})
	slices.SortFunc(r.Unread, func(a, b Unread) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason))
	})
	r.Places, r.Unread = slices.Compact(r.Places), slices.Compact(r.Unread)
}
