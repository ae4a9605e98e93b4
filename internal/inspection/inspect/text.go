package inspect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textReader counts what is written to it, and keeps the beginning. Bytes that are not UTF-8 count
// as a character each.
type textReader struct {
	counted Text
	preview strings.Builder
	left    int    // characters of the preview
	rest    []byte // of a character whose other bytes have not come yet
	inWord  bool
	last    rune
}

func newTextReader(preview int) *textReader { return &textReader{left: preview} }

// Write never fails.
func (t *textReader) Write(p []byte) (int, error) {
	n := len(p)
	if len(t.rest) > 0 {
		p = append(t.rest, p...)
		t.rest = nil
	}
	for len(p) > 0 {
		if !utf8.FullRune(p) {
			t.rest = append([]byte(nil), p...)
			return n, nil
		}
		r, size := utf8.DecodeRune(p)
		t.add(r)
		p = p[size:]
	}
	return n, nil
}

func (t *textReader) add(r rune) {
	t.counted.Characters++
	if r == '\n' {
		t.counted.Lines++
	}
	space := unicode.IsSpace(r)
	if !space && !t.inWord {
		t.counted.Words++
	}
	t.inWord, t.last = !space, r
	if t.left > 0 && (r == '\n' || r == '\t' || unicode.IsGraphic(r)) {
		t.left--
		t.preview.WriteRune(r)
	}
}

// text is what was counted. A last line needs no line break.
func (t *textReader) text() *Text {
	for range t.rest {
		t.add(utf8.RuneError)
	}
	t.rest = nil
	if t.counted.Characters > 0 && t.last != '\n' {
		t.counted.Lines++
		t.last = '\n'
	}
	t.counted.Preview = t.preview.String()
	return &t.counted
}
