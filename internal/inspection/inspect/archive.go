package inspect

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"github.com/klauspost/compress/zstd"
)

// packing is how a file holds others.
type packing int

const (
	loose  packing = iota // it holds none
	zipped                // documents of office programs are zipped, too
	tarred
	gzipped
	bzipped
	zstandard
	closed // in a form that is not looked into
)

// packings are the packings by media type. A type that is based on another is packed like it.
var packings = []struct {
	mediaType string
	packing   packing
}{
	{"application/zip", zipped},
	{"application/x-tar", tarred},
	{"application/gzip", gzipped},
	{"application/x-bzip2", bzipped},
	{"application/zstd", zstandard},
	{"application/x-7z-compressed", closed},
	{"application/x-rar-compressed", closed},
	{"application/x-xz", closed},
	{"application/vnd.ms-cab-compressed", closed},
	{"application/lzip", closed},
}

func packingOf(head []byte) packing {
	for t := mimetype.Detect(head); t != nil; t = t.Parent() {
		for _, p := range packings {
			if t.Is(p.mediaType) {
				return p.packing
			}
		}
	}
	return loose
}

// errEnough ends the look at a file at which a limit was reached. What was found stands.
var errEnough = errors.New("inspect: a limit is reached")

// free is how much may come of a packed byte before the ratio is looked at.
const free = 1 << 20

// shownName is how much of a hostile name a report repeats, in bytes.
const shownName = 512

// archive looks into a file that holds others: the file itself, or the entry with these names.
func (i *inspection) archive(file io.ReaderAt, size int64, as packing, names []string) error {
	switch {
	case as == loose:
		return nil
	case as == closed:
		i.found(Opaque, names)
		return nil
	case len(names) >= i.limits.Depth:
		i.found(Nesting, names)
		return nil
	}
	if len(names) == 0 {
		i.report.Archive = &Archive{Entries: []Entry{}}
	}
	var err error
	if as == zipped {
		err = i.zip(file, size, names)
	} else {
		err = i.stream(io.NewSectionReader(file, 0, size), size, as, names)
	}
	return i.malformed(err, names)
}

// malformed is err, unless it says that an archive is not of its form, or ends too early: that is a
// finding.
func (i *inspection) malformed(err error, names []string) error {
	var broken *brokenError
	switch {
	case errors.As(err, &broken):
		i.found(Malformed, names)
		return nil
	case err != nil:
		return err
	}
	return i.ctx.Err()
}

// brokenError is what a decoder says of what it was given.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return "inspect: malformed: " + e.cause.Error() }
func (e *brokenError) Unwrap() error { return e.cause }

// broken makes a brokenError of a decoder's error; nil, a reached limit and a call that is done
// stay what they are.
func broken(err error) error {
	if err == nil || errors.Is(err, errEnough) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &brokenError{err}
}

func (i *inspection) zip(file io.ReaderAt, size int64, names []string) error {
	all, err := zip.NewReader(file, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return &brokenError{err}
	}
	for _, f := range all.File {
		within := with(names, f.Name)
		mode := f.Mode()
		if mode.IsDir() {
			if err := i.entry(Entry{Name: f.Name, Folder: true}, nil, 0, names); err != nil {
				return err
			}
			continue
		}
		if f.Flags&1 != 0 {
			i.found(Encrypted, within)
			if err := i.entry(Entry{Name: f.Name}, nil, 0, names); err != nil {
				return err
			}
			continue
		}
		r, err := f.Open()
		if errors.Is(err, zip.ErrAlgorithm) {
			i.found(Opaque, within)
			err = i.entry(Entry{Name: f.Name}, nil, 0, names)
		} else if err == nil {
			if mode.Type() == fs.ModeSymlink {
				err = i.link(f.Name, r, names)
			} else {
				err = i.entry(Entry{Name: f.Name}, r, int64(min(max(f.CompressedSize64, 1), uint64(size))), names)
			}
			_ = r.Close() // what it read was checked as it was read
		}
		if err := i.malformed(broken(err), within); err != nil {
			return err
		}
	}
	return nil
}

// link looks where a symbolic link of a zip archive leads: its content says it.
func (i *inspection) link(name string, r io.Reader, names []string) error {
	to, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return err
	}
	if leadsOut(name, string(to)) {
		i.found(Escape, with(names, name))
	}
	return i.entry(Entry{Name: name}, nil, 0, names)
}

// stream looks into what is unpacked from its beginning to its end. size is how much is packed.
func (i *inspection) stream(r io.Reader, size int64, as packing, names []string) error {
	inner := i.stop(r)
	switch as {
	case tarred:
		return i.tar(inner, size, names)
	case gzipped:
		z, err := gzip.NewReader(inner)
		if err != nil {
			return broken(err)
		}
		inner = z
	case bzipped:
		inner = bzip2.NewReader(inner)
	case zstandard:
		z, err := zstd.NewReader(inner, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return broken(err)
		}
		defer z.Close()
		inner = z
	}
	head, err := readHead(inner)
	if err != nil {
		return broken(err)
	}
	inner = io.MultiReader(bytes.NewReader(head), inner)
	if packingOf(head) == tarred {
		return i.tar(inner, size, names)
	}
	return broken(i.entry(Entry{Name: "content"}, inner, size, names))
}

func (i *inspection) tar(r io.Reader, size int64, names []string) error {
	bounded := i.bounded(r, size, names)
	all := tar.NewReader(bounded)
	for {
		h, err := all.Next()
		if err == io.EOF { // what follows is packed too, and its digest stands at its end
			_, err := io.Copy(io.Discard, bounded)
			return broken(err)
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return broken(err)
		}
		e := Entry{Name: h.Name, Folder: h.Typeflag == tar.TypeDir}
		switch h.Typeflag {
		case tar.TypeReg:
			err = i.entry(e, all, 0, names)
		case tar.TypeSymlink:
			if leadsOut(h.Name, h.Linkname) {
				i.found(Escape, with(names, h.Name))
			}
			err = i.entry(e, nil, 0, names)
		case tar.TypeLink:
			if escapes(h.Linkname) {
				i.found(Escape, with(names, h.Name))
			}
			err = i.entry(e, nil, 0, names)
		default:
			err = i.entry(e, nil, 0, names)
		}
		if err != nil {
			return broken(err)
		}
	}
}

// entry looks at an entry of an archive: at its name, and at its content if there is some to read.
// packed is how much is packed; zero if that was counted outside.
func (i *inspection) entry(e Entry, content io.Reader, packed int64, names []string) error {
	within := with(names, e.Name)
	if i.entries++; i.entries > i.limits.Entries {
		i.found(Entries, names)
		return errEnough
	}
	if escapes(e.Name) {
		i.found(Escape, within)
	}
	list := func() {
		a := i.report.Archive
		a.Count, a.Unpacked = i.entries, i.unpacked
		if len(names) == 0 && len(a.Entries) < i.limits.Listed {
			e.Name = shown(e.Name)
			a.Entries = append(a.Entries, e)
		}
	}
	defer list()
	if content == nil {
		return nil
	}
	if packed > 0 {
		content = i.bounded(content, packed, within)
	}
	head, err := readHead(content)
	if err != nil {
		return err
	}
	e.Size = int64(len(head))
	e.Type = typeOf(head)
	as := packingOf(head)
	if len(head) < headSize && isTestVirus(head, e.Size) {
		i.found(TestVirus, within)
	}
	if as == loose || as == closed || len(within) >= i.limits.Depth {
		n, err := io.Copy(io.Discard, content)
		e.Size += n
		if err != nil {
			return err
		}
		return i.archive(nil, 0, as, within)
	}
	rest, err := io.ReadAll(io.LimitReader(content, i.limits.Nested-int64(len(head))+1))
	if err != nil {
		return err
	}
	whole := slices.Concat(head, rest)
	e.Size = int64(len(whole))
	if e.Size > i.limits.Nested {
		n, err := io.Copy(io.Discard, content)
		e.Size += n
		i.found(Opaque, within)
		return err
	}
	file, size := inMemory(whole)
	return i.archive(file, size, as, within)
}

// bounded is r until more comes of it than may, by size or by ratio to what was packed.
func (i *inspection) bounded(r io.Reader, packed int64, names []string) io.Reader {
	return &boundedReader{i: i, r: i.stop(r), most: max(packed, 1) * i.limits.Ratio, names: names}
}

type boundedReader struct {
	i     *inspection
	r     io.Reader
	came  int64
	most  int64
	names []string
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.came += int64(n)
	b.i.unpacked += int64(n)
	if b.i.unpacked > b.i.limits.Unpacked || b.came > free && b.came > b.most {
		b.i.found(Bomb, b.names)
		return n, errEnough
	}
	return n, err
}

// readHead reads what says of which type the content is. The end of a content that is short is no
// error. That of one that was cut off is, and both would be the same to io.ReadFull.
func readHead(r io.Reader) (head []byte, err error) {
	head = make([]byte, headSize)
	n := 0
	for n < headSize && err == nil {
		var more int
		more, err = r.Read(head[n:])
		n += more
	}
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}

// escapes reports whether whoever unpacks an entry under its name would write outside of the
// folder, on any system.
func escapes(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	if strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || strings.ContainsRune(name, 0) {
		return true
	}
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// leadsOut reports whether a symbolic link under this name leads out of the folder.
func leadsOut(name, to string) bool {
	to = strings.ReplaceAll(to, `\`, "/")
	return escapes(name) || strings.HasPrefix(to, "/") || escapes(path.Dir(name)+"/"+to) || len(to) > 1 && to[1] == ':'
}

// with is names, and one more.
func with(names []string, name string) []string { return append(slices.Clone(names), shown(name)) }

// shown is a name as a report repeats it.
func shown(name string) string {
	if len(name) > shownName {
		name = name[:shownName]
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}
