package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, file []byte, limits inspect.Limits) inspect.Report {
	t.Helper()
	r, err := inspect.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), limits)
	must(t, err)
	if sum := sha256.Sum256(file); r.SHA256 != hex.EncodeToString(sum[:]) || r.Size != int64(len(file)) {
		t.Errorf("digest %s and size %d are not those of the file", r.SHA256, r.Size)
	}
	return r
}

// member is what a test puts into an archive.
type member struct {
	name, content string
	link          bool // content is where it leads
}

func zipOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.link {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(f, m.content)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func tarOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.content)), Typeflag: tar.TypeReg}
		if m.link {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, m.content, 0
		}
		must(t, w.WriteHeader(h))
		if !m.link {
			_, err := io.WriteString(w, m.content)
			must(t, err)
		}
	}
	must(t, w.Close())
	return b.Bytes()
}

func gzipOf(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func zstdOf(t *testing.T, content []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	return w.EncodeAll(content, nil)
}

// virus is the EICAR test string, put together so that no scanner takes this file for it.
const virus = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR` + `-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

const page = "<!doctype html><html><body>Hello</body></html>"

// TestType: the content says what a file is, and nothing else.
func TestType(t *testing.T) {
	for what, tt := range map[string]struct {
		file []byte
		want string
	}{
		"a text":      {[]byte("Hello\n"), "text/plain"},
		"a page":      {[]byte(page), "text/html"},
		"a picture":   {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png"},
		"a zip":       {zipOf(t, member{name: "a.txt", content: "a"}), "application/zip"},
		"a tar":       {tarOf(t, member{name: "a.txt", content: "a"}), "application/x-tar"},
		"bytes":       {[]byte{0, 1, 2, 3}, "application/octet-stream"},
		"an SVG":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml"},
		"a zstandard": {zstdOf(t, []byte("a")), "application/zstd"},
	} {
		if got := look(t, tt.file, inspect.DefaultLimits()).Type; got != tt.want {
			t.Errorf("%s is %q, want %q", what, got, tt.want)
		}
	}
}

// TestTestVirus: the file that every scanner knows is found alone and in archives, and a text that
// is about it is not.
func TestTestVirus(t *testing.T) {
	at := func(names ...string) []inspect.Finding {
		return []inspect.Finding{{Kind: inspect.TestVirus, At: strings.Join(names, " > ")}}
	}
	for what, tt := range map[string]struct {
		file []byte
		want []inspect.Finding
	}{
		"the file":                       {[]byte(virus), at()},
		"with a line break":              {[]byte(virus + "\r\n"), at()},
		"in a zip":                       {zipOf(t, member{name: "a/b.com", content: virus}), at("a/b.com")},
		"in a tar":                       {tarOf(t, member{name: "b.com", content: virus}), at("b.com")},
		"in a gzip":                      {gzipOf(t, []byte(virus)), at("content")},
		"in a zstandard":                 {zstdOf(t, []byte(virus)), at("content")},
		"in a zip in a gzip of a tar":    {gzipOf(t, tarOf(t, member{name: "in.zip", content: string(zipOf(t, member{name: "b.com", content: virus}))})), at("in.zip", "b.com")},
		"a text about it":                {[]byte("The string is " + virus), nil},
		"a long file that begins so":     {[]byte(virus + strings.Repeat(" ", 100)), nil},
		"followed by something else":     {[]byte(virus + "x"), nil},
		"its beginning, and no more":     {[]byte(virus[:60]), nil},
		"an archive with something else": {zipOf(t, member{name: "a", content: "a"}), nil},
	} {
		r := look(t, tt.file, inspect.DefaultLimits())
		if diff := cmp.Diff(tt.want, r.Findings); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", what, diff)
		}
		if r.IsHarmful() != (tt.want != nil) {
			t.Errorf("%s: harmful %v", what, r.IsHarmful())
		}
	}
}

// TestEscapes: an entry that would be unpacked outside of its folder, on any system, by its name or
// by where it leads.
func TestEscapes(t *testing.T) {
	for name, out := range map[string]bool{
		"a.txt": false, "a/b.txt": false, "a/../b.txt": false, "./a": false, "..a/b": false, "a..": false, "...": false,
		"../a": true, "a/../../b": true, "/etc/passwd": true, `..\a`: true, `\\host\share`: true, `C:\a`: true, "c:a": true,
		`a\..\..\b`: true, "a\x00../b": true,
	} {
		for form, make := range map[string]func(*testing.T, ...member) []byte{"zip": zipOf, "tar": tarOf} {
			if form == "tar" && strings.ContainsRune(name, 0) {
				continue // a name ends there
			}
			r := look(t, make(t, member{name: "first", content: "a"}, member{name: name, content: "a"}), inspect.DefaultLimits())
			want := []inspect.Finding{{Kind: inspect.Escape, At: name}}
			if !out {
				want = nil
			}
			if diff := cmp.Diff(want, r.Findings); diff != "" {
				t.Errorf("%q in a %s: (-want +got)\n%s", name, form, diff)
			}
			if r.Archive.Count != 2 {
				t.Errorf("%q in a %s: %d entries are counted", name, form, r.Archive.Count)
			}
		}
	}
	for to, out := range map[string]bool{
		"b": false, "../b": false, "../../b": true, "/b": true, `..\..\b`: true, `C:\b`: true,
	} {
		for form, make := range map[string]func(*testing.T, ...member) []byte{"zip": zipOf, "tar": tarOf} {
			r := look(t, make(t, member{"a/link", to, true}), inspect.DefaultLimits())
			if got := len(r.Findings) == 1 && r.Findings[0].Kind == inspect.Escape; got != out || len(r.Findings) > 1 {
				t.Errorf("a link to %q in a %s: %v", to, form, r.Findings)
			}
		}
	}
}

// TestBounds: what a file may demand is bounded, and reaching a bound is a finding.
func TestBounds(t *testing.T) {
	limits := inspect.DefaultLimits()
	limits.Unpacked, limits.Ratio, limits.Entries, limits.Depth, limits.Nested, limits.Listed = 8<<20, 100, 50, 2, 1<<20, 5
	zeros := strings.Repeat("\x00", 4<<20)
	var many, noisy []member
	for n := range 60 {
		many = append(many, member{name: fmt.Sprint("file", n), content: "a"})
	}
	noise := make([]byte, 3<<20) // of which no more comes than is packed
	x := uint32(1)
	for n := range noise {
		x = x*1664525 + 1013904223
		noise[n] = byte(x >> 24)
	}
	for n := range 3 {
		noisy = append(noisy, member{name: fmt.Sprint("noise", n), content: string(noise)})
	}
	deep := zipOf(t, member{name: "leaf", content: "a"})
	for n := range 3 {
		deep = zipOf(t, member{name: fmt.Sprintf("level%d.zip", 3-n), content: string(deep)})
	}
	large := zipOf(t, member{name: "large.zip", content: string(zipOf(t, member{name: "noise", content: string(noise[:2<<20])}))})
	for what, tt := range map[string]struct {
		file []byte
		want inspect.Finding
	}{
		"zeros in a zip":         {zipOf(t, member{name: "zeros", content: zeros}), inspect.Finding{Kind: inspect.Bomb, At: "zeros"}},
		"zeros in a gzip":        {gzipOf(t, []byte(zeros)), inspect.Finding{Kind: inspect.Bomb, At: "content"}},
		"zeros in a zstandard":   {zstdOf(t, []byte(zeros)), inspect.Finding{Kind: inspect.Bomb, At: "content"}},
		"zeros in a tar, packed": {gzipOf(t, tarOf(t, member{name: "zeros", content: zeros})), inspect.Finding{Kind: inspect.Bomb}},
		"more than is unpacked":  {zipOf(t, noisy...), inspect.Finding{Kind: inspect.Bomb, At: "noise2"}},
		"too many entries":       {zipOf(t, many...), inspect.Finding{Kind: inspect.Entries}},
		"too many in a tar":      {tarOf(t, many...), inspect.Finding{Kind: inspect.Entries}},
		"too deep":               {deep, inspect.Finding{Kind: inspect.Nesting, At: "level1.zip > level2.zip"}},
		"an archive too large":   {large, inspect.Finding{Kind: inspect.Opaque, At: "large.zip"}},
	} {
		r := look(t, tt.file, limits)
		if diff := cmp.Diff([]inspect.Finding{tt.want}, r.Findings); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", what, diff)
		}
		if r.Archive.Unpacked > limits.Unpacked+1<<20 {
			t.Errorf("%s: %d bytes were unpacked", what, r.Archive.Unpacked)
		}
		if len(r.Archive.Entries) > limits.Listed {
			t.Errorf("%s: %d entries are listed", what, len(r.Archive.Entries))
		}
	}
	if r := look(t, deep, inspect.DefaultLimits()); len(r.Findings) != 1 || r.Findings[0].At != "level1.zip > level2.zip > level3.zip" {
		t.Errorf("with a depth of 3: %v", r.Findings)
	}
}

// TestFlood: a file with more findings than are listed hides none that is harmful.
func TestFlood(t *testing.T) {
	limits := inspect.DefaultLimits()
	limits.Listed = 3
	var members []member
	for n := range 10 {
		members = append(members, member{name: fmt.Sprintf("%d.7z", n), content: "7z\xBC\xAF\x27\x1C\x00\x04"})
	}
	members = append(members, member{name: "../a", content: virus}, member{name: "../b", content: virus})
	want := []inspect.Finding{
		{Kind: inspect.Opaque, At: "0.7z"}, {Kind: inspect.Opaque, At: "1.7z"}, {Kind: inspect.Opaque, At: "2.7z"},
		{Kind: inspect.Escape, At: "../a"}, {Kind: inspect.TestVirus, At: "../a"},
	}
	if diff := cmp.Diff(want, look(t, zipOf(t, members...), limits).Findings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestSizesThatLie: a zip that says that an entry is packed in more than there is has no more room
// for it.
func TestSizesThatLie(t *testing.T) {
	limits := inspect.DefaultLimits()
	file := zipOf(t, member{name: "zeros", content: strings.Repeat("\x00", 4<<20)})
	directory := bytes.LastIndex(file, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file[directory+20:], 1<<30)
	r := look(t, file, limits)
	if !r.IsHarmful() || r.Archive.Unpacked > 2<<20 {
		t.Errorf("%v, %d bytes were unpacked", r.Findings, r.Archive.Unpacked)
	}
}

// TestList: what an archive lists.
func TestList(t *testing.T) {
	file := zipOf(t, member{name: "docs/"}, member{name: "docs/a.html", content: page}, member{name: "b.txt", content: "Hello"})
	want := &inspect.Archive{Count: 3, Unpacked: int64(len(page) + len("Hello")), Entries: []inspect.Entry{
		{Name: "docs/", Folder: true}, {Name: "docs/a.html", Size: int64(len(page)), Type: "text/html"}, {Name: "b.txt", Size: 5, Type: "text/plain"},
	}}
	if diff := cmp.Diff(want, look(t, file, inspect.DefaultLimits()).Archive); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestBrokenArchives: one that is cut off or spoilt is malformed, and what was read of it stands.
func TestBrokenArchives(t *testing.T) {
	text := strings.Repeat("Hello, all of you. ", 2000)
	sound := map[string][]byte{
		"zip": zipOf(t, member{name: "a", content: text}), "tar": tarOf(t, member{name: "a", content: text}),
		"gzip": gzipOf(t, []byte(text)), "tgz": gzipOf(t, tarOf(t, member{name: "a", content: text})), "zstandard": zstdOf(t, []byte(text)),
		"short gzip": gzipOf(t, []byte("Hello")), "short zstandard": zstdOf(t, []byte("Hello")),
	}
	for form, file := range sound {
		if r := look(t, file, inspect.DefaultLimits()); r.Findings != nil {
			t.Errorf("a sound %s: %v", form, r.Findings)
		}
		for _, at := range []int{len(file) / 2, len(file) - 5} {
			if form == "tar" && at > len(file)/2 {
				continue // its end is padding
			}
			r := look(t, file[:at], inspect.DefaultLimits())
			if len(r.Findings) != 1 || r.Findings[0].Kind != inspect.Malformed || r.IsHarmful() {
				t.Errorf("a %s that ends at %d of %d: %v", form, at, len(file), r.Findings)
			}
		}
	}
	spoilt := bytes.Clone(sound["zip"])
	spoilt[60] ^= 0xff
	if r := look(t, spoilt, inspect.DefaultLimits()); len(r.Findings) != 1 || r.Findings[0] != (inspect.Finding{Kind: inspect.Malformed, At: "a"}) {
		t.Errorf("a zip with a spoilt entry: %v", r.Findings)
	}
	locked := bytes.Clone(sound["zip"])
	directory := bytes.LastIndex(locked, []byte("PK\x01\x02"))
	locked[directory+8] |= 1
	if r := look(t, locked, inspect.DefaultLimits()); len(r.Findings) != 1 || r.Findings[0] != (inspect.Finding{Kind: inspect.Encrypted, At: "a"}) {
		t.Errorf("a zip with a locked entry: %v", r.Findings)
	}
	if r := look(t, []byte("7z\xBC\xAF\x27\x1C\x00\x04"), inspect.DefaultLimits()); len(r.Findings) != 1 || r.Findings[0].Kind != inspect.Opaque || r.IsHarmful() {
		t.Errorf("a 7z: %v", r.Findings)
	}
}

// TestText: what a text has, wherever its bytes were cut on the way.
func TestText(t *testing.T) {
	for text, want := range map[string]inspect.Text{
		"Grüße,\tWelt\nzwei":        {Lines: 2, Words: 3, Characters: 16, Preview: "Grüße,\tWelt\nzwei"},
		"one\n":                     {Lines: 1, Words: 1, Characters: 4, Preview: "one\n"},
		"a\x1b[31mred":              {Lines: 1, Words: 1, Characters: 9, Preview: "a[31mred"},
		"日本語 テキスト\r\n\r\n":          {Lines: 2, Words: 2, Characters: 12, Preview: "日本語 テキスト\n\n"},
		strings.Repeat("ab ", 2000): {Lines: 1, Words: 2000, Characters: 6000, Preview: strings.Repeat("ab ", 666) + "ab"},
	} {
		r := look(t, []byte(text), inspect.DefaultLimits())
		if r.Text == nil {
			t.Errorf("%.20q is of type %s", text, r.Type)
			continue
		}
		if diff := cmp.Diff(want, *r.Text); diff != "" {
			t.Errorf("%.20q: (-want +got)\n%s", text, diff)
		}
	}
	if r := look(t, nil, inspect.DefaultLimits()); r.Findings != nil || r.Text != nil && r.Text.Lines != 0 {
		t.Errorf("an empty file: %+v", r)
	}
}

// failing reads some of a file, and then fails.
type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// lossy reads a file so many times, and then fails.
type lossy struct {
	file io.ReaderAt
	left int
	err  error
}

func (l *lossy) ReadAt(p []byte, at int64) (int, error) {
	if l.left--; l.left < 0 {
		return 0, l.err
	}
	return l.file.ReadAt(p, at)
}

// TestErrors: a file that cannot be read, and a call that is done, are errors. Nothing is reported.
func TestErrors(t *testing.T) {
	lost := errors.New("lost")
	if _, err := inspect.Inspect(t.Context(), failing{lost}, 10, inspect.DefaultLimits()); !errors.Is(err, lost) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	for form, file := range map[string][]byte{
		"zip": zipOf(t, member{name: "a", content: "a"}), "tar": tarOf(t, member{name: "a", content: "a"}), "gzip": gzipOf(t, []byte("a")),
	} {
		if _, err := inspect.Inspect(t.Context(), &lossy{bytes.NewReader(file), 2, lost}, int64(len(file)), inspect.DefaultLimits()); !errors.Is(err, lost) {
			t.Errorf("a %s that is lost when it is read for the second time: %v", form, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := zipOf(t, member{name: "a", content: "a"})
	if _, err := inspect.Inspect(ctx, bytes.NewReader(file), int64(len(file)), inspect.DefaultLimits()); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is done: %v", err)
	}
	if _, err := inspect.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), inspect.Limits{}); err == nil {
		t.Error("no limits are limits")
	}
}

// FuzzInspect: whatever a file is, it is reported.
func FuzzInspect(f *testing.F) {
	t := new(testing.T)
	for _, seed := range [][]byte{
		nil, []byte(virus), []byte(page), zipOf(t, member{name: "a", content: "a"}), tarOf(t, member{name: "a", content: "a"}),
		gzipOf(t, []byte("a")), zstdOf(t, []byte("a")),
	} {
		f.Add(seed)
	}
	limits := inspect.DefaultLimits()
	limits.Unpacked, limits.Nested, limits.Pixels = 1<<20, 1<<16, 1<<16
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := inspect.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), limits); err != nil {
			t.Error(err)
		}
	})
}
