package keyscan

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// target is a file to search.
type target struct {
	path  string
	named bool // by the caller, so that it may be a link
}

// walk finds the files.
type walk struct {
	worker
	files chan<- target
}

// from searches what a caller names.
func (w *walk) from(ctx context.Context, path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		w.unread(path, err)
	case info.IsDir():
		w.folder(ctx, path)
	case info.Mode().IsRegular():
		w.name(path)
		w.files <- target{path, true}
	default:
		w.unread(path, errNoFile)
	}
}

func (w *walk) folder(ctx context.Context, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil { // there may be entries nevertheless
		w.unread(dir, err)
	}
	git := isGit(entries)
	for _, entry := range entries {
		if ctx.Err() != nil {
			return
		}
		path := filepath.Join(dir, entry.Name())
		w.name(path)
		switch {
		case entry.IsDir() && git && entry.Name() == "objects":
			w.Left++
		case entry.IsDir():
			w.folder(ctx, path)
		case entry.Type().IsRegular():
			w.files <- target{path, false}
		default:
			w.Left++
		}
	}
}

// isGit reports whether a folder is where Git keeps a repository. The objects in it are compressed,
// so that no key can be seen there; its configuration, hooks and messages are not.
func isGit(entries []fs.DirEntry) bool {
	has := func(name string) bool {
		_, found := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
		return found
	}
	return has("HEAD") && has("objects") && has("refs")
}
