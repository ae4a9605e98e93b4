package document_test

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

type note struct{}

// place is the place of a number; its parser takes more than one text for it, as strconv does.
type place struct{ n int }

func (p place) Text() string  { return strconv.Itoa(p.n) }
func (p place) Values() []any { return []any{p.n} }

func parse(s string) (place, error) {
	n, err := strconv.Atoi(s)
	return place{n}, err
}

func TestID(t *testing.T) {
	one, other := document.NewID[note](), document.NewID[note]()
	if got, err := document.ParseID[note](one.String()); err != nil || got != one || got == other || got.IsZero() {
		t.Errorf("%v, %v came back as %v, %v", one, other, got, err)
	}
	for _, s := range []string{"", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("A", 32), strings.Repeat("/", 32)} {
		if got, err := document.ParseID[note](s); !errors.Is(err, document.ErrInvalid) || !got.IsZero() {
			t.Errorf("ParseID(%q) = %v, %v", s, got, err)
		}
	}
}

func TestCursorHasOneForm(t *testing.T) {
	raw := base64.RawURLEncoding.EncodeToString
	if c, err := document.ParseCursor("", parse); err != nil || !c.IsZero() || c.String() != "" {
		t.Errorf("the beginning: %v, %v", c, err)
	}
	if c, err := document.ParseCursor(raw([]byte("12")), parse); err != nil || c != document.After(place{12}) {
		t.Errorf("a place: %v, %v", c, err)
	}
	for name, s := range map[string]string{
		"another text of the place": raw([]byte("+12")),
		"the beginning, spelt out":  raw([]byte("0")),
		"no place":                  raw([]byte("twelve")),
		"padded":                    base64.URLEncoding.EncodeToString([]byte("1")),
		"bits that mean nothing":    "MTJ", // "12" with one of the last two bits set
		"a line break":              raw([]byte("12")) + "\n",
		"not UTF-8":                 raw([]byte("1\xff")),
		"too long":                  raw([]byte(strings.Repeat("0", 4096) + "12")),
	} {
		if c, err := document.ParseCursor(s, parse); !errors.Is(err, document.ErrInvalid) || !c.IsZero() {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	want := time.Date(2026, 3, 1, 11, 0, 0, 123456000, time.UTC)
	if got := document.Time(at); got != want {
		t.Errorf("%v is kept as %v, want %v", at, got, want)
	}
	if got, err := document.TimeOfMicros(want.UnixMicro()); err != nil || got != want {
		t.Errorf("%v came back as %v, %v", want, got, err)
	}
	for _, n := range []int64{-1, 253402300800000000} {
		if _, err := document.TimeOfMicros(n); !errors.Is(err, document.ErrInvalid) {
			t.Errorf("%d microseconds: %v", n, err)
		}
	}
}
