package uploads_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
)

func TestParseID(t *testing.T) {
	for range 100 {
		id := uploads.NewID()
		got, err := uploads.ParseID(id.String())
		if err != nil || got != id {
			t.Fatalf("ParseID(%q) = %v, %v", id, got, err)
		}
	}
	good := strings.Repeat("0a", 16)
	for _, s := range []string{
		"", ".", "..", "__x__", good[1:], good + "0", strings.ToUpper(good), good[:30] + "/x", good[:31] + "/", good[:31] + "\x00",
		good[:31] + "g", "../" + good, good + "/private/secret", "%30" + good[1:], strings.Repeat("0", 1501), good[:31] + "é",
	} {
		if _, err := uploads.ParseID(s); !errors.Is(err, uploads.ErrInvalid) {
			t.Errorf("ParseID(%q): %v, want ErrInvalid", s, err)
		}
	}
}

func TestIntent(t *testing.T) {
	good := uploads.Intent{Name: "report.pdf", Size: 1, ContentType: "application/pdf"}
	with := func(change func(*uploads.Intent)) uploads.Intent {
		i := good
		change(&i)
		return i
	}
	for name, tt := range map[string]struct {
		intent uploads.Intent
		want   error
	}{
		"plain":         {good, nil},
		"largest":       {with(func(i *uploads.Intent) { i.Size = uploads.MaxSize }), nil},
		"too large":     {with(func(i *uploads.Intent) { i.Size = uploads.MaxSize + 1 }), uploads.ErrTooLarge},
		"empty file":    {with(func(i *uploads.Intent) { i.Size = 0 }), uploads.ErrInvalid},
		"negative":      {with(func(i *uploads.Intent) { i.Size = -1 }), uploads.ErrInvalid},
		"no name":       {with(func(i *uploads.Intent) { i.Name = "" }), uploads.ErrInvalid},
		"long name":     {with(func(i *uploads.Intent) { i.Name = strings.Repeat("a", 256) }), uploads.ErrInvalid},
		"longest name":  {with(func(i *uploads.Intent) { i.Name = strings.Repeat("a", 255) }), nil},
		"folder":        {with(func(i *uploads.Intent) { i.Name = "a/b" }), uploads.ErrInvalid},
		"other folder":  {with(func(i *uploads.Intent) { i.Name = `a\b` }), uploads.ErrInvalid},
		"parent":        {with(func(i *uploads.Intent) { i.Name = ".." }), uploads.ErrInvalid},
		"line break":    {with(func(i *uploads.Intent) { i.Name = "a\r\nb" }), uploads.ErrInvalid},
		"NUL":           {with(func(i *uploads.Intent) { i.Name = "a\x00b" }), uploads.ErrInvalid},
		"reversed":      {with(func(i *uploads.Intent) { i.Name = "a\u202egpj.exe" }), uploads.ErrInvalid},
		"not UTF-8":     {with(func(i *uploads.Intent) { i.Name = "a\xff" }), uploads.ErrInvalid},
		"other scripts": {with(func(i *uploads.Intent) { i.Name = "отчёт 报告.pdf" }), nil},
		"soft hyphen":   {with(func(i *uploads.Intent) { i.Name = "Donau\u00addampf.pdf" }), nil},
		"flag of tags": {with(func(i *uploads.Intent) {
			i.Name = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f.png"
		}), nil},
		"private use":       {with(func(i *uploads.Intent) { i.Name = "a\uf022b.txt" }), nil},
		"isolate":           {with(func(i *uploads.Intent) { i.Name = "a\u2066b.txt" }), uploads.ErrInvalid},
		"line separator":    {with(func(i *uploads.Intent) { i.Name = "a\u2028b.txt" }), uploads.ErrInvalid},
		"shows as nothing":  {with(func(i *uploads.Intent) { i.Name = "\u3164\u00ad" }), uploads.ErrInvalid},
		"nothing and a dot": {with(func(i *uploads.Intent) { i.Name = ".\u200b. " }), uploads.ErrInvalid},
		"joined emoji":      {with(func(i *uploads.Intent) { i.Name = "👩\u200d🚀.png" }), nil},
		"quotes":            {with(func(i *uploads.Intent) { i.Name = `a "b" 100%; c.pdf` }), nil},
		"in a folder":       {with(func(i *uploads.Intent) { i.Folder = "Reports/März 2026" }), nil},
		"ten folders":       {with(func(i *uploads.Intent) { i.Folder = "a/b/c/d/e/f/g/h/i/j" }), nil},
		"eleven folders":    {with(func(i *uploads.Intent) { i.Folder = "a/b/c/d/e/f/g/h/i/j/k" }), uploads.ErrInvalid},
		"a folder up":       {with(func(i *uploads.Intent) { i.Folder = "a/../b" }), uploads.ErrInvalid},
		"a folder's root":   {with(func(i *uploads.Intent) { i.Folder = "/a" }), uploads.ErrInvalid},
		"a folder's end":    {with(func(i *uploads.Intent) { i.Folder = "a/" }), uploads.ErrInvalid},
		"a folder's line":   {with(func(i *uploads.Intent) { i.Folder = "a\nb" }), uploads.ErrInvalid},
		"no type":           {with(func(i *uploads.Intent) { i.ContentType = "" }), nil},
		"type with comment": {with(func(i *uploads.Intent) { i.ContentType = "text/plain; charset=utf-8" }), nil},
		"not a type":        {with(func(i *uploads.Intent) { i.ContentType = "a b/c" }), uploads.ErrInvalid},
		"header in type":    {with(func(i *uploads.Intent) { i.ContentType = "text/plain\r\nx-goog-acl: public-read" }), uploads.ErrInvalid},
	} {
		if err := uploads.Validate(tt.intent); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestInvalidFieldsSayWhy(t *testing.T) {
	for name, want := range map[string]string{
		"a/b": "a slash (/)", `a\b`: `a backslash (\)`, "a\nb": "a line break", "a\u202eb": "U+202E", "a\x07b": "U+0007", "a\u2029": "U+2029",
		"\u3164": "nobody sees", "..": "nobody sees",
	} {
		field, ok := errors.AsType[*uploads.FieldError](uploads.Validate(uploads.Intent{Name: name, Size: 1}))
		if !ok || field.Field != "name" || !strings.Contains(field.Sentence, want) || !strings.HasSuffix(field.Sentence, ".") {
			t.Errorf("%+q: %#v, want %s", name, field, want)
		}
	}
}

func TestActiveTypesAreNotKept(t *testing.T) {
	const unknown = "application/octet-stream"
	for announced, want := range map[string]string{
		"":                          unknown,
		"image/png":                 "image/png",
		"IMAGE/PNG":                 "image/png",
		"text/plain; charset=utf-8": "text/plain",
		"application/pdf":           "application/pdf",
		"text/html":                 unknown,
		"TEXT/HTML; charset=utf-7":  unknown,
		"application/xhtml+xml":     unknown,
		"image/svg+xml":             unknown,
		"text/xml":                  unknown,
		"application/xml":           unknown,
		"text/javascript":           unknown,
		"application/wasm":          unknown,
		"multipart/related":         unknown,
		"application/x-unheard-of":  unknown,
	} {
		if got, err := uploads.StoredType(announced); err != nil || got != want {
			t.Errorf("announced as %q: kept as %q, %v; want %q", announced, got, err, want)
		}
	}
}

func TestCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(0, 253402300799999999).Draw(t, "micros")
		want := uploads.CursorOf(time.UnixMicro(micros).UTC(), uploads.NewID())
		got, err := uploads.ParseCursor(want.String())
		if err != nil || got != want {
			t.Errorf("ParseCursor(%q) = %v, %v; want %v", want, got, err, want)
		}
	})
	if got, err := uploads.ParseCursor(""); err != nil || got != (uploads.Cursor{}) || got.String() != "" {
		t.Errorf("the beginning: %v, %v", got, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(uploads.CursorOf(time.UnixMicro(1), uploads.NewID()).String())
	f.Add("LTEuMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := uploads.ParseCursor(s)
		if err != nil {
			if !errors.Is(err, uploads.ErrInvalid) {
				t.Errorf("ParseCursor(%q): %v", s, err)
			}
			return
		}
		if c.String() != s {
			t.Errorf("%q and %q are one place", s, c)
		}
	})
}
