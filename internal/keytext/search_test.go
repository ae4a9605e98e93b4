package keytext_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

func search(t *testing.T, r io.Reader, size int) (lines []keytext.Line, read int, err error) {
	t.Helper()
	var all bytes.Buffer
	read, err = keytext.Search(io.TeeReader(r, &all), make([]byte, size), func(l keytext.Line, key []byte) {
		if text := all.Bytes()[l.Start:l.End]; !bytes.Equal(text, key) {
			t.Errorf("the key at %d is given as %q, want %q", l.Start, key, text)
		}
		lines = append(lines, l)
	})
	return lines, read, err
}

// TestSearchIsFind: wherever the parts end in which a text is read, the keys are those of the whole
// text, once each, and so are their lines.
func TestSearchIsFind(t *testing.T) {
	for shift := range 130 {
		text := strings.Repeat("\n", shift) + whole + "\n\n" + old + "," + old + "aaaaaaa" + strings.Repeat("x\n", 100) + whole
		var want []keytext.Line
		for f := range keytext.Find([]byte(text)) {
			want = append(want, keytext.Line{Found: f, Line: 1 + strings.Count(text[:f.Start], "\n")})
		}
		for name, r := range map[string]io.Reader{
			"as much as fits": strings.NewReader(text),
			"a byte at once":  iotest.OneByteReader(strings.NewReader(text)),
			"an end with it":  iotest.DataErrReader(strings.NewReader(text)),
		} {
			for _, size := range []int{120, 127, 128, 1000} {
				got, read, err := search(t, r, size)
				if d := cmp.Diff(want, got); d != "" || read != len(text) || err != nil {
					t.Fatalf("%d before, %s in parts of %d: %d bytes, %v (-want +got):\n%s", shift, name, size, read, err, d)
				}
				r = strings.NewReader(text)
			}
		}
	}
}

// TestSearchOfTooSmallABuffer: it takes one of its own.
func TestSearchOfTooSmallABuffer(t *testing.T) {
	if got, _, err := search(t, strings.NewReader("\n"+whole), 0); len(got) != 1 || got[0].Line != 2 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestSearchOfWhatBreaks: what was read before is searched, and the error is the reader's own.
func TestSearchOfWhatBreaks(t *testing.T) {
	for _, broken := range []error{errors.New("no disk"), io.ErrUnexpectedEOF, fmt.Errorf("wrapped: %w", io.EOF)} {
		r := io.MultiReader(strings.NewReader(whole), iotest.ErrReader(broken))
		got, read, err := search(t, r, 1000)
		if len(got) != 1 || read != len(whole) || err != broken { //nolint:errorlint // the very same
			t.Errorf("%v: %v, %d bytes, %v", broken, got, read, err)
		}
	}
}

// FuzzFind: no text stops it, what it finds is there, Parse says the same of it, and nothing that
// is redacted holds a key.
func FuzzFind(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("bhk_" + old + whole + "a"))
	f.Fuzz(func(t *testing.T, text []byte) {
		last := -1
		for f := range keytext.Find(text) {
			if f.Start <= last || f.End > len(text) || !bytes.HasPrefix(text[f.Start:], []byte("bhk_"+f.ID+"_")) {
				t.Fatalf("%+v after %d in %q", f, last, text)
			}
			last = f.Start
			if id, _, ok := keytext.Parse(string(text[f.Start:f.End])); ok != (f.Checksum != keytext.Wrong) || ok && id != f.ID {
				t.Fatalf("%+v is parsed as %q, %v", f, id, ok)
			}
		}
		for f := range keytext.Find([]byte(keytext.Redact(string(text)))) {
			t.Fatalf("%+v is left", f)
		}
	})
}
